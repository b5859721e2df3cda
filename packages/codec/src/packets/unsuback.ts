/** UNSUBACK (§3.11): packet id | properties (5.0) | one code for each Topic Filter (5.0). */
import { malformed, unencodable } from '../error.ts'
import type { ProtocolVersion, UnsubackPacket } from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import { refuseProperties, writeProperties } from '../property-writer.ts'
import { refuseEmpty, refuseNoArray } from '../refusals.ts'
import type { Reader } from '../reader.ts'
import { checkReasonCode, readReasonCodes } from './reason-code.ts'
import type { Writer } from '../writer.ts'

/** Reads the body of an UNSUBACK. @throws {MqttError} */
export function readUnsuback(reader: Reader, version: ProtocolVersion): UnsubackPacket {
  const packetId = reader.packetId()
  if (version !== 5) {
    reader.done()
    return { type: 'unsuback', packetId, reasonCodes: [] }
  }
  const properties = readProperties(reader, 'unsuback')
  const reasonCodes = readReasonCodes(reader, 'unsuback')
  if (reasonCodes.length === 0) throw malformed('An UNSUBACK has no code', 'MQTT-3.11.3-1')
  return properties === undefined
    ? { type: 'unsuback', packetId, reasonCodes }
    : { type: 'unsuback', packetId, reasonCodes, properties }
}

/** Writes the body of an UNSUBACK. @throws {MqttError} for what its version cannot say. */
export function writeUnsuback(
  writer: Writer,
  packet: UnsubackPacket,
  version: ProtocolVersion,
): void {
  const { reasonCodes } = packet
  writer.packetId(packet.packetId)
  if (version !== 5) {
    refuseProperties(packet.properties)
    refuseNoArray(reasonCodes, 'The Reason Codes are an array')
    if (reasonCodes.length > 0) {
      throw unencodable('MQTT before 5.0 has no Reason Codes in UNSUBACK', reasonCodes)
    }
    return
  }
  writeProperties(writer, 'unsuback', packet.properties)
  refuseEmpty(reasonCodes, 'An UNSUBACK needs Reason Codes', 'MQTT-3.11.3-1')
  for (const code of reasonCodes) {
    checkReasonCode(code, 'unsuback')
    writer.byte(code)
  }
}
