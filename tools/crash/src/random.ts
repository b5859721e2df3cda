/** Chance that can be had again: the same seed gives the same plan. */

/** A row of numbers that look like chance, by mulberry32. */
export class Random {
  #state: number

  /** The seed is a whole number; its lowest 32 bits count. */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1, which is left out. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from the least to the greatest, both of them possible. */
  between(least: number, greatest: number): number {
    return least + Math.floor(this.next() * (greatest - least + 1))
  }

  /** True as often as the probability says, from 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of several. @throws {RangeError} if there is none. */
  pick<T>(items: readonly T[]): T {
    const [item] = items.slice(this.between(0, items.length - 1))
    if (item === undefined) throw new RangeError('There is nothing to pick from')
    return item
  }
}
