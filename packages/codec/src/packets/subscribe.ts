/**
 * SUBSCRIBE (§3.8): packet id | properties (5.0) | one or more of: filter | options.
 *
 * options in 5.0: 5-4 retain handling, 3 retain as published, 2 no local, 1-0 maximum QoS; before
 * 5.0 the QoS alone. Whether a filter is well-formed is the business of `@godwit/topic`, because
 * a server answers for each filter by itself.
 */
import { malformed, protocolError, unencodable } from '../error.ts'
import { isQoS } from '../packets.ts'
import type { ProtocolVersion, SubscribePacket, Subscription } from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import { refuseProperties, writeProperties } from '../property-writer.ts'
import { tooManyFilters } from '../read-limits.ts'
import { flagIf, refuseEmpty, refuseNoObject } from '../refusals.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

const NO_LOCAL = 0x04
const RETAIN_AS_PUBLISHED = 0x08
const QOS_3_STATEMENTS = { 3: undefined, 4: 'MQTT311-3.8.3-4', 5: undefined }

/** Reads the body of a SUBSCRIBE. @throws {MqttError} */
export function readSubscribe(reader: Reader, version: ProtocolVersion): SubscribePacket {
  const packetId = reader.packetId()
  const properties = version === 5 ? readProperties(reader, 'subscribe') : undefined
  if (reader.left === 0) throw protocolError('A SUBSCRIBE has no Topic Filter', 'MQTT-3.8.3-2')
  const subscriptions: Subscription[] = []
  const { filtersMax } = reader.limits
  while (reader.left > 0) {
    if (subscriptions.length === filtersMax) throw tooManyFilters(filtersMax)
    subscriptions.push(readSubscription(reader, version))
  }
  return properties === undefined
    ? { type: 'subscribe', packetId, subscriptions }
    : { type: 'subscribe', packetId, subscriptions, properties }
}

/** Writes the body of a SUBSCRIBE. @throws {MqttError} for what its version cannot say. */
export function writeSubscribe(
  writer: Writer,
  packet: SubscribePacket,
  version: ProtocolVersion,
): void {
  writer.packetId(packet.packetId)
  if (version === 5) writeProperties(writer, 'subscribe', packet.properties)
  else refuseProperties(packet.properties)
  refuseEmpty(packet.subscriptions, 'A SUBSCRIBE needs Topic Filters', 'MQTT-3.8.3-2')
  for (const subscription of packet.subscriptions) {
    refuseNoObject(subscription, 'A subscription is an object')
    writer.string(subscription.filter)
    writer.byte(optionsOf(subscription, version))
  }
}

function readSubscription(reader: Reader, version: ProtocolVersion): Subscription {
  const filter = reader.string() // [MQTT-3.8.3-1]
  const options = reader.byte()
  const qos = options & 3
  const retainHandling = (options >> 4) & 3
  if ((options & (version === 5 ? 0xc0 : 0xfc)) !== 0) {
    throw malformed('Reserved bits of the Subscription Options are set', 'MQTT-3.8.3-5')
  }
  if (!isQoS(qos)) {
    throw protocolError('A subscription asks for QoS 3', QOS_3_STATEMENTS[version])
  }
  if (!isRetainHandling(retainHandling)) throw protocolError('The Retain Handling is 3')
  return {
    filter,
    qos,
    noLocal: (options & NO_LOCAL) !== 0,
    retainAsPublished: (options & RETAIN_AS_PUBLISHED) !== 0,
    retainHandling,
  }
}

function isRetainHandling(value: number): value is 0 | 1 | 2 {
  return value === 0 || value === 1 || value === 2
}

function optionsOf(subscription: Subscription, version: ProtocolVersion): number {
  const { qos, noLocal, retainAsPublished, retainHandling } = subscription
  if (!isQoS(qos)) throw unencodable('A QoS is 0, 1 or 2', qos)
  if (!isRetainHandling(retainHandling)) {
    throw unencodable('A Retain Handling is 0, 1 or 2', retainHandling)
  }
  const options =
    (retainHandling << 4) |
    flagIf(retainAsPublished, RETAIN_AS_PUBLISHED) |
    flagIf(noLocal, NO_LOCAL)
  if (version !== 5 && options !== 0) {
    throw unencodable('MQTT before 5.0 has no Subscription Options but the QoS', options)
  }
  return options | qos
}
