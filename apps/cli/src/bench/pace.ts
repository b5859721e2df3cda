/**
 * Waiting for a moment, more exactly than timers do: they fire up to a millisecond late, which
 * would be counted as latency of the server. The last bit is waited for by going round the event
 * loop, in which everything else has its turn.
 */
import type { Clock } from '@godwit/transport'

/** How long before its moment a timer is set, and the event loop goes round. */
const ROUNDS_MS = 2

/** The longest that a timer is set for, so that a signal is seen. */
const TIMER_MS_MAX = 60_000

/** Waits for moments of a clock. */
export class Pace {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #roundsMs: number

  /** `roundsMs` is 0 for a clock that stands still while the event loop goes round. */
  constructor(clock: Clock, signal: AbortSignal, roundsMs: number = ROUNDS_MS) {
    this.#clock = clock
    this.#signal = signal
    this.#roundsMs = roundsMs
  }

  /** Milliseconds on the clock. */
  now(): number {
    return this.#clock.now()
  }

  /** Resolves at the moment, at once if that is over. Rejects with the reason of the signal. */
  async until(moment: number): Promise<void> {
    for (;;) {
      this.#signal.throwIfAborted()
      const left = moment - this.#clock.now()
      if (left <= 0) return
      if (left > this.#roundsMs) await this.#sleep(Math.min(left - this.#roundsMs, TIMER_MS_MAX))
      else await this.round()
    }
  }

  /** Lets everything else have a turn of the event loop. */
  round(): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.defer(resolve)
    })
  }

  /** Whether a promise resolves within a time. Rejects as it does, or with the signal's reason. */
  async within(promise: Promise<unknown>, ms: number): Promise<boolean> {
    const enough = new AbortController()
    const over = this.#resolved(promise, enough)
    await Promise.race([over, this.#sleep(ms, enough.signal)])
    this.#signal.throwIfAborted()
    return enough.signal.aborted
  }

  async #resolved(promise: Promise<unknown>, enough: AbortController): Promise<void> {
    await promise
    enough.abort()
  }

  /** Ends early when a signal is aborted. */
  #sleep(ms: number, early?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#signal.removeEventListener('abort', wake)
        early?.removeEventListener('abort', wake)
        timer[Symbol.dispose]()
        resolve()
      }
      const timer = this.#clock.after(ms, wake)
      this.#signal.addEventListener('abort', wake)
      early?.addEventListener('abort', wake)
      if (this.#signal.aborted) wake()
    })
  }
}
