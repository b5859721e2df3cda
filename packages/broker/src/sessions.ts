/** Every session by Client Identifier, with or without a connection (§3.1.4, §4.1). */
import { ReasonCode } from '@godwit/codec'
import type { Deadlines } from './deadlines.ts'
import type { BrokerLimits } from './limits.ts'
import type { ClientInfo } from './observers.ts'
import type { BrokerSession } from './session.ts'
import { SessionLifetime } from './session-lifetime.ts'
import type { Legacy, LifetimeOwner } from './session-lifetime.ts'
import type { Counters } from './stats.ts'
import type { Surroundings } from './surroundings.ts'
import type { Turn } from './turn.ts'

/** What a client that is let in goes on with. */
export interface Opened {
  readonly session: BrokerSession
  /** Whether it is an old one. [MQTT-3.2.2-3] */
  readonly present: boolean
}

/** The sessions of a broker. */
export class Sessions {
  /** In the order in which they began. */
  readonly #lifetimes = new Map<string, SessionLifetime>()
  /** How many there ever were. */
  #begun = 0
  readonly #deadlines: Deadlines
  readonly #limits: BrokerLimits
  readonly #owner: LifetimeOwner
  readonly #counters: Counters
  readonly #turn: Turn

  constructor(surroundings: Surroundings, owner: LifetimeOwner) {
    this.#turn = surroundings.turn
    this.#deadlines = surroundings.deadlines
    this.#limits = surroundings.limits
    this.#counters = surroundings.counters
    this.#owner = owner
  }

  /** How many there are. */
  get size(): number {
    return this.#lifetimes.size
  }

  /** Every session. */
  *[Symbol.iterator](): Iterator<BrokerSession> {
    for (const { session } of this.#lifetimes.values()) yield session
  }

  /** The lives of all sessions that began after the one with this number, from then on. */
  *lifetimes(after: number): IterableIterator<SessionLifetime> {
    for (const lifetime of this.#lifetimes.values()) if (lifetime.number > after) yield lifetime
  }

  /** The life of a client's session. */
  lifetime(clientId: string): SessionLifetime | undefined {
    return this.#lifetimes.get(clientId)
  }

  /** The session of a client. */
  get(clientId: string): BrokerSession | undefined {
    return this.#lifetimes.get(clientId)?.session
  }

  /**
   * The session for a client that comes: its own, or a new one. Whoever is connected under its
   * Client Identifier is sent away [MQTT-3.1.4-3], unless it is somebody else's: a Reason Code.
   */
  open(client: ClientInfo, cleanStart: boolean, make: () => BrokerSession): Opened | ReasonCode {
    const { clientId } = client
    // Its time may have come, while the broker was away, and nobody has looked yet.
    this.#lifetimes.get(clientId)?.expire(this.#turn.now)
    const former = this.#lifetimes.get(clientId)
    if (former !== undefined && former.session.client.principal !== client.principal) {
      return ReasonCode.NotAuthorized
    }
    former?.session.endConnection(
      ReasonCode.SessionTakenOver,
      'Another connection came with the same Client Identifier',
    )
    if (cleanStart) this.#lifetimes.get(clientId)?.end() // [MQTT-3.1.2-4]
    const kept = this.#lifetimes.get(clientId)
    if (kept !== undefined) {
      kept.resumed()
      return { session: kept.session, present: true } // [MQTT-3.1.2-5]
    }
    if (this.size >= this.#limits.sessionsMax) return ReasonCode.QuotaExceeded
    const session = make() // [MQTT-3.1.2-6]
    this.#begin(session)
    return { session, present: false }
  }

  /** Takes one up that was read from the store. */
  restore(session: BrokerSession): SessionLifetime {
    return this.#begin(session)
  }

  /** The connection of a session is gone. */
  left(session: BrokerSession, legacy: Legacy, now: number): void {
    this.#lifetimes.get(session.client.clientId)?.left(legacy, now)
  }

  /**
   * Ends the session of a client for good, and its connection, if it has one, before that. A will
   * that is left is published. Returns whether there was one.
   */
  end(clientId: string, cause: string): boolean {
    const lifetime = this.#lifetimes.get(clientId)
    lifetime?.session.endConnection(ReasonCode.AdministrativeAction, cause)
    // That may have been its end.
    if (lifetime !== undefined && this.#lifetimes.get(clientId) === lifetime) lifetime.end()
    return lifetime !== undefined
  }

  /** Forgets a session that has ended. */
  remove(session: BrokerSession): void {
    this.#lifetimes.delete(session.client.clientId)
  }

  #begin(session: BrokerSession): SessionLifetime {
    const number = ++this.#begun
    const lifetime = new SessionLifetime(number, session, this.#deadlines, this.#owner)
    this.#lifetimes.set(session.client.clientId, lifetime)
    this.#counters.sessionsMax = Math.max(this.#counters.sessionsMax, this.size)
    return lifetime
  }
}
