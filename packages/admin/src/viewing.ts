/** What the broker tells of itself, in the form of the API. */
import type { Ban, ClientInfo, ConnectionSummary, QueuedMessage } from '@godwit/broker'
import type { RetainedDetails, RetainedSummary, SessionDetails } from '@godwit/broker'
import type { SessionSubscription, SessionSummary } from '@godwit/broker'
import { shownPayload, shownProperties } from './message-properties.ts'
import type { BanView, CertificateView, ConnectionView, QueuedView } from './views.ts'
import type { RetainedDetailView, RetainedView, SessionDetailView } from './views.ts'
import type { SessionView, SubscriptionView } from './views.ts'

/** A session. */
export function sessionView(session: SessionSummary): SessionView {
  const { client, connection, isDurable, expiresInSeconds } = session
  const { clientId, username, principal, listener } = client
  return {
    clientId,
    ...(username !== undefined && { username }),
    ...(principal !== undefined && principal !== username && { principal }),
    version: VERSIONS[client.version],
    address: client.remoteAddress,
    ...(listener !== undefined && { listener }),
    ...(connection !== undefined && { connection: connectionView(connection, client) }),
    durable: isDurable,
    ...(expiresInSeconds !== undefined && { expiresInSeconds }),
    subscriptions: session.subscriptions,
    inFlight: session.inFlight,
    unreleased: session.unreleased,
    queuedMessages: session.queuedMessages,
    queuedBytes: session.queuedBytes,
    messagesIn: session.messagesIn,
    messagesOut: session.messagesOut,
    messagesDropped: session.messagesDropped,
  }
}

/** A session with what it holds. */
export function sessionDetailView(session: SessionDetails): SessionDetailView {
  const { firstSubscriptions, firstInFlight, firstQueued, will } = session
  return {
    ...sessionView(session),
    firstSubscriptions: firstSubscriptions.map(subscriptionView),
    firstInFlight: firstInFlight.map((message) => ({
      ...queuedView(message),
      packetId: message.packetId,
      awaits: message.awaits,
    })),
    firstQueued: firstQueued.map(queuedView),
    ...(will !== undefined && {
      will: {
        topic: will.topic,
        qos: will.qos,
        retain: will.retain,
        payloadBytes: will.payloadBytes,
        delaySeconds: will.delaySeconds,
        ...(will.dueInSeconds !== undefined && { dueInSeconds: will.dueInSeconds }),
      },
    }),
  }
}

/** A subscription. */
export function subscriptionView(held: SessionSubscription): SubscriptionView {
  const { clientId, filter, qos, noLocal, retainAsPublished, retainHandling, identifier } = held
  const view = { clientId, filter, qos, noLocal, retainAsPublished, retainHandling }
  return identifier === undefined ? view : { ...view, identifier }
}

/** A Retained Message. */
export function retainedView(message: RetainedSummary): RetainedView {
  const { topic, qos, payloadBytes, ageMs, expiresInSeconds, publisher } = message
  return {
    topic,
    qos,
    payloadBytes,
    ageMs,
    ...(expiresInSeconds !== undefined && { expiresInSeconds }),
    ...(publisher !== undefined && { publisher }),
  }
}

/** A Retained Message with its payload. */
export function retainedDetailView(message: RetainedDetails): RetainedDetailView {
  return {
    ...retainedView(message),
    ...shownPayload(message.payload),
    properties: shownProperties(message.properties),
  }
}

/** A ban. */
export function banView({ type, name, automatic, secondsLeft, reason }: Ban): BanView {
  return {
    kind: type,
    value: name,
    automatic,
    ...(secondsLeft !== undefined && { expiresInSeconds: secondsLeft }),
    ...(reason !== undefined && { reason }),
  }
}

const VERSIONS = { 3: '3.1', 4: '3.1.1', 5: '5.0' } as const

function connectionView(connection: ConnectionSummary, { peer }: ClientInfo): ConnectionView {
  const { connectedMs, cleanStart, keepAliveSeconds, sessionExpirySeconds } = connection
  const { outboxBytes, readiness } = connection
  const { encryption, serverName, certificate, proxyAddress } = peer ?? {}
  return {
    connectedMs,
    cleanStart,
    keepAliveSeconds,
    sessionExpirySeconds,
    outboxBytes,
    readiness,
    ...(encryption !== undefined && { encryption }),
    ...(serverName !== undefined && { serverName }),
    ...(certificate !== undefined && { certificate: certificateView(certificate) }),
    ...(proxyAddress !== undefined && { proxyAddress }),
  }
}

function certificateView({
  commonName,
  fingerprint,
  validUntil,
}: NonNullable<NonNullable<ClientInfo['peer']>['certificate']>): CertificateView {
  return { ...(commonName !== undefined && { commonName }), fingerprint, validUntil }
}

function queuedView(message: QueuedMessage): QueuedView {
  const { topic, qos, retain, payloadBytes, ageMs, expiresInSeconds, publisher } = message
  return {
    ...(topic !== undefined && { topic }),
    qos,
    retain,
    ...(payloadBytes !== undefined && { payloadBytes }),
    ...(ageMs !== undefined && { ageMs }),
    ...(expiresInSeconds !== undefined && { expiresInSeconds }),
    ...(publisher !== undefined && { publisher }),
  }
}
