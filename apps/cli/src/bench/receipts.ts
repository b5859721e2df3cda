/** Which messages came: once, again, or never, in memory that does not grow with their number. */

/** Follows the messages of some publishers at one subscriber. */
export class Receipts {
  /** For each publisher the number behind the last one that came. */
  readonly #next: Float64Array
  /** For each publisher the numbers that were jumped over, and may still come late. */
  readonly #missing: readonly Set<number>[]
  #received = 0
  #repeated = 0

  constructor(publishers: number) {
    this.#next = new Float64Array(publishers)
    this.#missing = Array.from({ length: publishers }, () => new Set())
  }

  /** How many messages came, each counted once. */
  get received(): number {
    return this.#received
  }

  /** How many came again. */
  get repeated(): number {
    return this.#repeated
  }

  /** A message came; whether that is for the first time. */
  take(publisher: number, sequence: number): boolean {
    const next = this.#next[publisher]
    const missing = this.#missing[publisher]
    if (next === undefined || missing === undefined) return false
    if (sequence < next && !missing.delete(sequence)) {
      this.#repeated++
      return false
    }
    this.#received++
    if (sequence < next) return true
    for (let late = next; late < sequence && missing.size < MISSING_MAX; late++) missing.add(late)
    this.#next[publisher] = sequence + 1
    return true
  }
}

/** More are not remembered: when they come late they count as repeated. */
const MISSING_MAX = 10_000
