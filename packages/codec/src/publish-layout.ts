/**
 * A PUBLISH encoded for forwarding (§3.3): the bytes that all receivers of one layout share, with
 * zeros where each receiver's Packet Identifier goes.
 */
import { bodyOffset } from './fixed-header.ts'
import type { ProtocolVersion, PublishPacket } from './packets.ts'
import { publishFirstByte } from './packets/publish.ts'
import { writeProperties, writeProperty } from './property-writer.ts'
import { PublishFrame } from './publish-frame.ts'
import type { PublishLayout } from './publish-frame.ts'
import { refuseBadTopicName } from './refusals.ts'
import { Writer } from './writer.ts'

/**
 * Encodes a message anew. The first byte says QoS 0 and nothing else; receivers replace it.
 * @throws {MqttError} for a message that cannot be on the wire.
 */
export function encodeLayout(
  source: PublishPacket,
  version: ProtocolVersion,
  withPacketId: boolean,
  subscriptionIdentifiers?: readonly number[],
): PublishLayout {
  const { topic, payload } = source
  refuseBadTopicName(topic, 'MQTT-3.3.2-2')
  writer.begin()
  writer.string(topic)
  const topicLength = writer.length
  if (withPacketId) writer.uint16(0)
  if (version === 5) writeForwarded(source, subscriptionIdentifiers)
  writer.raw(payload)
  const bytes = writer.finish(publishFirstByte(0, false, false))
  return {
    bytes,
    start: 0,
    length: bytes.length,
    packetIdAt: withPacketId ? bodyOffset(bytes, 0) + topicLength : 0,
    payloadAt: bytes.length - payload.length,
  }
}

const writer = new Writer()

/**
 * What a receiver gets of the properties: all as they came [MQTT-3.3.2-4] [MQTT-3.3.2-15]
 * [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20], but for those that mean something on one
 * connection only. Those of a frame were checked when it came, and are copied as bytes.
 */
function writeForwarded(source: PublishPacket, identifiers: readonly number[] = []): void {
  if (!(source instanceof PublishFrame) || !source.forwardable) {
    const { topicAlias: _, subscriptionIdentifier: __, ...kept } = source.properties ?? {}
    const own = identifiers.length > 0 ? { subscriptionIdentifier: identifiers } : {}
    writeProperties(writer, 'publish', { ...kept, ...own })
    return
  }
  const from = writer.length
  writeProperty(writer, 'publish', 'subscriptionIdentifier', identifiers)
  writer.raw(source.propertyBytes)
  writer.prefixLength(from)
}
