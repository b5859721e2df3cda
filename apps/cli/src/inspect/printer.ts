/** Output that may be slower than what there is to print: a pager, a terminal, a full pipe. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** As much waits for the reader of the output before something has to give way. */
const WAITING_BYTES_MAX = 4_194_304

/** Prints text on a stream. */
export class Printer {
  readonly #stream: Writable

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** Whether so much waits already that a live source had better print less. */
  get isFull(): boolean {
    return this.#stream.writableLength > WAITING_BYTES_MAX
  }

  /** Prints, or has it wait; a stream that is gone takes nothing. */
  print(text: string): void {
    if (this.#stream.writable) this.#stream.write(text)
  }

  /** Resolves when nothing waits any more; rejects with the reason of the signal. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.#stream.writableNeedDrain && this.#stream.writable) {
      await once(this.#stream, 'drain', { signal }).catch(() => {})
      signal.throwIfAborted()
    }
  }
}
