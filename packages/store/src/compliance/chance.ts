/** Random numbers that are the same in every run: mulberry32, by Tommy Ettinger. */

/** A source of them. */
export class Chance {
  #state: number

  /** The same numbers for the same seed. */
  constructor(seed: number) {
    this.#state = seed
  }

  /** A whole number from 0 on and below this one; 0 if that is 0. */
  below(bound: number): number {
    return Math.floor(this.#next() * bound)
  }

  /** Whether something holds that does with this probability. */
  holds(probability: number): boolean {
    return this.#next() < probability
  }

  /** From 0 on and below 1. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
