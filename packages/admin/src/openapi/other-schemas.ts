/** Schemas of all but sessions. */
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

const DECISION = choice(['allow', 'deny', 'partly'])
const ENCODING = choice(['text', 'base64'])
const BAN_KIND = choice(['client', 'user', 'address'])
const TRACE_KIND = choice(['client', 'topic'])
const NAME: Schema = { type: 'string', minLength: 1, maxLength: 8192 }

const RETAINED: Readonly<Record<string, Schema>> = {
  topic: text(),
  qos: QOS_SCHEMA,
  payloadBytes: count(),
  ageMs: amount(),
  'expiresInSeconds?': amount(),
  'publisher?': text('The Client Identifier of who published it, if that was a client.'),
}

const MESSAGE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Retained: object('A Retained Message without its payload.', RETAINED),
  RetainedPage: page('Retained'),
  RetainedDetail: object('A Retained Message.', {
    ...RETAINED,
    payload: text(),
    encoding: ENCODING,
    properties: ref('Properties'),
  }),
  Properties: object('Properties of a message (MQTT 5.0, 3.3.2.3).', {
    'payloadFormatIndicator?': { type: 'integer', enum: [0, 1] },
    'messageExpiryInterval?': { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
    'contentType?': text(),
    'responseTopic?': text(),
    'correlationData?': text('Base64.'),
    'userProperties?': {
      type: 'array',
      maxItems: 64,
      items: {
        type: 'array',
        prefixItems: [text(), text()],
        minItems: 2,
        maxItems: 2,
      },
    },
  }),
  Publish: object('A message to publish.', {
    topic: { type: 'string', minLength: 1 },
    'payload?': text('Empty where left out.'),
    'encoding?': ENCODING,
    'qos?': QOS_SCHEMA,
    'retain?': yesNo(),
    'properties?': ref('Properties'),
  }),
  Published: object('What became of a message that was published.', {
    reasonCode: count('0 Success, 16 No matching subscribers.'),
    reason: text(),
  }),
}

const RIGHTS_SCHEMAS: Readonly<Record<string, Schema>> = {
  Ban: object('A ban.', {
    kind: BAN_KIND,
    value: text(),
    automatic: yesNo('The broker made it by itself, after logins that failed.'),
    'expiresInSeconds?': amount('Absent where it lasts until it is lifted.'),
    'reason?': text(),
  }),
  BanPage: page('Ban'),
  NewBan: object('A ban to be.', {
    kind: BAN_KIND,
    value: NAME,
    'seconds?': { type: 'number', minimum: 1 },
    'reason?': { type: 'string', maxLength: 1024 },
  }),
  Explanation: object('What may be done, and why.', {
    client: object('Who was asked about.', {
      clientId: text(),
      'username?': text(),
      address: text(),
      'listener?': text(),
      connected: yesNo(),
    }),
    action: choice(['publish', 'subscribe', 'deliver', 'will']),
    topic: text(),
    decision: DECISION,
    because: text('Which line decided.'),
    opinions: list(
      object('What one set of rules says.', {
        authorizer: text(),
        'decision?': DECISION,
        'because?': text(),
      }),
    ),
    matching: list(text('A filter of the client that matches the topic.')),
  }),
}

/** The schemas. */
export const OTHER_SCHEMAS: Readonly<Record<string, Schema>> = {
  ...MESSAGE_SCHEMAS,
  ...RIGHTS_SCHEMAS,
  Status: object('How the broker stands.', {
    version: text(),
    uptimeSeconds: count(),
    listeners: list(text('A URL.')),
    offers: list(choice(['explain', 'traces', 'reload', 'plan', 'log-level'])),
    stats: { type: 'object', description: 'The counters of the broker.' },
  }),
  Trace: object('A trace of a client or a topic, in the log.', {
    kind: TRACE_KIND,
    value: text(),
    expiresInSeconds: amount(),
  }),
  Traces: object('All traces.', { items: list(ref('Trace')) }),
  NewTrace: object('A trace to be.', {
    kind: TRACE_KIND,
    value: NAME,
    'seconds?': { type: 'number', minimum: 1, maximum: 86_400 },
  }),
  Proposal: object('A configuration that is not in force.', {
    text: text(),
    'format?': text('yaml, toml, json or mosquitto; by its first character where left out.'),
  }),
  Change: object('What a reload changed, or would change.', {
    changes: list(text('A sentence.')),
    restart: list(text('What needs a restart: a sentence.')),
    affected: list(
      object('A connected client that loses something.', { clientId: text(), loses: text() }),
    ),
  }),
  LogLevel: object('How much the log says.', { level: text() }),
  Document: { type: 'object', description: 'An OpenAPI document.' },
  Problem: object('What went wrong (RFC 9457).', {
    type: text(),
    title: text(),
    status: count(),
    detail: text('A sentence: what was wrong, and what to do.'),
    code: text('For programs.'),
  }),
}
