/**
 * Keep Alive on the server's side (§3.1.2.10): a client that is silent for one and a half times
 * the interval it promised is treated as gone.
 */
import type { Instant } from './effects.ts'

/** Watches the silence of one client. */
export class KeepAlive {
  readonly #toleranceMs: number
  #heardAt: Instant

  /** `intervalSeconds` of 0 turns the watch off. */
  constructor(intervalSeconds: number, now: Instant) {
    this.#toleranceMs = intervalSeconds === 0 ? Infinity : intervalSeconds * 1500
    this.#heardAt = now
  }

  /** A Control Packet arrived. */
  heard(now: Instant): void {
    this.#heardAt = now
  }

  /** When the silence will have lasted too long, unless something is heard. [MQTT-3.1.2-22] */
  get deadline(): Instant {
    return this.#heardAt + this.#toleranceMs
  }
}
