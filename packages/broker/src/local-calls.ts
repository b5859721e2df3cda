/**
 * The calls of the program's handlers. They wait until the message that they are about has gone to
 * everybody: what a handler publishes comes behind it for all, and handlers that answer each other
 * do not pile up on the stack.
 */

/** The calls of one broker, in the order in which they came up. */
export class LocalCalls {
  #waiting: (() => void)[] = []
  #held = 0

  /** A message is on its way: calls wait for as many `release`s. */
  hold(): void {
    this.#held++
  }

  /** It has gone to everybody. */
  release(): void {
    this.#held--
    if (this.#held === 0 && this.#waiting.length > 0) this.#run()
  }

  /** Calls at once, or when nothing is on its way any more. It may not throw. */
  call(handler: () => void): void {
    this.#waiting.push(handler)
    if (this.#held === 0) this.#run()
  }

  #run(): void {
    this.#held++
    for (let waiting = this.#waiting; waiting.length > 0; waiting = this.#waiting) {
      this.#waiting = []
      for (const handler of waiting) handler()
    }
    this.#held--
  }
}
