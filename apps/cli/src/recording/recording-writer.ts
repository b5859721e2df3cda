/** Writes lines of a recording: those of one turn of the event loop together, in their order. */
import { deferred } from '../deferred.ts'
import type { Deferred } from '../deferred.ts'
import { lineText } from './recording-line.ts'
import type { RecordingLine } from './recording-line.ts'

/** Where lines go. */
export interface LineSink {
  /** Called again only when the former call has resolved. */
  append(text: string): Promise<void>
  /** Resolves when everything is where it is safe. */
  finish(): Promise<void>
}

/** So many characters may wait to be written before whoever writes has to wait too. */
const WAITING_LENGTH_MAX = 4_194_304

/** Writes to one sink. */
export class RecordingWriter {
  readonly #sink: LineSink
  #waiting: string[] = []
  #waitingLength = 0
  /** Of what waits. */
  #batch: Deferred<void> = deferred()
  #appending: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(sink: LineSink) {
    this.#sink = sink
  }

  /** Whether so much waits that nothing more had better come. */
  get isFull(): boolean {
    return this.#waitingLength > WAITING_LENGTH_MAX
  }

  /** Resolves when the line was appended; rejects if it, or one before it, could not be. */
  write(line: RecordingLine): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    const text = lineText(line)
    this.#waiting.push(text)
    this.#waitingLength += text.length
    this.#appending ??= this.#appendAll()
    return this.#batch.promise
  }

  /** Resolves when nothing waits any more. @throws what the sink throws */
  async settled(): Promise<void> {
    await this.#appending
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Makes the whole recording safe. @throws what the sink throws */
  async finish(): Promise<void> {
    await this.settled()
    await this.#sink.finish()
  }

  async #appendAll(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0 && this.#failure === undefined) await this.#appendBatch()
    this.#appending = undefined
  }

  async #appendBatch(): Promise<void> {
    const batch = this.#batch
    const text = this.#waiting.join('')
    this.#waiting = []
    this.#batch = deferred()
    try {
      await this.#sink.append(text)
      this.#waitingLength -= text.length
      batch.resolve()
    } catch (error) {
      this.#failure = { error }
      batch.reject(error)
      this.#batch.reject(error)
    }
  }
}
