/**
 * The file format of `record` and `replay`: JSON Lines. The first line is a header, every other one
 * a message or an event, with its time in milliseconds since the header.
 *
 *     {"godwit":"recording","format":1,"begun":"2026-05-01T12:00:00.000Z","filters":["site/#"]}
 *     {"ms":12.345,"topic":"site/12/t","payload":"21.5","qos":1,"retain":true}
 *     {"ms":13.1,"topic":"site/12/raw","payloadBase64":"/wA=","qos":0,"properties":{…}}
 *     {"ms":5000.2,"event":"connection lost","cause":"…"}
 *
 * A payload that is UTF-8 is a text, any other base64 under another name. What a line leaves out is
 * `false` or empty. A recording that was gone on with has a header for each time.
 */
import type { MessageProperties } from '@godwit/client'
import type { QoS } from '@godwit/codec'
import { utf8 } from '../output/message-json.ts'

/** The version of the format that is written, and the only one that is read. */
export const FORMAT = 1

/** The line that begins a recording. */
export interface RecordingHeader {
  readonly kind: 'header'
  /** Milliseconds since 1970. */
  readonly begunMs: number
  readonly filters: readonly string[]
  /** Where the messages came from. */
  readonly server?: string
}

/** A message that was recorded. */
export interface RecordedMessage {
  readonly kind: 'message'
  /** Since the header. */
  readonly ms: number
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly properties: MessageProperties
}

/** Something that happened to the connection. */
export interface RecordedEvent {
  readonly kind: 'event'
  /** Since the header. */
  readonly ms: number
  /** `connected`, `connection lost` or `end`. */
  readonly event: string
  readonly details: Readonly<Record<string, string | number | boolean>>
}

/** Any line. */
export type RecordingLine = RecordingHeader | RecordedMessage | RecordedEvent

/** The text of a line, with its line feed. */
export function lineText(line: RecordingLine): string {
  return `${JSON.stringify(valueOf(line))}\n`
}

function valueOf(line: RecordingLine): object {
  switch (line.kind) {
    case 'header': {
      const { begunMs, filters, server } = line
      const begun = new Date(begunMs).toISOString()
      return {
        godwit: 'recording',
        format: FORMAT,
        begun,
        filters,
        ...(server !== undefined && { server }),
      }
    }
    case 'message':
      return messageValue(line)
    case 'event':
    default:
      return { ms: rounded(line.ms), event: line.event, ...line.details }
  }
}

function messageValue({ ms, topic, payload, qos, retain, properties }: RecordedMessage): object {
  const { correlationData, ...others } = properties
  const written = {
    ...others,
    ...(correlationData !== undefined && bytesValue('correlationData', correlationData)),
  }
  return {
    ms: rounded(ms),
    topic,
    ...bytesValue('payload', payload),
    qos,
    ...(retain && { retain }),
    ...(Object.keys(written).length > 0 && { properties: written }),
  }
}

function bytesValue(name: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  const text = utf8(bytes)
  if (text !== undefined) return { [name]: text }
  return { [`${name}Base64`]: Buffer.from(bytes).toString('base64') }
}

/** To the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
