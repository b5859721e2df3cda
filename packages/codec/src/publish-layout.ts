/**
 * A PUBLISH encoded for forwarding (§3.3): the bytes that all receivers of one layout share, with
 * zeros where each receiver's Packet Identifier goes.
 */
import { byteAt } from './bytes.ts'
import { bodyOffset } from './fixed-header.ts'
import type { ProtocolVersion, PublishPacket } from './packets.ts'
import { publishFirstByte } from './packets/publish.ts'
import { PROPERTIES } from './properties.ts'
import { behindProperty, propertyValueAt } from './property-scan.ts'
import { writeProperties, writeProperty } from './property-writer.ts'
import { PublishFrame } from './publish-frame.ts'
import type { PublishLayout } from './publish-frame.ts'
import { refuseBadTopicName } from './refusals.ts'
import { Writer } from './writer.ts'

/** What a layout has beside what all have: both are of MQTT 5.0. */
export interface LayoutAdditions {
  /** The receiver's own Subscription Identifiers. */
  readonly subscriptionIdentifiers?: readonly number[] | undefined
  /** The Topic Alias of the receiver's connection. */
  readonly topicAlias?: number
  /** The Topic Name is left out: the receiver knows the alias. */
  readonly topicLeftOut?: boolean
}

/**
 * Encodes a message anew. The first byte says QoS 0 and nothing else; receivers replace it.
 * @throws {MqttError} for a message that cannot be on the wire.
 */
export function encodeLayout(
  source: PublishPacket,
  version: ProtocolVersion,
  withPacketId: boolean,
  additions: LayoutAdditions = NO_ADDITIONS,
): PublishLayout {
  const { topic } = source
  refuseBadTopicName(topic, 'MQTT-3.3.2-2')
  writer.begin()
  writer.string(additions.topicLeftOut === true ? '' : topic)
  const topicLength = writer.length
  if (withPacketId) writer.uint16(0)
  const propertiesAt = writer.length
  const payloadLength =
    source instanceof PublishFrame
      ? copyRest(source, version, additions)
      : writeRest(source, version, additions)
  const bytes = writer.finish(publishFirstByte(0, false, false))
  const bodyAt = bodyOffset(bytes, 0)
  const payloadAt = bytes.length - payloadLength
  const expires = version === 5 && mayExpire(source)
  return {
    bytes,
    start: 0,
    length: bytes.length,
    packetIdAt: withPacketId ? bodyAt + topicLength : 0,
    payloadAt,
    messageExpiryAt: expires
      ? propertyValueAt(bytes, bodyAt + propertiesAt, payloadAt, 'messageExpiryInterval')
      : 0,
  }
}

const writer = new Writer()
const NO_ADDITIONS: LayoutAdditions = {}

/**
 * What a receiver gets of the properties: all as they came [MQTT-3.3.2-4] [MQTT-3.3.2-15]
 * [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20], but for those that mean something on one
 * connection only. Returns the length of the payload, which comes behind them.
 */
function writeRest(
  { properties, payload }: PublishPacket,
  version: ProtocolVersion,
  { topicAlias, subscriptionIdentifiers }: LayoutAdditions,
): number {
  if (version === 5) {
    const { topicAlias: _, subscriptionIdentifier: __, ...kept } = properties ?? {}
    const own = { topicAlias, subscriptionIdentifier: subscriptionIdentifiers }
    writeProperties(writer, 'publish', { ...kept, ...own })
  }
  writer.raw(payload)
  return payload.length
}

/** The same of a frame, whose properties were checked when it came, and are copied as bytes. */
function copyRest(
  frame: PublishFrame,
  version: ProtocolVersion,
  { topicAlias, subscriptionIdentifiers }: LayoutAdditions,
): number {
  const { bytes, start, length, payloadAt } = frame
  let copied = payloadAt
  if (version === 5) {
    const from = writer.length
    if (topicAlias !== undefined) writeProperty(writer, 'publish', 'topicAlias', topicAlias)
    if (subscriptionIdentifiers !== undefined) {
      writeProperty(writer, 'publish', 'subscriptionIdentifier', subscriptionIdentifiers)
    }
    // All of them lie side by side with the payload.
    if (frame.forwardable) copied = frame.propertiesAt
    else copyForwardable(bytes, start + frame.propertiesAt, start + payloadAt)
    writer.prefixLength(from, payloadAt - copied)
  }
  writer.copy(bytes, start + copied, start + length)
  return length - payloadAt
}

/** Copies what lies between the properties that mean something on one connection only. */
function copyForwardable(bytes: Uint8Array, start: number, end: number): void {
  let from = start
  for (let at = start; at < end;) {
    const next = behindProperty(bytes, at)
    if (isOfOneConnection(byteAt(bytes, at))) {
      writer.copy(bytes, from, at)
      from = next
    }
    at = next
  }
  writer.copy(bytes, from, end)
}

/** Whether a property must not be passed on [MQTT-3.3.2-7]. */
function isOfOneConnection(id: number): boolean {
  return id === PROPERTIES.topicAlias.id || id === PROPERTIES.subscriptionIdentifier.id
}

function mayExpire(source: PublishPacket): boolean {
  if (source instanceof PublishFrame) return source.carries('messageExpiryInterval')
  return source.properties?.messageExpiryInterval !== undefined
}
