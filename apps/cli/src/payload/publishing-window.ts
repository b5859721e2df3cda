/** Publishing many messages one after the other, with some on their way at a time. */

/** Holds back who publishes while as many messages as it allows are not over. */
export class PublishingWindow {
  readonly #most: number
  readonly #onFailure: (error: unknown) => void
  #underWay = 0
  #failure: { readonly error: unknown } | undefined
  /** Wakes who waits for room, or for the end. */
  #wake: () => void = () => {}

  /** `onFailure` is told the first error, for whoever waits for something else meanwhile. */
  constructor(most: number, onFailure: (error: unknown) => void) {
    this.#most = most
    this.#onFailure = onFailure
  }

  /**
   * Takes a message that is being published; resolves when there is room for the next.
   * @throws the first error of any message.
   */
  async take(publishing: Promise<unknown>): Promise<void> {
    this.#underWay += 1
    publishing.then(this.#over, this.#failed)
    await this.#atMost(this.#most - 1)
  }

  /** Resolves when all messages are over. @throws the first error of any. */
  async settled(): Promise<void> {
    await this.#atMost(0)
  }

  async #atMost(count: number): Promise<void> {
    while (this.#underWay > count && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#failure !== undefined) throw this.#failure.error
  }

  readonly #over = (): void => {
    this.#underWay -= 1
    this.#wake()
  }

  readonly #failed = (error: unknown): void => {
    if (this.#failure === undefined) {
      this.#failure = { error }
      this.#onFailure(error)
    }
    this.#over()
  }
}
