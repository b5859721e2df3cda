/** Schemas of sessions, of what they hold, and of subscriptions. */
import {
  amount,
  choice,
  count,
  list,
  object,
  page,
  QOS_SCHEMA,
  ref,
  text,
  yesNo,
} from './schemas.ts'
import type { Schema } from './schemas.ts'

const SESSION: Readonly<Record<string, Schema>> = {
  clientId: text(),
  'username?': text(),
  'principal?': text('Whose session it is, if that is not who the user name says.'),
  version: choice(['3.1', '3.1.1', '5.0']),
  address: text('Where its client is, or was.'),
  'listener?': text(),
  'connection?': ref('Connection'),
  durable: yesNo('Whether it survives the end of the broker.'),
  'expiresInSeconds?': amount('When it ends unless its client comes back.'),
  subscriptions: count(),
  inFlight: count('Messages that were sent and are not acknowledged.'),
  unreleased: count('Messages of QoS 2 that it has published and not released.'),
  queuedMessages: count('Messages that wait to be sent for the first time.'),
  queuedBytes: count(),
  messagesIn: count('What it published.'),
  messagesOut: count('What it was sent.'),
  messagesDropped: {
    type: 'object',
    description: 'What it was not sent, by reason.',
    additionalProperties: count(),
  },
}

const QUEUED: Readonly<Record<string, Schema>> = {
  'topic?': text(),
  qos: QOS_SCHEMA,
  retain: yesNo(),
  'payloadBytes?': count(),
  'ageMs?': amount(),
  'expiresInSeconds?': amount(),
  'publisher?': text('The Client Identifier of who published it.'),
}

/** The schemas. */
export const SESSION_SCHEMAS: Readonly<Record<string, Schema>> = {
  Session: object('A session, with or without a connection.', SESSION),
  SessionPage: page('Session'),
  SessionDetail: object('A session with the first of what it holds.', {
    ...SESSION,
    firstSubscriptions: list(ref('Subscription')),
    firstInFlight: list(ref('InFlight')),
    firstQueued: list(ref('Queued')),
    'will?': ref('Will'),
  }),
  Connection: object('The present connection of a session.', {
    connectedMs: amount(),
    cleanStart: yesNo(),
    keepAliveSeconds: count('0 for none.'),
    sessionExpirySeconds: count(),
    outboxBytes: count('Bytes that wait for the network.'),
    readiness: choice(['ready', 'slow']),
    'encryption?': text('Such as TLSv1.3.'),
    'serverName?': text('The name that the client used for the server.'),
    'certificate?': ref('Certificate'),
    'proxyAddress?': text(),
  }),
  Certificate: object('The certificate of a client.', {
    'commonName?': text(),
    fingerprint: text('SHA-256, in hexadecimal digits.'),
    validUntil: count('Milliseconds since 1970.'),
  }),
  Queued: object('A message that waits for a client.', QUEUED),
  InFlight: object('A message that was sent and is not acknowledged.', {
    ...QUEUED,
    packetId: count(),
    awaits: choice(['puback', 'pubrec', 'pubcomp']),
  }),
  Will: object('A Will that is not published yet.', {
    topic: text(),
    qos: QOS_SCHEMA,
    retain: yesNo(),
    payloadBytes: count(),
    delaySeconds: count(),
    'dueInSeconds?': amount(),
  }),
  Subscription: object('A subscription.', {
    clientId: text(),
    filter: text('As it was subscribed to: a shared one begins with $share/.'),
    qos: QOS_SCHEMA,
    noLocal: yesNo(),
    retainAsPublished: yesNo(),
    retainHandling: { type: 'integer', enum: [0, 1, 2] },
    'identifier?': count(),
  }),
  SubscriptionPage: page('Subscription'),
}
