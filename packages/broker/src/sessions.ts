/** Who is connected: Client Identifier to connection and session, one of each (§3.1.4). */
import { ReasonCode } from '@godwit/codec'
import type { Connection } from './connection.ts'
import type { BrokerSession } from './session.ts'

/** A connected client. */
interface Present {
  readonly connection: Connection
  readonly session: BrokerSession
}

/** The connected clients of a broker. */
export class Sessions {
  readonly #present = new Map<string, Present>()

  /** How many there are. */
  get size(): number {
    return this.#present.size
  }

  /** Every session. */
  *[Symbol.iterator](): Iterator<BrokerSession> {
    for (const { session } of this.#present.values()) yield session
  }

  /** Whether a client of this name is connected. */
  has(clientId: string): boolean {
    return this.#present.has(clientId)
  }

  /** Adds a client; the one connected under its name, if any, is sent away. [MQTT-3.1.4-3] */
  add(clientId: string, connection: Connection, session: BrokerSession): void {
    const former = this.#present.get(clientId)
    former?.connection.end(
      ReasonCode.SessionTakenOver,
      'Another connection came with the same Client Identifier',
    )
    this.#present.set(clientId, { connection, session })
  }

  /** Removes a client, unless another has its name by then. */
  remove(clientId: string, session: BrokerSession): void {
    if (this.#present.get(clientId)?.session === session) this.#present.delete(clientId)
  }
}
