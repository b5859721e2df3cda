/** Who is let in as whom: Client Identifiers, and the sessions that belong to them (§3.1.3.1). */
import { ReasonCode } from '@godwit/codec'
import type { ConnectPacket } from '@godwit/codec'
import type { Origin } from './entrance.ts'
import type { Verdict } from './guards.ts'
import { fits } from './limits.ts'
import type { ClientInfo } from './observers.ts'
import { BrokerSession } from './session.ts'
import type { Sessions } from './sessions.ts'
import type { Surroundings } from './surroundings.ts'

/** A client that was let in. */
export interface Admission {
  readonly session: BrokerSession
  readonly client: ClientInfo
  readonly sessionPresent: boolean
  readonly assignedClientIdentifier?: string
}

/** The door of a broker. */
export class Door {
  readonly #sessions: Sessions
  readonly #surroundings: Surroundings
  readonly #makeClientId: () => string

  constructor(sessions: Sessions, surroundings: Surroundings, makeClientId?: () => string) {
    this.#sessions = sessions
    this.#surroundings = surroundings
    this.#makeClientId = makeClientId ?? randomClientId
  }

  /** The session of a client that the guards let in, or why there is none. */
  admit(connect: ConnectPacket, verdict: Verdict, origin: Origin): Admission | ReasonCode {
    const { will, version, cleanStart } = connect
    const { limits } = this.#surroundings
    const responseTopic = will?.properties?.responseTopic ?? ''
    if (!fits(will?.topic ?? '', limits) || !fits(responseTopic, limits)) {
      return ReasonCode.TopicNameInvalid
    }
    const assigned = connect.clientId === ''
    const clientId = assigned ? this.#newClientId() : connect.clientId
    if (clientId === undefined) return ReasonCode.ClientIdentifierNotValid
    if (this.#cannotBeStored(connect)) return ReasonCode.QuotaExceeded
    const username = verdict.username ?? connect.username
    const principal = verdict.principal ?? username
    const { claims } = verdict
    const known = { clientId, username, principal, version, ...origin }
    const client: ClientInfo = claims === undefined ? known : { ...known, claims }
    // Guards may have given it another name.
    if (this.#surroundings.doorkeeper.isBanned(client)) return ReasonCode.Banned
    const make = () => new BrokerSession(client, this.#surroundings)
    const opened = this.#sessions.open(client, cleanStart, make)
    if (typeof opened === 'number') return opened
    const admission = { session: opened.session, client, sessionPresent: opened.present }
    // [MQTT-3.1.3-6] [MQTT-3.1.3-7]
    return assigned ? { ...admission, assignedClientIdentifier: clientId } : admission
  }

  /** A session that is to outlive its connection is not begun where there is no room for it. */
  #cannotBeStored({ clientId, cleanStart, version, properties }: ConnectPacket): boolean {
    if (this.#surroundings.journal?.isFull !== true) return false
    if (this.#sessions.get(clientId) !== undefined) return false
    return version === 5 ? (properties?.sessionExpiryInterval ?? 0) > 0 : !cleanStart
  }

  /** A name that no session has; `undefined` if names repeat themselves. [MQTT-3.2.2-16] */
  #newClientId(): string | undefined {
    for (let attempt = 0; attempt < 8; attempt++) {
      const clientId = this.#makeClientId()
      if (this.#sessions.get(clientId) === undefined) return clientId
    }
    return undefined
  }
}

/** The Web Crypto API, which every host has. */
declare const crypto: { randomUUID(): string }

function randomClientId(): string {
  return `auto-${crypto.randomUUID()}`
}
