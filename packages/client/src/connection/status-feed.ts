/** The state of a client for everybody who watches it. */
import type { ConnectionStatus } from '../status.ts'

/** Holds the state. Who reads slowly misses what is out of date, and never the last. */
export class StatusFeed {
  #status: ConnectionStatus
  readonly #watchers = new Set<() => void>()

  constructor(status: ConnectionStatus) {
    this.#status = status
  }

  /** The state of now. */
  get status(): ConnectionStatus {
    return this.#status
  }

  /** It has changed. */
  change(status: ConnectionStatus): void {
    this.#status = status
    const watchers = [...this.#watchers]
    this.#watchers.clear()
    for (const watcher of watchers) watcher()
  }

  /** The state, then every other one, up to `closed`. @throws the reason of the signal. */
  async *changes(signal?: AbortSignal): AsyncGenerator<ConnectionStatus, void, undefined> {
    let seen: ConnectionStatus | undefined
    while (seen?.state !== 'closed') {
      signal?.throwIfAborted()
      if (seen === this.#status) {
        await this.#changed(signal)
      } else {
        seen = this.#status
        yield seen
      }
    }
  }

  /** Resolves at the next change. @throws the reason of the signal. */
  #changed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        this.#watchers.delete(changed)
        reject(signal?.reason)
      }
      const changed = (): void => {
        signal?.removeEventListener('abort', aborted)
        resolve()
      }
      this.#watchers.add(changed)
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }
}
