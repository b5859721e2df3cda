/**
 * What Mosquitto kept, as what is imported.
 *
 * What it does not keep is filled in: everything came when the import was made, messages are of
 * MQTT 5.0, which can say all that they may hold, and so is a session that uses anything of it.
 */
import type {
  ImportItem,
  InFlightItem,
  PublishedContent,
  QueuedItem,
  WaitingItem,
} from '../data/import-items.ts'
import type { PlacedMessage } from './delivery-numbers.ts'
import type {
  MosquittoMessage,
  MosquittoSession,
  MosquittoState,
  MosquittoSubscription,
} from './mosquitto-state.ts'
import { isOver, queuesOf } from './session-queues.ts'
import type { MessageInFlight, SessionQueue, WaitingMessage } from './session-queues.ts'

/** What is to be imported. */
export interface MosquittoImport {
  /** In the order that an import wants; to be gone through once. */
  readonly items: Iterable<ImportItem>
  readonly left: LeftBehind
}

/** How much is not in the items, or not for certain. */
export interface LeftBehind {
  /** Sessions that have ended, or were to end with their connection. */
  readonly sessions: number
  /** Messages for sessions that expired, are of QoS 0, or were not kept by Mosquitto. */
  readonly deliveries: number
  /** Retained Messages that expired. */
  readonly retained: number
  /** Sessions that may have no User Name, though the file gives them one. */
  readonly usernames: number
}

/** Makes items of a state. `now` is the time of day, in milliseconds since 1970. */
export function importOf(state: MosquittoState, now: number): MosquittoImport {
  const sessions = state.sessions.filter((session) => isLasting(session, now))
  const found = queuesOf(sessions, now)
  const retained = retainedOf(state, found.retained)
  const lasting = retained.filter((message) => !isOver(message, now))
  return {
    items: itemsOf({ ...found, sessions, retained: lasting }, now),
    left: {
      sessions: state.sessions.length - sessions.length,
      deliveries: found.left,
      retained: retained.length - lasting.length,
      usernames: state.usernamesUntold,
    },
  }
}

const FOR_EVER = 0xffff_ffff

function isLasting(session: MosquittoSession, now: number): boolean {
  return session.sessionExpirySeconds > 0 && (session.expiresAt ?? Infinity) > now
}

/** What is retained once the messages are passed on that clients had not released. */
function retainedOf(
  state: MosquittoState,
  later: readonly MosquittoMessage[],
): readonly MosquittoMessage[] {
  const byTopic = new Map(state.retained.map((message) => [message.topic, message]))
  for (const message of later) {
    if (message.payload.length === 0) byTopic.delete(message.topic)
    else byTopic.set(message.topic, message)
  }
  return [...byTopic.values()]
}

interface Found {
  readonly sessions: readonly MosquittoSession[]
  readonly retained: readonly MosquittoMessage[]
  readonly queues: readonly SessionQueue[]
  readonly placed: readonly PlacedMessage[]
}

function* itemsOf({ sessions, retained, queues, placed }: Found, now: number): Items {
  for (const session of sessions) yield sessionItem(session, now)
  for (const { clientId, subscriptions } of sessions) {
    for (const subscription of subscriptions) yield subscriptionItem(clientId, subscription)
  }
  for (const message of retained) {
    // It is kept as one, whether or not it was published as one.
    yield { type: 'retained', message: publishedOf({ ...message, retain: true }, now) }
  }
  for (const queue of queues) {
    if (queue.inFlight.length + queue.waiting.length + queue.session.incoming.length > 0) {
      yield queuedItem(queue)
    }
  }
  for (const { message, qos, number } of placed) {
    yield { type: 'message', id: number, message: publishedOf({ ...message, qos }, now) }
  }
}

type Items = Generator<ImportItem>

function sessionItem(session: MosquittoSession, now: number): ImportItem {
  const { clientId, username, expiresAt, sessionExpirySeconds } = session
  // Not more than what a Session Expiry Interval can say and that does not mean for ever.
  const left = Math.min(secondsUntil(expiresAt ?? now, now), FOR_EVER - 1)
  return {
    type: 'session',
    session: {
      clientId,
      version: isOfVersion5(session) ? 5 : 4,
      username,
      principal: username,
      expirySeconds: expiresAt === undefined ? sessionExpirySeconds : left,
      leftAt: now,
      will: undefined,
    },
  }
}

function isOfVersion5({ sessionExpirySeconds, subscriptions }: MosquittoSession): boolean {
  return (
    sessionExpirySeconds !== FOR_EVER ||
    subscriptions.some(
      ({ noLocal, retainAsPublished, retainHandling, identifier }) =>
        noLocal || retainAsPublished || retainHandling !== 0 || identifier !== undefined,
    )
  )
}

function subscriptionItem(
  clientId: string,
  { identifier, ...subscription }: MosquittoSubscription,
): ImportItem {
  const rest = identifier === undefined ? {} : { identifier }
  const held = { ...subscription, replaying: false, ...rest }
  return { type: 'subscription', clientId, held, since: 1 }
}

function publishedOf(message: MosquittoMessage, now: number): PublishedContent {
  const { topic, qos, retain, payload, publisher, expiresAt } = message
  const seconds = Math.min(secondsUntil(expiresAt ?? now, now), FOR_EVER)
  const expiry = expiresAt === undefined ? {} : { messageExpiryInterval: seconds }
  const properties = { ...message.properties, ...expiry }
  const content = { topic, qos, retain, payload, properties }
  return { content, version: 5, publisher, receivedAt: now }
}

function secondsUntil(time: number, now: number): number {
  return Math.ceil((time - now) / 1000)
}

function queuedItem({ session, inFlight, waiting }: SessionQueue): QueuedItem {
  return {
    type: 'queued',
    clientId: session.clientId,
    inFlight: inFlight.map(inFlightItem),
    waiting: waiting.map(waitingItem),
    received: session.incoming.map(({ packetId }) => packetId),
  }
}

function inFlightItem({ packetId, phase, placed, ...terms }: MessageInFlight): InFlightItem {
  return { packetId, released: phase === 'released', message: placed?.number, ...terms }
}

function waitingItem({ placed, ...terms }: WaitingMessage): WaitingItem {
  return { message: placed.number, terms: { ...terms, share: undefined } }
}
