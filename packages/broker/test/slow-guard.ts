// A guard that decides when a test says so, and in the order that it says.

/** Remembers what it was asked. */
export class SlowGuard<Question, Answer> {
  readonly asked: Question[] = []
  readonly #resolves: ((answer: Answer) => void)[] = []
  readonly #rejects: ((error: Error) => void)[] = []

  /** The guard itself. */
  readonly guard = (question: Question): Promise<Answer> => {
    this.asked.push(question)
    return new Promise((resolve, reject) => {
      this.#resolves.push(resolve)
      this.#rejects.push(reject)
    })
  }

  /** Answers the question with this number, from 0; the promises go on in `clock.settled()`. */
  answer(number: number, answer: Answer): void {
    this.#resolves[number]?.(answer)
  }

  /** Fails at it. */
  fail(number: number, error: Error): void {
    this.#rejects[number]?.(error)
  }
}
