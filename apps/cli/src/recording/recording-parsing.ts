/** Lines of a recording to what they say. What is wrong is said with what was expected and got. */
import type { MessageProperties } from '@godwit/client'
import { isQoS, UINT32_MAX } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import { topicNameFault } from '@godwit/topic'
import { decapitalized } from '../sentence.ts'
import { FORMAT } from './recording-line.ts'
import type {
  RecordedEvent,
  RecordedMessage,
  RecordingHeader,
  RecordingLine,
} from './recording-line.ts'

/** A line that is none. The message says what was expected and what was got. */
export class LineError extends Error {
  override readonly name = 'LineError'
}

/** Reads a line. @throws {LineError} */
export function parseLine(text: string): RecordingLine {
  const value = new Members(parsedJson(text))
  if (value.has('godwit')) return headerOf(value)
  if (value.has('event')) return eventOf(value)
  return messageOf(value)
}

function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LineError(`expected an object of JSON: ${reason}`)
  }
}

function headerOf(value: Members): RecordingHeader {
  value.need('godwit', 'the word "recording"', (got) => got === 'recording')
  const format = value.number('format', 'the version of the format', 1)
  if (format !== FORMAT) {
    throw new LineError(`expected format ${FORMAT}, got ${format}: a newer godwit has written it`)
  }
  const begun = value.text('begun', 'a time')
  const begunMs = Date.parse(begun)
  if (Number.isNaN(begunMs)) throw expected('begun', 'a time in UTC', begun)
  const filters = value.list('filters').map(String)
  const server = value.has('server') ? { server: value.text('server', 'a text') } : {}
  return { kind: 'header', begunMs, filters, ...server }
}

function eventOf(value: Members): RecordedEvent {
  const ms = value.number('ms', 'milliseconds', 0)
  return { kind: 'event', ms, event: value.text('event', 'a text'), details: {} }
}

function messageOf(value: Members): RecordedMessage {
  const ms = value.number('ms', 'milliseconds since the beginning', 0)
  const topic = value.text('topic', 'a Topic Name')
  const fault = topicNameFault(topic)
  if (fault !== undefined) {
    const reason = decapitalized(fault.reason)
    throw new LineError(`expected "topic" to be a Topic Name, and ${reason}: ${shown(topic)}`)
  }
  const properties = value.has('properties') ? propertiesOf(value.object('properties')) : {}
  const payload = value.bytes('payload') ?? new Uint8Array(0)
  const retain = value.has('retain') && value.flag('retain')
  value.only(['ms', 'topic', 'payload', 'payloadBase64', 'qos', 'retain', 'dup', 'properties'])
  return { kind: 'message', ms, topic, payload, qos: qosOf(value), retain, properties }
}

function qosOf(value: Members): QoS {
  const qos = value.has('qos') ? value.number('qos', '0, 1 or 2', 0) : 0
  if (!isQoS(qos)) throw expected('qos', '0, 1 or 2', qos)
  return qos
}

function propertiesOf(value: Members): MessageProperties {
  const { payloadFormatIndicator, messageExpiryInterval, userProperty } = value.values
  const correlationData = value.bytes('correlationData')
  value.only([
    'payloadFormatIndicator',
    'messageExpiryInterval',
    'contentType',
    'responseTopic',
    'correlationData',
    'correlationDataBase64',
    'userProperty',
  ])
  return {
    ...(payloadFormatIndicator !== undefined && {
      payloadFormatIndicator: value.number('payloadFormatIndicator', '0 or 1', 0, 1),
    }),
    ...(messageExpiryInterval !== undefined && {
      messageExpiryInterval: value.number('messageExpiryInterval', 'seconds', 0, UINT32_MAX),
    }),
    ...(value.has('contentType') && { contentType: value.text('contentType', 'a text') }),
    ...(value.has('responseTopic') && { responseTopic: value.text('responseTopic', 'a topic') }),
    ...(correlationData !== undefined && { correlationData }),
    ...(userProperty !== undefined && { userProperty: value.list('userProperty').map(pairOf) }),
  }
}

function pairOf(value: unknown): readonly [string, string] {
  if (Array.isArray(value) && value.length === 2) {
    const [name, text]: readonly unknown[] = value
    if (typeof name === 'string' && typeof text === 'string') return [name, text]
  }
  throw expected('userProperty', 'a list of pairs of texts', value)
}

/** The members of an object of JSON, read one by one. */
class Members {
  readonly values: Readonly<Record<string, unknown>>

  constructor(value: unknown) {
    if (!isRecord(value)) throw new LineError(`expected an object, got ${shown(value)}`)
    this.values = value
  }

  has(name: string): boolean {
    return Object.hasOwn(this.values, name)
  }

  need(name: string, what: string, holds: (value: unknown) => boolean): void {
    const value = this.values[name]
    if (!holds(value)) throw expected(name, what, value)
  }

  text(name: string, what: string): string {
    const value = this.values[name]
    if (typeof value !== 'string') throw expected(name, what, value)
    return value
  }

  number(name: string, what: string, least: number, greatest = Number.MAX_SAFE_INTEGER): number {
    const value = this.values[name]
    if (typeof value === 'number' && value >= least && value <= greatest) return value
    throw expected(name, what, value)
  }

  flag(name: string): boolean {
    const value = this.values[name]
    if (typeof value !== 'boolean') throw expected(name, 'true or false', value)
    return value
  }

  list(name: string): readonly unknown[] {
    const value = this.values[name]
    if (!Array.isArray(value)) throw expected(name, 'a list', value)
    return value
  }

  object(name: string): Members {
    const value = this.values[name]
    if (!isRecord(value)) throw expected(name, 'an object', value)
    return new Members(value)
  }

  /** A text, or base64 under another name. */
  bytes(name: string): Uint8Array | undefined {
    if (this.has(name)) return Buffer.from(this.text(name, 'a text'))
    const inBase64 = `${name}Base64`
    if (!this.has(inBase64)) return undefined
    const text = this.text(inBase64, 'base64')
    if (!BASE64.test(text)) throw expected(inBase64, 'base64', text)
    return Buffer.from(text, 'base64')
  }

  /** A member with another name is a mistake that would go unseen. */
  only(names: readonly string[]): void {
    const other = Object.keys(this.values).find((name) => !names.includes(name))
    if (other === undefined) return
    throw new LineError(`expected only ${names.join(', ')}, got ${shown(other)}`)
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function expected(name: string, what: string, got: unknown): LineError {
  return new LineError(`expected "${name}" to be ${what}, got ${shown(got)}`)
}

/** What was got, on one line and not long. */
function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}
