/** Everything that a store holds, as lines. */
import { decodeRetained } from '@godwit/broker/stored'
import type { StoredSession, StoredSubscription } from '@godwit/broker/stored'
import type { WillMessage } from '@godwit/codec'
import type { Engine } from '@godwit/store'
import { EXPORT_FORMAT } from './export-lines.ts'
import type {
  ExportLine,
  InFlightPart,
  LineContent,
  MessageLine,
  PublishedLine,
  QueuedLine,
  RetainedLine,
  SessionLine,
  SubscriptionLine,
  WaitingPart,
  WillLine,
} from './export-lines.ts'
import { base64, contentOf, linePropertiesOf } from './line-messages.ts'
import type { Content } from './line-messages.ts'
import { entriesOf, LogSurvey, messageIn } from './log-survey.ts'
import type { WaitingMessage } from './log-survey.ts'
import { byText, each, storedSessions } from './stored-state.ts'
import type { WholeSession } from './stored-state.ts'

/** So many messages stand in one line of a queue. */
const WAITING_MAX = 1000

/**
 * Reads a store that nobody writes to, and its log twice. `program` says who does it.
 * @throws {StoreError} {StoredFormatError}
 */
export async function* exportLines(engine: Engine, program: string): AsyncGenerator<ExportLine> {
  let lines = 0
  for await (const line of linesOf(engine, program)) {
    lines++
    yield line
  }
  yield { type: 'end', lines }
}

async function* linesOf(engine: Engine, program: string): AsyncGenerator<ExportLine> {
  yield { type: 'godwit-export', format: EXPORT_FORMAT, program }
  const sessions = await storedSessions(engine)
  const survey = await LogSurvey.over(engine, sessions)
  for (const { session } of sessions) yield sessionLine(session)
  for (const { clientId, filters } of sessions) {
    for (const held of filters) yield subscriptionLine(clientId, held, survey)
  }
  yield* retainedLines(engine)
  for (const session of sessions) yield* queuedLines(session, survey)
  for await (const batch of entriesOf(engine)) {
    for (const { position, bytes } of batch) {
      const id = survey.idOf(position)
      if (id !== undefined) yield messageLine(id, bytes)
    }
  }
}

function sessionLine(session: StoredSession): SessionLine {
  const { clientId, version, username, principal, expirySeconds, leftAt, will } = session
  return {
    type: 'session',
    clientId,
    version,
    ...(username !== undefined && { username }),
    ...(principal !== undefined && { principal }),
    expirySeconds,
    ...(leftAt !== undefined && { leftAt }),
    ...(will !== undefined && { will: willLine(will) }),
  }
}

function willLine({ topic, payload, qos, retain, properties }: WillMessage): WillLine {
  return { ...contentLine({ topic, payload, qos, properties: properties ?? {} }), retain }
}

function subscriptionLine(
  clientId: string,
  held: StoredSubscription,
  survey: LogSurvey,
): SubscriptionLine {
  const { filter, qos, noLocal, retainAsPublished, retainHandling, identifier, replaying } = held
  const since = survey.idFrom(held.since)
  return {
    type: 'subscription',
    clientId,
    filter,
    qos,
    noLocal,
    retainAsPublished,
    retainHandling,
    ...(identifier !== undefined && { identifier }),
    ...(replaying && { replaying }),
    ...(since > 1 && { since }),
  }
}

/** In the order of topics. Those are kept in memory, the messages are not. */
async function* retainedLines(engine: Engine): AsyncGenerator<RetainedLine> {
  const topics: string[] = []
  await each(engine, 'retained', ({ key }) => topics.push(key))
  for (const topic of topics.toSorted(byText((text) => text))) {
    const record = await engine.records.get('retained', topic)
    if (record === undefined) continue
    const { packet, ...stored } = decodeRetained(record.value)
    const content = contentOf(packet, stored.version)
    yield { type: 'retained', ...publishedLine({ ...stored, content }) }
  }
}

function* queuedLines(session: WholeSession, survey: LogSurvey): Generator<QueuedLine> {
  const { clientId, number, received } = session
  if (session.session.expirySeconds === 0) return // It is kept for its will only.
  const waiting = survey.waitingFor(number)
  const inFlight = session.inFlight
    .map((exchange) => inFlightPart(exchange, survey))
    // Else it was acknowledged, and its message let go, before that could be noted.
    .filter(({ phase, message }) => phase === 'released' || message !== undefined)
  if (inFlight.length + waiting.length + received.length === 0) return
  const first = waiting.slice(0, WAITING_MAX).map(waitingPart)
  yield { type: 'queued', clientId, inFlight, waiting: first, received }
  for (let at = WAITING_MAX; at < waiting.length; at += WAITING_MAX) {
    const more = waiting.slice(at, at + WAITING_MAX).map(waitingPart)
    yield { type: 'queued', clientId, inFlight: [], waiting: more, received: [] }
  }
}

function inFlightPart(exchange: WholeSession['inFlight'][number], survey: LogSurvey): InFlightPart {
  const { packetId, qos, retain, released, position, subscriptionIdentifiers } = exchange
  const message = survey.idOf(position)
  return {
    packetId,
    qos,
    retain,
    phase: released ? 'released' : 'sent',
    ...(message !== undefined && { message }),
    ...(subscriptionIdentifiers !== undefined && { subscriptionIdentifiers }),
  }
}

function waitingPart({ id, terms }: WaitingMessage): WaitingPart {
  const { qos, retain, subscriptionIdentifiers, share } = terms
  return {
    message: id,
    qos,
    retain,
    ...(subscriptionIdentifiers !== undefined && { subscriptionIdentifiers }),
    ...(share !== undefined && { share }),
  }
}

function messageLine(id: number, bytes: Uint8Array): MessageLine {
  const message = messageIn(bytes)
  return { type: 'message', id, ...publishedLine(message), retain: message.content.retain }
}

interface Published extends Omit<PublishedLine, keyof LineContent | 'publisher'> {
  readonly publisher: string | undefined
  readonly content: Content
}

function publishedLine({ version, publisher, receivedAt, content }: Published): PublishedLine {
  return {
    ...contentLine(content),
    version,
    ...(publisher !== undefined && { publisher }),
    receivedAt,
  }
}

interface LineParts extends Pick<Content, 'topic' | 'qos' | 'payload'> {
  readonly properties: object
}

function contentLine({ topic, qos, payload, properties }: LineParts): LineContent {
  const lineProperties = linePropertiesOf(properties)
  return {
    topic,
    qos,
    payload: base64(payload),
    ...(lineProperties !== undefined && { properties: lineProperties }),
  }
}
