/**
 * Where messages are written to: one at a time and all of them if a program reads, and a sample of
 * them if a person does and more come than anybody can read. Neither holds more than stdout itself.
 */
import { once } from 'node:events'

/** The part of `process.stdout` that is written to. */
export interface Sink extends NodeJS.EventEmitter {
  write(bytes: Uint8Array | string): boolean
  readonly destroyed: boolean
}

/** Takes messages on their way to stdout. */
export interface Screen {
  /**
   * Writes what `render` gives, or only counts it. A promise says that the reader is slow: nothing
   * more is to be written until it has resolved.
   */
  show(render: () => Uint8Array): Promise<void> | undefined
  /** Leaves the terminal as it was found. */
  close(): void
}

/** Writes everything, and waits for whoever reads. */
export class PipeScreen implements Screen {
  readonly #sink: Sink

  constructor(sink: Sink) {
    this.#sink = sink
  }

  show(render: () => Uint8Array): Promise<void> | undefined {
    const sink = this.#sink
    const bytes = render()
    if (bytes.length === 0 || sink.write(bytes)) return undefined
    return drained(sink)
  }

  close(): void {}
}

async function drained(sink: Sink): Promise<void> {
  if (sink.destroyed) return
  const closed = new AbortController()
  // A reader that has left drains nothing; whoever listens to its errors ends the run.
  const events = [once(sink, 'drain', closed), once(sink, 'close', closed)]
  await Promise.race(events).finally(() => closed.abort())
}
