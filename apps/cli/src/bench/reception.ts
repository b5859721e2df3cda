/** What the subscribers of a benchmark receive: how much, how late, and what they miss. */
import type { Message } from '@godwit/client'
import type { Clock } from '@godwit/transport'
import { Latencies } from './latencies.ts'
import type { Marking } from './marks.ts'
import { Receipts } from './receipts.ts'
import { Tally } from './tally.ts'

/** What a reception is told. */
export interface ReceptionParts {
  readonly clock: Clock
  /** How many publishers there are in this run; any are counted without a marking. */
  readonly publishers: number
  readonly marking?: Marking
}

/** Counts what all subscribers receive, from the end of the warm-up to the end of the run. */
export class Reception {
  readonly received: Tally = new Tally()
  /** From when a message was due to when it was received. */
  readonly latencies: Latencies = new Latencies()
  readonly #parts: ReceptionParts
  #beginMs = Infinity
  #isOver = false
  #repeated = 0
  #bytes = 0
  #wanted = Infinity
  #wake: () => void = () => {}

  constructor(parts: ReceptionParts) {
    this.#parts = parts
  }

  /** Bytes of a payload on average, where they are not known beforehand. */
  get meanBytes(): number {
    return this.received.count === 0 ? 0 : this.#bytes / this.received.count
  }

  /** How many messages came again. */
  get repeated(): number {
    return this.#repeated
  }

  /** What was due, or without a marking came, from this moment of the clock on is counted. */
  begin(ms: number): void {
    this.#beginMs = ms
  }

  /** Nothing is counted any more. */
  end(): void {
    this.#isOver = true
  }

  /** Resolves when so many messages were counted. */
  until(count: number): Promise<void> {
    this.#wanted = count
    if (this.received.count >= count) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** What takes the messages of one subscriber. */
  taker(): (message: Message) => void {
    const { clock, publishers, marking } = this.#parts
    if (marking === undefined) {
      return ({ payload }) => {
        const now = clock.now()
        if (now < this.#beginMs || this.#isOver) return
        this.#bytes += payload.length
        this.#count(now)
      }
    }
    const receipts = new Receipts(publishers)
    return ({ payload }) => {
      const mark = marking.read(payload)
      if (mark === undefined) return
      const isFirst = receipts.take(mark.publisher, mark.sequence)
      if (mark.dueMs < this.#beginMs || this.#isOver) return
      if (!isFirst) {
        this.#repeated++
        return
      }
      const now = clock.now()
      this.latencies.add(now - mark.dueMs)
      this.#count(now)
    }
  }

  #count(now: number): void {
    this.received.add(1, now - this.#beginMs)
    if (this.received.count >= this.#wanted) this.#wake()
  }
}
