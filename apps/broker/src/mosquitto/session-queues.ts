/**
 * What each session is still to get, and what is left behind of it.
 *
 * Mosquitto passes a QoS 2 message on when its client releases it, we do so when it comes. So one
 * that is not released is passed on here, to the sessions that want it, and only its Packet
 * Identifier stays. And what has expired is left out, but of an exchange of QoS 2 the end is still
 * to come: the client may remember its Packet Identifier, and would take the next message that has
 * it for the same.
 */
import type { QoS } from '@godwit/codec'
import { Queues } from '../data/queues.ts'
import type { QueueHolder } from '../data/queues.ts'
import { DeliveryNumbers } from './delivery-numbers.ts'
import type { PlacedMessage } from './delivery-numbers.ts'
import type {
  MosquittoDelivery,
  MosquittoMessage,
  MosquittoReceipt,
  MosquittoSession,
} from './mosquitto-state.ts'

/** A message that waits for a session. */
export interface WaitingMessage {
  readonly placed: PlacedMessage
  readonly qos: 1 | 2
  readonly retain: boolean
  readonly subscriptionIdentifiers: readonly number[] | undefined
}

/** A message that a session was sent, and that is not over. */
export interface MessageInFlight extends Omit<WaitingMessage, 'placed'> {
  readonly packetId: number
  readonly phase: 'sent' | 'released'
  /** Undefined if it is not needed any more. */
  readonly placed: PlacedMessage | undefined
}

/** All that a session has. */
export interface SessionQueue {
  readonly session: MosquittoSession
  readonly inFlight: readonly MessageInFlight[]
  readonly waiting: readonly WaitingMessage[]
}

/** The queues of sessions, over one log. */
export interface SessionQueues {
  readonly queues: readonly SessionQueue[]
  /** What the queues refer to, in the order of its numbers. */
  readonly placed: readonly PlacedMessage[]
  /** QoS 2 messages that were to be retained and are passed on here, in order. */
  readonly retained: readonly MosquittoMessage[]
  /** How many are left out: expired, of QoS 0, or not kept by Mosquitto. */
  readonly left: number
}

/** Finds the queues of these sessions, as they stand at a time. */
export function queuesOf(sessions: readonly MosquittoSession[], now: number): SessionQueues {
  const releases = releasesOf(sessions, now)
  const passedOn = passOn(sessions, releases)
  const numbers = new DeliveryNumbers()
  let left = 0
  const queues = sessions.map((session) => {
    const deliveries = [...session.outgoing, ...(passedOn.get(session.clientId) ?? [])]
    const queue = queueOf(
      session,
      deliveries.map((one) => current(one, now)),
      numbers,
    )
    left += deliveries.length - queue.inFlight.length - queue.waiting.length
    return queue
  })
  const retained = releases.filter(({ retain }) => retain).map(({ message }) => message)
  return { queues, placed: numbers.finish(), retained, left }
}

/** Whether a message has expired. */
export function isOver({ expiresAt }: MosquittoMessage, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now
}

interface Release {
  readonly message: MosquittoMessage
  readonly retain: boolean
}

/** What clients have not released, in the order in which it came. */
function releasesOf(sessions: readonly MosquittoSession[], now: number): readonly Release[] {
  return sessions
    .flatMap(({ incoming }) => incoming)
    .flatMap(({ message, retain }: MosquittoReceipt) =>
      message === undefined || isOver(message, now) ? [] : [{ message, retain }],
    )
    .toSorted((one, other) => Number(one.message.id - other.message.id))
}

function passOn(
  sessions: readonly MosquittoSession[],
  releases: readonly Release[],
): ReadonlyMap<string, readonly MosquittoDelivery[]> {
  const deliveries = new Map<string, MosquittoDelivery[]>()
  if (releases.length === 0) return deliveries
  const queues = new Queues(sessions.map(holderOf), 1)
  for (const { message, retain } of releases) {
    const { topic, publisher } = message
    const audience = { type: 'subscribers', chosen: [] } as const
    const published = { place: 1, topic, qos: 2, retain, publisher, audience } as const
    for (const { holder, terms } of queues.receiversOf(published)) {
      const { qos, subscriptionIdentifiers = [] } = terms
      const how = { retain: terms.retain, dup: false, packetId: 0, state: 'waiting' } as const
      const ofHolder = deliveries.get(holder.clientId)
      const delivery = { message, qos, subscriptionIdentifiers, ...how }
      if (ofHolder === undefined) deliveries.set(holder.clientId, [delivery])
      else ofHolder.push(delivery)
    }
  }
  return deliveries
}

function holderOf({ clientId, subscriptions }: MosquittoSession, index: number): QueueHolder {
  const filters = subscriptions.map(({ identifier, ...subscription }) => ({
    ...subscription,
    ...(identifier === undefined ? {} : { identifier }),
    since: [0],
  }))
  return { clientId, number: index + 1, next: [0], filters }
}

/** A delivery without its message, if there is no use in it. */
function current(delivery: MosquittoDelivery, now: number): MosquittoDelivery {
  const { message, qos, state } = delivery
  if (message !== undefined && !isOver(message, now) && state !== 'released') return delivery
  const isBegun = qos === 2 && state !== 'waiting'
  return { ...delivery, message: undefined, state: isBegun ? 'released' : state }
}

function queueOf(
  session: MosquittoSession,
  deliveries: readonly MosquittoDelivery[],
  numbers: DeliveryNumbers,
): SessionQueue {
  const place = numbers.reader()
  const inFlight: MessageInFlight[] = []
  const waiting: WaitingMessage[] = []
  for (const { message, qos, retain, packetId, state, subscriptionIdentifiers } of deliveries) {
    if (!isLasting(qos)) continue
    const identifiers = subscriptionIdentifiers.length === 0 ? undefined : subscriptionIdentifiers
    const terms = { qos, retain, subscriptionIdentifiers: identifiers }
    if (message !== undefined) {
      const placed = place(message, qos)
      if (state === 'waiting') waiting.push({ placed, ...terms })
      else inFlight.push({ packetId, phase: state, placed, ...terms })
    } else if (state === 'released') {
      inFlight.push({ packetId, phase: state, placed: undefined, ...terms })
    }
  }
  return { session, inFlight, waiting }
}

function isLasting(qos: QoS): qos is 1 | 2 {
  return qos !== 0
}
