/** A gate that a test shuts and opens, so that what takes long takes as long as the test likes. */

/** A gate, open at first. */
export class Gate {
  #permits = Infinity
  #waiting: (() => void)[] = []

  /** Shuts it. */
  shut(): void {
    this.#permits = 0
  }

  /** Lets so many through, those first that came first, and is shut again behind them. */
  open(permits: number): void {
    this.#permits += permits
    while (this.#permits > 0) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#permits--
      next()
    }
  }

  /** Resolves when it lets one through; `undefined` if it does at once. */
  pass(): Promise<void> | undefined {
    if (this.#permits === 0) return new Promise((resolve) => this.#waiting.push(resolve))
    this.#permits--
    return undefined
  }
}
