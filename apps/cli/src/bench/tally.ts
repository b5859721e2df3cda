/** What is counted while a benchmark runs, in all and second by second. */

/** More seconds than that are not told one by one. */
const SECONDS_MAX = 86_400

/** Counts one kind of thing. */
export class Tally {
  readonly #perSecond: number[] = []
  #count = 0
  #firstMs: number | undefined
  #lastMs = 0

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** How many there were in each second since the beginning. */
  get perSecond(): readonly number[] {
    return Array.from(this.#perSecond, (count) => count)
  }

  /** The time from the first to the last of them. */
  get spanMs(): number {
    return this.#firstMs === undefined ? 0 : this.#lastMs - this.#firstMs
  }

  /** So many more, so long after the beginning. */
  add(count: number, sinceBeginMs: number): void {
    this.#count += count
    this.#firstMs ??= sinceBeginMs
    this.#lastMs = sinceBeginMs
    const second = Math.floor(sinceBeginMs / 1000)
    if (second >= SECONDS_MAX) return
    while (this.#perSecond.length <= second) this.#perSecond.push(0)
    this.#perSecond[second] = (this.#perSecond[second] ?? 0) + count
  }
}
