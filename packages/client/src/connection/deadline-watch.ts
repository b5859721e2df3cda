/** Waits for a deadline that moves often, mostly into the future, with one timer that does not. */
import type { Clock } from '@godwit/transport'

/** The longest delay of a timer, 24 days. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** One deadline. A timer that rings too early asks again; only an earlier deadline moves it. */
export class DeadlineWatch {
  readonly #clock: Clock
  readonly #expired: () => void
  #timer: Disposable | undefined
  /** When the timer rings. */
  #at = Infinity

  /** `expired` is called at the deadline or before it, and says by `until` when the next one is. */
  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** The deadline is at `at` now, in milliseconds of the clock; Infinity for never. */
  until(at: number): void {
    if (at >= this.#at) return
    this.end()
    this.#at = at
    const delayMs = Math.min(Math.max(at - this.#clock.now(), 0), DELAY_MS_MAX)
    this.#timer = this.#clock.after(delayMs, () => {
      this.#timer = undefined
      this.#at = Infinity
      this.#expired()
    })
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    this.#at = Infinity
  }
}
