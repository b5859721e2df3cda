/** Lines of an export, checked and turned into what is imported. */
import { PROPERTIES, UINT16_MAX, UINT32_MAX, VARIABLE_BYTE_INTEGER_MAX } from '@godwit/codec'
import type { PropertiesOf, WillMessage } from '@godwit/codec'
import { topicFilterFault, topicNameFault } from '@godwit/topic'
import { EXPORT_FORMAT } from './export-lines.ts'
import type {
  ImportItem,
  InFlightItem,
  PublishedContent,
  QueuedItem,
  SubscriptionItem,
  WaitingItem,
} from './import-items.ts'
import { LineFault, LineFields, shown } from './line-fields.ts'
import type { Content } from './line-messages.ts'

/** Reads a line as JSON. @throws {LineFault} */
export function parseLine(text: string): LineFields {
  try {
    const value: unknown = JSON.parse(text)
    return new LineFields(value, 'a line')
  } catch (error) {
    if (error instanceof LineFault) throw error
    throw new LineFault(`expected an object of JSON, got ${shown(text)}`)
  }
}

/** Checks the first line. @throws {LineFault} */
export function checkHeader(line: LineFields): void {
  if (line.any('type') !== 'godwit-export') {
    throw new LineFault(
      'expected what godwit-broker data export writes, or a mosquitto.db, ' +
        `got a line of type ${shown(line.any('type'))}`,
    )
  }
  if (line.any('format') === EXPORT_FORMAT) return
  throw new LineFault(
    `expected the format ${EXPORT_FORMAT}, got ${shown(line.any('format'))}: ` +
      'it was written by another version of godwit-broker, which can import it',
  )
}

/** Reads a line between the first and the last one. @throws {LineFault} */
export function itemOf(line: LineFields): ImportItem {
  const type = line.oneOf('type', ['session', 'subscription', 'retained', 'queued', 'message'])
  line.call(`a line of type "${type}"`)
  const item = READERS[type](line)
  line.done()
  return item
}

const READERS: Readonly<Record<ImportItem['type'], (line: LineFields) => ImportItem>> = {
  session: sessionOf,
  subscription: subscriptionOf,
  retained: (line) => ({ type: 'retained', message: publishedOf(line, true) }),
  queued: queuedOf,
  message: (line) => ({
    type: 'message',
    id: line.whole('id', 1, Number.MAX_SAFE_INTEGER),
    message: publishedOf(line, line.flag('retain')),
  }),
}

const VERSIONS = [3, 4, 5] as const
const QOS = [0, 1, 2] as const

function sessionOf(line: LineFields): ImportItem {
  const session = {
    clientId: line.text('clientId'),
    version: line.oneOf('version', VERSIONS),
    username: line.optional('username', (name) => line.text(name)),
    principal: line.optional('principal', (name) => line.text(name)),
    expirySeconds: line.whole('expirySeconds', 0, UINT32_MAX),
    leftAt: line.optional('leftAt', (name) => instantOf(line, name)),
    will: line.optional('will', (name) => willOf(new LineFields(line.any(name), 'a will'))),
  }
  return { type: 'session', session }
}

function willOf(fields: LineFields): WillMessage {
  const { topic, payload, qos } = contentPartsOf(fields)
  const will = { topic, payload, qos, retain: fields.flag('retain') }
  const properties = fields.optional('properties', (name) => willPropertiesOf(fields.any(name)))
  fields.done()
  return properties === undefined ? will : { ...will, properties }
}

function subscriptionOf(line: LineFields): SubscriptionItem {
  const identifier = line.optional('identifier', (name) => identifierOf(line, name))
  const held = {
    filter: filterOf(line, 'filter'),
    qos: line.oneOf('qos', QOS),
    noLocal: line.flag('noLocal'),
    retainAsPublished: line.flag('retainAsPublished'),
    retainHandling: line.oneOf('retainHandling', QOS),
    replaying: line.optional('replaying', (name) => line.flag(name)) ?? false,
    ...(identifier !== undefined && { identifier }),
  }
  const since = line.optional('since', (name) => numberOf(line, name)) ?? 1
  return { type: 'subscription', clientId: line.text('clientId'), held, since }
}

