/**
 * The body of a PUBLISH on its way out (§3.3): topic | packet id (QoS > 0) | properties (5.0) |
 * payload. Reading one is `PublishFrame`.
 */
import { unencodable } from '../error.ts'
import { DUP_FLAG, firstByteOf, RETAIN_FLAG } from '../packet-types.ts'
import { isQoS } from '../packets.ts'
import type { ProtocolVersion, PublishPacket, QoS } from '../packets.ts'
import { refuseProperties, writeProperties } from '../property-writer.ts'
import { flagIf, refuseBadTopicName } from '../refusals.ts'
import type { Writer } from '../writer.ts'

/** The first byte of a PUBLISH (§3.3.1). */
export function publishFirstByte(qos: QoS, retain: boolean, dup: boolean): number {
  const flags = flagIf(dup, DUP_FLAG) | (qos << 1) | flagIf(retain, RETAIN_FLAG)
  return firstByteOf('publish') | flags
}

/** Writes the body and returns the first byte. @throws {MqttError} for what cannot be said. */
export function writePublish(
  writer: Writer,
  packet: PublishPacket,
  version: ProtocolVersion,
): number {
  const { topic, qos, dup, packetId, payload, properties } = packet
  if (!isQoS(qos)) throw unencodable('A QoS is 0, 1 or 2', qos, 'MQTT-3.3.1-4')
  if (qos === 0 && dup) throw unencodable('QoS 0 has no DUP', true, 'MQTT-3.3.1-2')
  if (qos === 0 && packetId !== 0) {
    throw unencodable('QoS 0 has no Packet Identifier', packetId, 'MQTT-2.2.1-2')
  }
  if (topic !== '' || properties?.topicAlias === undefined) {
    refuseBadTopicName(topic, 'MQTT-3.3.2-2')
  }
  writer.string(topic)
  if (qos > 0) writer.packetId(packetId)
  if (version === 5) writeProperties(writer, 'publish', properties)
  else refuseProperties(properties)
  writer.raw(payload)
  return publishFirstByte(qos, packet.retain, dup)
}
