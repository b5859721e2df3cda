/** Puts together what the chunks of a persistence file say, each about a piece of the state. */
import type { ClientChunk, ClientMessageChunk } from './chunk-contents.ts'
import type {
  MosquittoDelivery,
  MosquittoMessage,
  MosquittoReceipt,
  MosquittoSession,
  MosquittoState,
  MosquittoSubscription,
  SkippedChunks,
} from './mosquitto-state.ts'
import { damaged } from './mosquitto-db-error.ts'
import type { MosquittoDbError } from './mosquitto-db-error.ts'
import { UsernameReading } from './username-reading.ts'

/** Takes the chunks in the order of the file, each with where it is. */
export class StateBuilder {
  readonly #messages = new Map<bigint, MosquittoMessage>()
  readonly #sessions = new Map<string, SessionParts>()
  readonly #retained = new Map<string, MosquittoMessage>()
  readonly #skipped = new Map<number, SkippedChunks>()
  readonly #usernames = new UsernameReading()

  /** @throws {MosquittoDbError} if there is one of that number. */
  message(message: MosquittoMessage, at: number): void {
    const { id } = message
    if (this.#messages.has(id)) throw damaged(`There are two messages of the number ${id}`, at)
    this.#messages.set(id, message)
  }

  /** @throws {MosquittoDbError} if there is one of that Client Identifier. */
  session({ username, ...client }: ClientChunk, at: number): void {
    const { clientId } = client
    if (this.#sessions.has(clientId)) {
      throw damaged(`There are two sessions of the client ${quoted(clientId)}`, at)
    }
    this.#sessions.set(clientId, {
      ...client,
      username: this.#usernames.read(username, at),
      subscriptions: new Map(),
      outgoing: [],
      incoming: new Map(),
    })
  }

  /** @throws {MosquittoDbError} */
  clientMessage(chunk: ClientMessageChunk, at: number): void {
    const session = this.#sessionOf(chunk.clientId, at)
    const message = this.#messages.get(chunk.messageId)
    const { packetId, qos, retain, dup, subscriptionIdentifiers } = chunk
    if (chunk.isOutgoing) {
      const state = stateOf(chunk, at)
      session.outgoing.push({ message, packetId, qos, retain, dup, state, subscriptionIdentifiers })
    } else if (qos === 2) {
      // Of QoS 1 the client sends again whatever was not acknowledged.
      session.incoming.set(packetId, { message, packetId, retain })
    }
  }

  /** @throws {MosquittoDbError} */
  subscription(
    [clientId, subscription]: readonly [string, MosquittoSubscription],
    at: number,
  ): void {
    this.#sessionOf(clientId, at).subscriptions.set(subscription.filter, subscription)
  }

  /** @throws {MosquittoDbError} if there is no such message. */
  retained(id: bigint, at: number): void {
    const message = this.#messages.get(id)
    if (message === undefined) {
      throw damaged(`The message ${id} is retained, and is not in the file`, at)
    }
    if (message.payload.length > 0) this.#retained.set(message.topic, message)
  }

  /** A chunk of an unknown type was passed over. */
  skipped(type: number, bytes: number): void {
    const before = this.#skipped.get(type) ?? { type, chunks: 0, bytes: 0 }
    this.#skipped.set(type, { type, chunks: before.chunks + 1, bytes: before.bytes + bytes })
  }

  /** All that was said. */
  finish(version: MosquittoState['version']): MosquittoState {
    return {
      version,
      sessions: [...this.#sessions.values()].map(sessionOf),
      retained: [...this.#retained.values()],
      messages: this.#messages,
      usernamesUntold: this.#usernames.untold,
      skipped: [...this.#skipped.values()],
    }
  }

  #sessionOf(clientId: string, at: number): SessionParts {
    const session = this.#sessions.get(clientId)
    if (session !== undefined) return session
    throw damaged(`Something is of the client ${quoted(clientId)}, which has no session`, at)
  }
}

interface SessionParts extends Omit<MosquittoSession, 'subscriptions' | 'outgoing' | 'incoming'> {
  readonly subscriptions: Map<string, MosquittoSubscription>
  readonly outgoing: MosquittoDelivery[]
  readonly incoming: Map<number, MosquittoReceipt>
}

function sessionOf(parts: SessionParts): MosquittoSession {
  return {
    ...parts,
    subscriptions: [...parts.subscriptions.values()],
    incoming: [...parts.incoming.values()],
  }
}

function stateOf(chunk: ClientMessageChunk, at: number): MosquittoDelivery['state'] {
  const state = STATES.get(chunk.state)
  if (state === undefined) throw unknownState(chunk, at)
  // At QoS 0 there is nothing to wait for.
  return chunk.qos === 0 ? 'waiting' : state
}

/**
 * Mosquitto's `mosquitto_msg_state`. Those it is about to publish, or to publish again after a
 * connection was lost, have their Packet Identifier as those that it has published.
 */
const STATES: ReadonlyMap<number, MosquittoDelivery['state']> = new Map([
  [1, 'waiting'], // publish_qos0
  [2, 'sent'], // publish_qos1
  [3, 'sent'], // wait_for_puback
  [4, 'sent'], // publish_qos2
  [5, 'sent'], // wait_for_pubrec
  [6, 'released'], // resend_pubrel
  [9, 'released'], // wait_for_pubcomp
  [11, 'waiting'], // queued
])

function unknownState({ state, clientId }: ClientMessageChunk, at: number): MosquittoDbError {
  return damaged(`A message for ${quoted(clientId)} is in state ${state}, which none is in`, at)
}

/** A short rendering of what came from a file. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
