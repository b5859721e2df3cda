/**
 * A token bucket: so many a second on average, and what was saved up in between at once. It may be
 * taken from below zero, for a packet is read whole or not at all; the debt is waited for then, so
 * the average holds however large one packet is.
 */

/** One of them. Instants are milliseconds of the broker's clock. */
export class TokenBucket {
  readonly #perMs: number
  readonly #most: number
  #tokens: number
  #at: number

  /** Full: `most` tokens, at least one. `perSecond` come back. */
  constructor(perSecond: number, most: number, now: number) {
    this.#perMs = perSecond / 1000
    this.#most = Math.max(1, most)
    this.#tokens = this.#most
    this.#at = now
  }

  /** Takes so many, whether or not they are there. */
  take(count: number, now: number): void {
    this.#refill(now)
    this.#tokens -= count
  }

  /** The milliseconds until there is a whole token; 0 if there is one. */
  delayMs(now: number): number {
    this.#refill(now)
    if (this.#tokens >= NEARLY_ONE) return 0
    return Math.ceil((NEARLY_ONE - this.#tokens) / this.#perMs)
  }

  /** Whether nothing is missing: another one would be the same. */
  isFull(now: number): boolean {
    this.#refill(now)
    return this.#tokens >= this.#most
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#most, this.#tokens + (now - this.#at) * this.#perMs)
    this.#at = now
  }
}

/** What rounding may make of 1. */
const NEARLY_ONE = 1 - 1e-6
