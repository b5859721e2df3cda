/** An amount that may be spent at once, and that comes back with time. */

/** A token bucket. Spending may overdraw it once: what comes back pays that first. */
export class Allowance {
  readonly #most: number
  readonly #aSecond: number
  #left: number
  #asOf: number

  /** `now` in milliseconds of any clock, the same one always. */
  constructor(most: number, aSecond: number, now: number) {
    this.#most = most
    this.#aSecond = aSecond
    this.#left = most
    this.#asOf = now
  }

  /** Whether anything is left. */
  allows(now: number): boolean {
    const back = ((now - this.#asOf) / 1000) * this.#aSecond
    this.#left = Math.min(this.#most, this.#left + back)
    this.#asOf = now
    return this.#left > 0
  }

  spend(amount: number): void {
    this.#left -= amount
  }
}