function queuedOf(line: LineFields): QueuedItem {
  return {
    type: 'queued',
    clientId: line.text('clientId'),
    inFlight: line.list('inFlight').map(inFlightOf),
    waiting: line.list('waiting').map(waitingOf),
    received: line.wholes('received', 1, UINT16_MAX),
  }
}

function inFlightOf(value: unknown): InFlightItem {
  const part = new LineFields(value, 'a message in flight')
  const item = {
    packetId: part.whole('packetId', 1, UINT16_MAX),
    qos: part.oneOf('qos', [1, 2]),
    retain: part.flag('retain'),
    released: part.oneOf('phase', ['sent', 'released']) === 'released',
    message: part.optional('message', (name) => numberOf(part, name)),
    subscriptionIdentifiers: identifiersOf(part),
  }
  part.done()
  if (item.message === undefined && !item.released) {
    throw new LineFault('expected a message in flight to name its message until it is released')
  }
  return item
}

function waitingOf(value: unknown): WaitingItem {
  const part = new LineFields(value, 'a waiting message')
  const message = numberOf(part, 'message')
  const terms = {
    qos: part.oneOf('qos', [1, 2]),
    retain: part.flag('retain'),
    subscriptionIdentifiers: identifiersOf(part),
    share: part.optional('share', (name) => filterOf(part, name)),
  }
  part.done()
  return { message, terms }
}

function publishedOf(line: LineFields, retain: boolean): PublishedContent {
  return {
    content: contentOf(line, retain),
    version: line.oneOf('version', VERSIONS),
    publisher: line.optional('publisher', (name) => line.text(name)),
    receivedAt: instantOf(line, 'receivedAt'),
  }
}

function contentOf(fields: LineFields, retain: boolean): Content {
  const properties = fields.optional('properties', (name) => propertiesOf(fields.any(name)))
  return { ...contentPartsOf(fields), retain, properties: properties ?? {} }
}

function contentPartsOf(fields: LineFields): Pick<Content, 'topic' | 'qos' | 'payload'> {
  const topic = fields.text('topic')
  const fault = topicNameFault(topic)
  if (fault !== undefined) throw new LineFault(`${fault.reason}: got the topic ${shown(topic)}`)
  return { topic, qos: fields.oneOf('qos', QOS), payload: fields.bytes('payload') }
}

// What the values may be is for the codec to say, which reads them when the message is encoded.
function propertiesOf(value: unknown): PropertiesOf<'publish'> {
  return Object.fromEntries(propertyEntries(value))
}

function willPropertiesOf(value: unknown): PropertiesOf<'will'> {
  return Object.fromEntries(propertyEntries(value))
}

function propertyEntries(value: unknown): readonly (readonly [string, unknown])[] {
  const fields = new LineFields(value, 'the properties')
  return fields.names().map((name) => [name, propertyOf(fields, name)])
}

function propertyOf(fields: LineFields, name: string): unknown {
  const row = Object.entries(PROPERTIES).find(([other]) => other === name)?.[1]
  if (row === undefined) throw new LineFault(`MQTT has no property ${shown(name)}`)
  return row.kind === 'binary' ? fields.bytes(name) : fields.any(name)
}

function filterOf(fields: LineFields, name: string): string {
  const filter = fields.text(name)
  const fault = topicFilterFault(filter)
  if (fault === undefined) return filter
  throw new LineFault(`${fault.reason}: got the filter ${shown(filter)}`)
}

function identifiersOf(fields: LineFields): readonly number[] | undefined {
  return fields.optional('subscriptionIdentifiers', (name) =>
    fields.wholes(name, 1, VARIABLE_BYTE_INTEGER_MAX),
  )
}

function identifierOf(fields: LineFields, name: string): number {
  return fields.whole(name, 1, VARIABLE_BYTE_INTEGER_MAX)
}

function numberOf(fields: LineFields, name: string): number {
  return fields.whole(name, 1, Number.MAX_SAFE_INTEGER)
}

function instantOf(fields: LineFields, name: string): number {
  return fields.whole(name, 0, Number.MAX_SAFE_INTEGER)
}
