/** How many deliveries the messages of a run should have: one for each subscriber of a topic. */

/** Keeps the account. */
export class DeliveryAccount {
  readonly #subscribers = new Map<string, number>()
  #beginMs = Infinity
  #expected = 0

  /** How many deliveries there should be of what was published. */
  get expected(): number {
    return this.#expected
  }

  /** Messages that are due from this moment of the clock on are expected. */
  begin(ms: number): void {
    this.#beginMs = ms
  }

  /** There is one more subscriber of a filter. */
  subscribed(filter: string): void {
    this.#subscribers.set(filter, (this.#subscribers.get(filter) ?? 0) + 1)
  }

  /** A message is being published that a filter brings; it is expected unless that fails. */
  published(publishing: Promise<unknown>, filter: string, dueMs: number): Promise<unknown> {
    const deliveries = dueMs < this.#beginMs ? 0 : (this.#subscribers.get(filter) ?? 0)
    this.#expected += deliveries
    return publishing.catch((error: unknown) => {
      this.#expected -= deliveries
      throw error
    })
  }
}
