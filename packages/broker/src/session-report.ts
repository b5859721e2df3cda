/** Puts into words what one session holds, for whoever looks into it. */
import type { WillMessage } from '@godwit/codec'
import type {
  ConnectionSummary,
  SessionDetails,
  SessionSubscription,
  SessionSummary,
  WillSummary,
} from './inspected-session.ts'
import type { Journal } from './journal.ts'
import { firstExchanges, firstWaiting, messagesOf } from './message-report.ts'
import type { HeldSubscription } from './route.ts'
import type { SessionLifetime } from './session-lifetime.ts'

/** A session at a glance. */
export function summaryOf(lifetime: SessionLifetime, now: number): SessionSummary {
  const { session, expiresAt } = lifetime
  const { deliveries, receiver, client } = session
  const { queue, gate, tally, sender } = deliveries
  const connection = connectionOf(lifetime, now)
  return {
    client,
    ...(connection !== undefined && { connection }),
    isDurable: session.isDurable,
    ...(expiresAt !== Infinity && { expiresInSeconds: secondsUntil(expiresAt, now) }),
    subscriptions: session.subscriptions.size,
    inFlight: sender.inFlight,
    unreleased: receiver.unreleased,
    queuedMessages: queue.length + (gate?.length ?? 0),
    queuedBytes: queue.bytes + (gate?.bytes ?? 0),
    messagesIn: tally.messagesIn,
    messagesOut: tally.messagesOut,
    messagesDropped: tally.messagesDropped,
  }
}

/** A subscription, and whose it is. */
export function subscriptionOf(clientId: string, held: HeldSubscription): SessionSubscription {
  const { filter, qos, noLocal, retainAsPublished, retainHandling, identifier } = held
  const subscription = { clientId, filter, qos, noLocal, retainAsPublished, retainHandling }
  return identifier === undefined ? subscription : { ...subscription, identifier }
}

/**
 * A session with the first `limit` of each kind of thing that it holds: as it is at this moment,
 * though what is in the log only is read from there.
 */
export async function detailsOf(
  lifetime: SessionLifetime,
  limit: number,
  now: number,
  journal: Journal | undefined,
): Promise<SessionDetails> {
  const { session } = lifetime
  const { clientId } = session.client
  const will = willOf(lifetime, now)
  const report = {
    ...summaryOf(lifetime, now),
    firstSubscriptions: firstSubscriptions(session.subscriptions, clientId, limit),
    ...(will !== undefined && { will }),
  }
  const exchanges = firstExchanges(session.deliveries, limit)
  const waiting = firstWaiting(session.deliveries, limit)
  const sent = await messagesOf(exchanges, now, journal)
  const firstQueued = await messagesOf(waiting, now, journal)
  const firstInFlight = exchanges.flatMap(({ packetId, awaits }, index) => {
    const message = sent[index]
    return message === undefined ? [] : { packetId, awaits, ...message }
  })
  return { ...report, firstInFlight, firstQueued }
}

function connectionOf({ session }: SessionLifetime, now: number): ConnectionSummary | undefined {
  const { link, readiness } = session.deliveries
  if (link === undefined) return undefined
  const { connectedAt, cleanStart, keepAliveSeconds, sessionExpirySeconds } = link.grant
  return {
    connectedMs: Math.round(now - connectedAt),
    cleanStart,
    keepAliveSeconds,
    sessionExpirySeconds,
    outboxBytes: link.bytes,
    readiness: readiness === 'ready' ? 'ready' : 'slow',
  }
}

function willOf(
  { session, will, willDueAt }: SessionLifetime,
  now: number,
): WillSummary | undefined {
  const present: WillMessage | undefined = session.deliveries.link?.grant.will ?? will
  if (present === undefined) return undefined
  const { topic, qos, retain, payload, properties } = present
  return {
    topic,
    qos,
    retain,
    payloadBytes: payload.length,
    delaySeconds: properties?.willDelayInterval ?? 0,
    ...(willDueAt !== Infinity && { dueInSeconds: secondsUntil(willDueAt, now) }),
  }
}

function firstSubscriptions(
  held: Iterable<HeldSubscription>,
  clientId: string,
  limit: number,
): readonly SessionSubscription[] {
  const subscriptions: SessionSubscription[] = []
  for (const one of held) {
    if (subscriptions.length === limit) break
    subscriptions.push(subscriptionOf(clientId, one))
  }
  return subscriptions
}

/** What is left until an instant, in whole seconds. */
function secondsUntil(instant: number, now: number): number {
  return Math.max(0, Math.ceil((instant - now) / 1000))
}
