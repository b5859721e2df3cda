/** What became of the messages that a benchmark has published. */
import type { Clock } from '@godwit/transport'
import { Latencies } from './latencies.ts'
import { Tally } from './tally.ts'

/** Counts outcomes, from the end of the warm-up to the end of the run. */
export class Outcomes {
  readonly published: Tally = new Tally()
  /** From when a message was due to its acknowledgement. */
  readonly latencies: Latencies = new Latencies()
  /** How many failed, by the name of the reason. */
  readonly failures: Map<string, number> = new Map()
  readonly #clock: Clock
  #beginMs = Infinity
  #isOver = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Everything from this moment of the clock on is counted. */
  begin(ms: number): void {
    this.#beginMs = ms
  }

  /** Nothing is counted any more. */
  end(): void {
    this.#isOver = true
  }

  /** A message was taken, which was due at no moment in particular. */
  taken(): void {
    const now = this.#clock.now()
    if (!this.#isOver && now >= this.#beginMs) this.published.add(1, now - this.#beginMs)
  }

  /** A message was acknowledged that was due at a moment. */
  acknowledged(dueMs: number): void {
    if (this.#isOver || dueMs < this.#beginMs) return
    const now = this.#clock.now()
    this.published.add(1, now - this.#beginMs)
    this.latencies.add(now - dueMs)
  }

  /** A message was not published, for a reason. */
  refused(reason: string): void {
    if (!this.#isOver) this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1)
  }
}
