/**
 * A Will Message inside the record of its session. It is kept as the PUBLISH of MQTT 5.0 that it
 * would be; of its properties only the Will Delay Interval has no place there.
 *
 *     flags | Will Delay Interval (if bit 1) | length | PUBLISH of MQTT 5.0
 *
 *     flags: bit 0 it has properties, bit 1 a Will Delay Interval is one of them
 */
import { Decoder, encode, MqttError, PublishFrame } from '@godwit/codec'
import type { DecodedPacket, PropertiesOf, WillMessage } from '@godwit/codec'
import type { StoredReader } from './stored-reader.ts'
import type { StoredWriter } from './stored-writer.ts'
import { WILL_DELAY } from './whole-field.ts'

/** Writes a Will. @throws {MqttError} for one that is none; {RangeError} for its delay. */
export function writeWill(writer: StoredWriter, will: WillMessage): void {
  const { topic, payload, qos, retain } = will
  const { willDelayInterval, ...properties } = will.properties ?? {}
  const hasDelay = willDelayInterval !== undefined
  writer.byte((will.properties === undefined ? 0 : HAS_PROPERTIES) | (hasDelay ? HAS_DELAY : 0))
  if (hasDelay) writer.whole(WILL_DELAY, willDelayInterval)
  const packetId = packetIdAt(qos)
  const bytes = encode(
    { type: 'publish', topic, payload, qos, retain, dup: false, packetId, properties },
    5,
  )
  writer.count(bytes.length)
  writer.raw(bytes)
}

/** Reads a Will. @throws {StoredFormatError} */
export function readWill(reader: StoredReader): WillMessage {
  const flagsAt = reader.at
  const flags = reader.flags(HAS_PROPERTIES | HAS_DELAY)
  if (flags === HAS_DELAY) throw reader.wrong(flagsAt, 'a delay among properties', 'no properties')
  const willDelayInterval = (flags & HAS_DELAY) === 0 ? undefined : reader.whole(WILL_DELAY)
  const { topic, payload, qos, retain, properties } = readPublish(reader)
  const will = { topic, payload, qos, retain }
  if (flags !== 0) return { ...will, properties: propertiesOf(properties, willDelayInterval) }
  if (Object.keys(properties).length === 0) return will
  throw reader.wrong(flagsAt, 'a Will without properties', 'properties')
}

const HAS_PROPERTIES = 1
const HAS_DELAY = 2

function packetIdAt(qos: number): number {
  return qos === 0 ? 0 : 1
}

function propertiesOf(
  properties: PropertiesOf<'publish'>,
  willDelayInterval: number | undefined,
): PropertiesOf<'will'> {
  return willDelayInterval === undefined ? { ...properties } : { ...properties, willDelayInterval }
}

function readPublish(reader: StoredReader): PublishFrame {
  const bytes = reader.view('the length of a Will')
  const at = reader.at - bytes.length
  const decoder = new Decoder({ version: 5 })
  decoder.push(bytes)
  const packet = decoded(decoder, reader, at)
  const fits =
    packet instanceof PublishFrame &&
    packet.forwardable &&
    !packet.dup &&
    packet.packetId === packetIdAt(packet.qos) &&
    decoder.bufferedBytes === 0
  if (fits) return packet.own()
  throw reader.wrong(at, 'a whole PUBLISH as a Will can be', nameOf(packet))
}

function decoded(decoder: Decoder, reader: StoredReader, at: number): DecodedPacket | undefined {
  try {
    return decoder.next()
  } catch (error) {
    if (!(error instanceof MqttError)) throw error
    throw reader.wrong(at, 'a PUBLISH of MQTT 5.0', `bytes that are none: ${error.message}`, error)
  }
}

function nameOf(packet: DecodedPacket | undefined): string {
  if (packet === undefined) return 'a part of a packet'
  return packet.type === 'publish' ? 'another PUBLISH' : packet.type.toUpperCase()
}
