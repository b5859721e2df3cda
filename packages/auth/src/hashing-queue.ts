/**
 * So many hashes at a time, and so many that wait. The threads that hash are those that sync files:
 * were all four of them hashing, nothing would be acknowledged meanwhile.
 */

/** How much is done at once, and how much may wait. */
export interface HashingBounds {
  /** At least 1. */
  readonly concurrency: number
  /** 0 or more. */
  readonly waitingMax: number
}

/** A bounded queue of work. */
export class HashingQueue {
  readonly #bounds: HashingBounds
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(bounds: HashingBounds) {
    this.#bounds = bounds
  }

  /** Whether something more would be refused. */
  get isFull(): boolean {
    const { concurrency, waitingMax } = this.#bounds
    return this.#running >= concurrency && this.#waiting.length >= waitingMax
  }

  /**
   * Does the work when it is its turn; `undefined`: it was refused, for too much waits.
   *
   * @throws what the work does
   */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.isFull) return undefined
    if (this.#running >= this.#bounds.concurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running += 1
    }
    try {
      return await work()
    } finally {
      // The place goes to the next in line, and is not free in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }
}
