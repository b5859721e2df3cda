/** Messages as lines have them, and as a store has them: packets. */
import { Decoder, encode, PublishFrame } from '@godwit/codec'
import type { PropertiesOf, ProtocolVersion, QoS } from '@godwit/codec'
import type { LineProperties } from './export-lines.ts'

/** What a packet says. */
export interface Content {
  readonly topic: string
  readonly qos: QoS
  readonly retain: boolean
  readonly payload: Uint8Array
  readonly properties: PropertiesOf<'publish'>
}

/** Reads a stored packet. @throws {Error} for one that is none. */
export function contentOf(packet: Uint8Array, version: ProtocolVersion): PublishFrame {
  const decoder = new Decoder({ version })
  decoder.push(packet)
  const frame = decoder.next()
  if (frame instanceof PublishFrame && decoder.bufferedBytes === 0) return frame
  throw new Error('A stored message is no PUBLISH: its packet is damaged')
}

/** Writes a packet to be stored. @throws {MqttError} for what this version cannot say. */
export function packetOf(content: Content, version: ProtocolVersion): Uint8Array {
  const { topic, qos, retain, payload, properties } = content
  const packetId = qos === 0 ? 0 : 1
  const message = { topic, qos, retain, payload, properties }
  return encode({ type: 'publish', dup: false, packetId, ...message }, version)
}

/** Properties as JSON has them; `undefined` where there are none. */
export function linePropertiesOf(properties: object): LineProperties | undefined {
  const entries = Object.entries(properties)
  if (entries.length === 0) return undefined
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value instanceof Uint8Array ? base64(value) : value]),
  )
}

/** Bytes as text. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
