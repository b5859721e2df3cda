/** Puts into words what is on its way to one session, for whoever looks into it. */
import type { QoS } from '@godwit/codec'
import type { Deliveries } from './deliveries.ts'
import { deliveredQoS } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import type { Passenger } from './delivery-gate.ts'
import type { InFlightMessage, QueuedMessage } from './inspected-session.ts'
import type { Journal } from './journal.ts'
import type { LogMessage } from './log-message.ts'
import type { Message } from './message.ts'
import type { QueuedPosition } from './position-queue.ts'
import type { RouteTerms } from './route.ts'
import { deliveryOf } from './stored-backlog.ts'

/** A message of which a report is made. */
export interface Reported {
  /** Where it is to be read, if it is in the log only. */
  readonly position?: number
  /** What is known of it, once it was read or was not found. */
  readonly known: (found: LogMessage | undefined) => Known
}

/** One that was sent and is not acknowledged. */
export type ReportedExchange = Reported & Pick<InFlightMessage, 'packetId' | 'awaits'>

interface Known {
  readonly message: Message | undefined
  readonly qos: QoS
  readonly retain: boolean
}

/** What was sent first and is not acknowledged, in the order in which it would be sent again. */
export function firstExchanges({ sender }: Deliveries, limit: number): readonly ReportedExchange[] {
  const exchanges: ReportedExchange[] = []
  sender.forEach((packetId, delivery, released) => {
    if (exchanges.length === limit) return
    const answer = delivery.qos === 1 ? 'puback' : 'pubrec'
    exchanges.push({ ...ofDelivery(delivery), packetId, awaits: released ? 'pubcomp' : answer })
  })
  return exchanges
}

/** What has waited longest, oldest first: up to `limit`, or fewer where they are large. */
export function firstWaiting({ queue, gate }: Deliveries, limit: number): readonly Reported[] {
  const waiting: Reported[] = []
  let bytesLeft = BYTES_MAX
  for (const one of queue.stored()) {
    if (waiting.length === limit || bytesLeft <= 0) return waiting
    bytesLeft -= one.size
    waiting.push(ofPosition(one))
  }
  for (const delivery of queue.recent()) {
    if (waiting.length === limit) return waiting
    waiting.push(ofDelivery(delivery))
  }
  for (const passenger of gate?.passengers() ?? []) {
    if (waiting.length === limit) return waiting
    waiting.push(ofPassenger(passenger))
  }
  return waiting
}

/** What is said of each; reads what is in the log only, a few at a time, for they may be large. */
export async function messagesOf(
  reported: readonly Reported[],
  now: number,
  journal: Journal | undefined,
): Promise<readonly QueuedMessage[]> {
  const messages: QueuedMessage[] = []
  for (let start = 0; start < reported.length; start += READ_MAX) {
    const some = reported.slice(start, start + READ_MAX)
    const positions = some.flatMap(({ position }) => position ?? [])
    const read = positions.length === 0 ? undefined : await journal?.read(positions)
    const found = new Map(positions.map((position, index) => [position, read?.[index]]))
    for (const { position, known } of some) {
      const one = position === undefined ? undefined : found.get(position)
      messages.push(inWords(known(one), now))
    }
  }
  return messages
}

function ofDelivery(delivery: Delivery): Reported {
  const { message, qos, retain, entry } = delivery
  if (message !== undefined || entry === undefined) return { known: () => delivery }
  const known = (found: LogMessage | undefined): Known => ({ message: found?.message, qos, retain })
  return { position: entry.position, known }
}

function ofPosition({ position, size: bytes, terms }: QueuedPosition<RouteTerms>): Reported {
  return { position, known: (found) => deliveryOf({ position, bytes, terms }, found) }
}

function ofPassenger({ message, terms, retain }: Passenger): Reported {
  return { known: () => ({ message, qos: deliveredQoS(message, terms), retain }) }
}

function inWords({ message, qos, retain }: Known, now: number): QueuedMessage {
  if (message === undefined) return { qos, retain }
  const { topic, payload, publisher, receivedAt, expiresAt } = message
  return {
    topic,
    qos,
    retain,
    payloadBytes: payload.length,
    ageMs: Math.max(0, Math.round(now - receivedAt)),
    ...(expiresAt !== Infinity && { expiresInSeconds: message.secondsLeft(now) }),
    ...(publisher !== undefined && { publisher }),
  }
}

/** How much of what waits in the log is read for one report. */
const BYTES_MAX = 1024 * 1024
const READ_MAX = 16
