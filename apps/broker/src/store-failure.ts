/**
 * The store has failed: nobody knows what is on disk, so nothing that is acknowledged from here on
 * would be true. The process ends at once but in order, and loudly.
 */

/** What a process that ends is given. */
export interface Ending {
  /** Writes to stderr. */
  readonly write: (text: string) => void
  /** Ends the process, whatever still holds it, after so many milliseconds. */
  readonly exitAfter: (ms: number) => void
}

/** The failure that may come. */
export class StoreFailure {
  /** Resolves when the store has failed. */
  readonly happened: Promise<'failure'>
  readonly #timeoutMs: number
  readonly #ending: Ending
  #report: () => void = () => {}
  #reported = false

  /** Closing may take so many milliseconds. */
  constructor(timeoutMs: number, ending: Ending = processEnding) {
    this.#timeoutMs = timeoutMs
    this.#ending = ending
    this.happened = new Promise((resolve) => {
      this.#report = () => resolve('failure')
    })
  }

  /** Whether it has failed. */
  get isReported(): boolean {
    return this.#reported
  }

  /** It has failed: says so once. */
  report(error: unknown): void {
    if (this.#reported) return
    this.#reported = true
    const sentence = error instanceof Error ? error.message : String(error)
    this.#ending.write(`godwit-broker: ${sentence}\n`)
    this.#ending.exitAfter(this.#timeoutMs)
    this.#report()
  }
}

const processEnding: Ending = {
  write: (text) => process.stderr.write(text),
  exitAfter: (ms) => {
    process.exitCode = 1
    setTimeout(() => process.exit(1), ms).unref()
  },
}
