/**
 * Keep Alive on the client's side (§3.1.2.10): it sends PINGREQ rather than be silent for longer
 * than it promised, and expects an answer to it. It also asks when nothing was heard for as long,
 * because a link that died swallows what is sent for many minutes before anybody is told. What is
 * acknowledged or sent again is not counted as said: to ask once more costs two bytes.
 */
import type { ClientLimits } from './client-limits.ts'
import type { Instant } from './effects.ts'

/** Watches both directions of one connection. */
export class Pinging {
  readonly #intervalMs: number
  readonly #timeoutMs: number
  #sentAt: Instant
  /** When something was heard, or asked for, last. */
  #heardAt: Instant
  /** When the answer to the first PINGREQ that has none must be there. */
  #answerDue: Instant = Infinity

  /** A Keep Alive of 0 turns it off. */
  constructor(keepAliveSeconds: number, limits: ClientLimits, now: Instant) {
    const keepAliveMs = keepAliveSeconds === 0 ? Infinity : keepAliveSeconds * 1000
    this.#intervalMs = keepAliveMs - Math.min(limits.pingLeadMs, keepAliveSeconds * 500)
    this.#timeoutMs = limits.pingTimeoutMs
    this.#sentAt = now
    this.#heardAt = now
  }

  /** A Control Packet of the owner's was sent. */
  sent(now: Instant): void {
    this.#sentAt = now
  }

  /** A Control Packet arrived. */
  heard(now: Instant): void {
    this.#heardAt = now
  }

  /** PINGREQ is sent now. */
  asked(now: Instant): void {
    this.#sentAt = now
    this.#heardAt = now
    if (this.#answerDue === Infinity) this.#answerDue = now + this.#timeoutMs
  }

  /** The transport took bytes that waited: on a slow line PINGREQ may wait behind others. */
  taken(now: Instant): void {
    if (this.#answerDue !== Infinity) this.#answerDue = now + this.#timeoutMs
  }

  /** PINGRESP arrived. */
  answered(): void {
    this.#answerDue = Infinity
  }

  /** When to send PINGREQ, unless something is sent and heard, or to give up. [MQTT-3.1.2-20] */
  get deadline(): Instant {
    const askAt = Math.min(this.#sentAt, this.#heardAt) + this.#intervalMs
    return Math.min(askAt, this.#answerDue)
  }

  /** Whether PINGRESP did not come in time. */
  isLost(now: Instant): boolean {
    return now >= this.#answerDue
  }
}
