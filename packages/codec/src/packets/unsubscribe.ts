/** UNSUBSCRIBE (§3.10): packet id | properties (5.0) | one or more Topic Filters. */
import { protocolError } from '../error.ts'
import type { ProtocolVersion, UnsubscribePacket } from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import { refuseProperties, writeProperties } from '../property-writer.ts'
import { tooManyFilters } from '../read-limits.ts'
import { refuseEmpty } from '../refusals.ts'
import type { Reader } from '../reader.ts'
import type { Writer } from '../writer.ts'

/** Reads the body of an UNSUBSCRIBE. @throws {MqttError} */
export function readUnsubscribe(reader: Reader, version: ProtocolVersion): UnsubscribePacket {
  const packetId = reader.packetId()
  const properties = version === 5 ? readProperties(reader, 'unsubscribe') : undefined
  if (reader.left === 0) throw protocolError('An UNSUBSCRIBE has no Topic Filter', 'MQTT-3.10.3-2')
  const filters: string[] = []
  const { filtersMax } = reader.limits
  while (reader.left > 0) {
    if (filters.length === filtersMax) throw tooManyFilters(filtersMax)
    filters.push(reader.string()) // [MQTT-3.10.3-1]
  }
  return properties === undefined
    ? { type: 'unsubscribe', packetId, filters }
    : { type: 'unsubscribe', packetId, filters, properties }
}

/** Writes the body of an UNSUBSCRIBE. @throws {MqttError} for what its version cannot say. */
export function writeUnsubscribe(
  writer: Writer,
  packet: UnsubscribePacket,
  version: ProtocolVersion,
): void {
  writer.packetId(packet.packetId)
  if (version === 5) writeProperties(writer, 'unsubscribe', packet.properties)
  else refuseProperties(packet.properties)
  refuseEmpty(packet.filters, 'An UNSUBSCRIBE needs Topic Filters', 'MQTT-3.10.3-2')
  for (const filter of packet.filters) writer.string(filter)
}
