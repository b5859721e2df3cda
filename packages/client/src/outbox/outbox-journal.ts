/**
 * The outbox's end of its store: gathers what a turn of the event loop has accepted and finished,
 * and hands it over in one call each. A message may be sent when the store has it, and is taken out
 * when it is over. What could not be taken out is tried again with what is over next, and would be
 * sent again by the next life of the program.
 */
import type { Clock } from '@godwit/transport'
import { notStored, publishing } from './outbox-refusals.ts'
import { storedMessage, storedPublication } from './outbox-record.ts'
import type { OutboxStore } from './outbox-store.ts'
import type { Publication } from './publication.ts'

/** Who is told what becomes of publications on their way into the store. */
interface JournalOwner {
  /** Some may be sent now. */
  stored(): void
  /** One could not be kept. */
  notStored(publication: Publication, error: Error): void
}

/** What a journal is made of. */
export interface JournalParts {
  readonly store: OutboxStore
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number
  readonly owner: JournalOwner
}

/** A store that does not answer does not keep a client from closing. */
const CLOSE_TIMEOUT_MS = 5000

/** Writes down what is accepted and what is over. */
export class OutboxJournal {
  readonly #parts: JournalParts
  readonly #accepted = new Set<Publication>()
  #over: number[] = []
  #lastSequence = 0
  #isLoaded = false
  #isScheduled = false
  #isClosed = false
  /** Calls of the store that have not been answered. */
  readonly #calls = new Set<Promise<void>>()

  constructor(parts: JournalParts) {
    this.#parts = parts
  }

  /** What an earlier life of the program has left. @throws {ClientError} */
  async load(): Promise<readonly Publication[]> {
    let messages
    try {
      messages = await this.#parts.store.load()
    } catch (error) {
      throw notStored('Loading what was accepted earlier', error)
    }
    const epoch = this.#epoch
    for (const { sequence } of messages) {
      this.#lastSequence = Math.max(this.#lastSequence, sequence)
    }
    this.#isLoaded = true
    this.#schedule()
    return messages.map((message) => storedPublication(message, epoch))
  }

  /** A publication was accepted: it is not to be sent before it is ready. */
  append(publication: Publication): void {
    publication.isReady = false
    this.#accepted.add(publication)
    this.#schedule()
  }

  /** A publication is over. */
  remove(publication: Publication): void {
    if (this.#accepted.delete(publication)) return
    this.#over.push(publication.sequence)
    this.#schedule()
  }

  /** Hands over what there is, waits for the store within a bound, and closes it. */
  async close(): Promise<void> {
    if (this.#isLoaded) this.#handOver()
    this.#isClosed = true
    let timer: Disposable | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = this.#parts.clock.after(CLOSE_TIMEOUT_MS, resolve)
    })
    await Promise.race([this.#closeStore(), timeout])
    timer?.[Symbol.dispose]()
  }

  async #closeStore(): Promise<void> {
    await Promise.all(this.#calls)
    try {
      await this.#parts.store.close()
    } catch {
      // What was to be kept is kept or was rejected: nobody could do anything about it.
    }
  }

  #schedule(): void {
    if (this.#isScheduled || !this.#isLoaded || this.#isClosed) return
    if (this.#accepted.size + this.#over.length === 0) return
    this.#isScheduled = true
    this.#parts.clock.defer(() => {
      this.#isScheduled = false
      if (!this.#isClosed) this.#handOver()
    })
  }

  #handOver(): void {
    if (this.#accepted.size > 0) {
      const publications = [...this.#accepted]
      this.#accepted.clear()
      for (const publication of publications) publication.sequence = ++this.#lastSequence
      this.#follow(this.#append(publications))
    }
    if (this.#over.length > 0) {
      const sequences = this.#over
      this.#over = []
      this.#follow(this.#remove(sequences))
    }
  }

  async #append(publications: readonly Publication[]): Promise<void> {
    const { store, owner } = this.#parts
    const epoch = this.#epoch
    try {
      await store.append(publications.map((publication) => storedMessage(publication, epoch)))
    } catch (error) {
      for (const publication of publications) {
        owner.notStored(publication, notStored(publishing(publication.topic), error))
      }
      return
    }
    for (const publication of publications) publication.isReady = true
    owner.stored()
  }

  async #remove(sequences: readonly number[]): Promise<void> {
    try {
      await this.#parts.store.remove(sequences)
    } catch {
      this.#over = [...sequences, ...this.#over]
    }
  }

  #follow(call: Promise<void>): void {
    this.#calls.add(call)
    void call.finally(() => this.#calls.delete(call))
  }

  /** The time of day at 0 of the client's clock, which says nothing of when that was. */
  get #epoch(): number {
    return this.#parts.timeOfDay() - this.#parts.clock.now()
  }
}
