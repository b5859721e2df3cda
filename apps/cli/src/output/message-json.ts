/** A message as JSON: as `mosquitto_sub -F %j` writes it, and as `--json` does. */
import { visibleJson } from '../escaping.ts'
import { jsonText } from './json-text.ts'
import { dateOf, timestamp } from './instant.ts'
import type { ShownMessage, ShownProperties } from './shown-message.ts'

/** How mosquitto's JSON is written. */
export interface MessageJson {
  /** `%J`: the payload as the JSON that it is, not as a text. */
  readonly parsed: boolean
  readonly pretty: boolean
  /** Told that the payload is not JSON; what is written then is nothing. */
  readonly notJson: (message: ShownMessage) => void
}

/** What `%j` and `%J` stand for. */
export function messageJson(
  message: ShownMessage,
  { parsed, pretty, notJson }: MessageJson,
): string {
  const text = textOf(message.payload)
  const payload = valueOf(text, parsed)
  if (payload === undefined) {
    notJson(message)
    return ''
  }
  const { topic, qos, retain, packetId } = message
  const properties = mosquittoProperties(message.properties)
  const value = {
    tst: timestamp(message.at),
    topic,
    qos,
    retain: retain ? 1 : 0,
    payloadlen: message.payload.length,
    ...(qos > 0 && { mid: packetId }),
    ...(Object.keys(properties).length > 0 && { properties }),
    payload,
  }
  return pretty ? jsonText(value) : JSON.stringify(value)
}

/**
 * The message as one line of JSON for `--json`. A payload is a text, or base64 under another name
 * where it is none; times are UTC.
 */
export function messageLine(message: ShownMessage): string {
  const { topic, qos, retain, payload, properties } = message
  const { correlationData, userProperty, ...others } = properties
  const shown = {
    ...others,
    ...(correlationData !== undefined && byKind('correlationData', correlationData)),
    ...(userProperty !== undefined && { userProperty }),
  }
  const line = JSON.stringify({
    time: dateOf(message.at).toISOString(),
    topic,
    qos,
    retain,
    ...(Object.keys(shown).length > 0 && { properties: shown }),
    ...byKind('payload', payload),
  })
  return visibleJson(line)
}

function byKind(name: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  const text = utf8(bytes)
  if (text !== undefined) return { [name]: text }
  return { [`${name}Base64`]: Buffer.from(bytes).toString('base64') }
}

const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that bytes are in UTF-8; `undefined` if they are none. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT.decode(bytes)
  } catch {
    return undefined
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function valueOf(text: string, parsed: boolean): unknown {
  if (text === '') return null
  return parsed ? parsedJson(text) : text
}

function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function mosquittoProperties(properties: ShownProperties): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      if (name === 'userProperty') return ['user-properties', Object.fromEntries(pairs(value))]
      return [kebabCase(name), value instanceof Uint8Array ? textOf(value) : value]
    }),
  )
}

function pairs(value: unknown): [string, string][] {
  return Array.isArray(value) ? value.map(([name, text]) => [String(name), String(text)]) : []
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
