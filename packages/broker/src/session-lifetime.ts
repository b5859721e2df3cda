/**
 * How long a session outlives its connection (§3.1.2.11.2), and when the will that the client left
 * in it is due (§3.1.3.2.2): whichever comes first of the Will Delay Interval and the session's
 * end.
 */
import type { WillMessage } from '@godwit/codec'
import type { Deadlines, Watched } from './deadlines.ts'
import type { BrokerSession } from './session.ts'

/** What a session asks of the broker when its time comes. */
export interface LifetimeOwner {
  /** Never throws. */
  publishWill(will: WillMessage, session: BrokerSession): void
  /** The time of a session has run out: it will end. */
  expired(): void
  /** The session has ended. */
  ended(session: BrokerSession): void
}

/** What is left behind when a connection closes. */
export interface Legacy {
  /** How long the session is to be kept. */
  readonly expirySeconds: number
  /** To be published, unless the client is back before its delay is over. */
  readonly will: WillMessage | undefined
}

/** The life of one session. */
export class SessionLifetime implements Watched {
  /** Larger than those of all sessions that began before it. */
  readonly number: number
  readonly session: BrokerSession
  readonly #deadlines: Deadlines
  readonly #owner: LifetimeOwner
  #expiresAt = Infinity
  #will: WillMessage | undefined
  #willDueAt = Infinity

  constructor(number: number, session: BrokerSession, deadlines: Deadlines, owner: LifetimeOwner) {
    this.number = number
    this.session = session
    this.#deadlines = deadlines
    this.#owner = owner
  }

  /** When it ends; Infinity while its client is connected. */
  get expiresAt(): number {
    return this.#expiresAt
  }

  /** What was left behind to be published, and is not. */
  get will(): WillMessage | undefined {
    return this.#will
  }

  /** When that is due; Infinity if there is none. */
  get willDueAt(): number {
    return this.#willDueAt
  }

  /** The client is back: nothing is due. [MQTT-3.1.3-9] */
  resumed(): void {
    this.#expiresAt = Infinity
    this.#will = undefined
    this.#willDueAt = Infinity
    this.#deadlines.forget(this)
  }

  /** It was read from the store; these are instants. */
  restored(expiresAt: number, will: WillMessage | undefined, willDueAt: number): void {
    this.#expiresAt = expiresAt
    this.#will = will
    this.#willDueAt = will === undefined ? Infinity : willDueAt
    this.#deadlines.watch(this)
  }

  /** The connection is gone. [MQTT-3.1.2-8] [MQTT-3.1.2-23] */
  left({ expirySeconds, will }: Legacy, now: number): void {
    this.#expiresAt = now + 1000 * expirySeconds
    this.#will = will
    this.#willDueAt =
      will === undefined ? Infinity : now + 1000 * (will.properties?.willDelayInterval ?? 0)
    this.session.detach()
    this.session.keeping?.left({ expirySeconds, will }, now)
    if (expirySeconds === 0) {
      this.end()
      return
    }
    this.#deadlines.watch(this) // First: what follows may throw.
    this.expire(now)
  }

  /** Ends the session now: its will, if one is left, is published. */
  end(): void {
    this.#expiresAt = Infinity
    this.#deadlines.forget(this)
    try {
      this.session.end()
    } finally {
      this.#owner.ended(this.session)
      this.#publishWill()
    }
  }

  /** See {@link Watched}. */
  deadline(): number {
    return Math.min(this.#expiresAt, this.#willDueAt)
  }

  /** See {@link Watched}. */
  expire(now: number): void {
    if (this.#expiresAt <= now) this.#expired()
    else if (this.#willDueAt <= now) this.#publishWill()
  }

  #expired(): void {
    this.#owner.expired()
    this.end()
  }

  /** [MQTT-3.1.2-10] */
  #publishWill(): void {
    const will = this.#will
    this.#will = undefined
    this.#willDueAt = Infinity
    if (will !== undefined) this.#owner.publishWill(will, this.session)
  }
}
