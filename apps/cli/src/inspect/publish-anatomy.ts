/** PUBLISH (§3.3): flags | topic | packet id (QoS > 0) | properties (5.0) | payload. */
import type { ProtocolVersion } from '@godwit/codec'
import { isQoS } from '@godwit/codec'
import type { FieldReader } from './field-reader.ts'
import { readProperties } from './property-anatomy.ts'

const DUP = 0b1000
const RETAIN = 0b0001

/** Reads the body of a PUBLISH, and what its flags mean. */
export function readPublish(reader: FieldReader, version: ProtocolVersion): void {
  const flags = reader.bytes[0] ?? 0
  const qos = (flags >> 1) & 3
  const dup = (flags & DUP) !== 0
  if (!isQoS(qos) || (qos === 0 && dup)) reader.fault(0, 1)
  reader.keepBits('DUP', 0, dup)
  reader.keepBits('QoS', 0, qos)
  reader.keepBits('RETAIN', 0, (flags & RETAIN) !== 0)
  const topicAt = reader.at
  const topic = reader.text('topic')
  reader.keep('Topic Name', topicAt, topic)
  if (qos > 0) reader.packetIdentifier()
  const properties = version === 5 ? readProperties(reader, 'publish') : undefined
  if (topic === '' && properties?.has('topicAlias') !== true) reader.fault(topicAt, 2)
  // The payload of a packet too large to be kept whole is not all there; its length is known.
  const payloadAt = reader.at
  const payload = reader.bytes.subarray(payloadAt, reader.end)
  reader.at = reader.end
  reader.keep('Payload', payloadAt, payload)
}
