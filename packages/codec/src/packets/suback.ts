/**
 * SUBACK (§3.9): packet id | properties (5.0) | one code for each Topic Filter of the SUBSCRIBE.
 * MQTT 3.1.1 has four codes; MQTT 3.1 cannot say no and has three.
 */
import { malformed, unencodable } from '../error.ts'
import type { ProtocolVersion, SubackPacket } from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import { refuseProperties, writeProperties } from '../property-writer.ts'
import { refuseEmpty } from '../refusals.ts'
import type { Reader } from '../reader.ts'
import { checkReasonCode, readReasonCodes } from './reason-code.ts'
import type { Writer } from '../writer.ts'

/** Reads the body of a SUBACK. @throws {MqttError} */
export function readSuback(reader: Reader, version: ProtocolVersion): SubackPacket {
  const packetId = reader.packetId()
  const properties = version === 5 ? readProperties(reader, 'suback') : undefined
  const reasonCodes = readReasonCodes(reader, 'suback')
  if (reasonCodes.length === 0) throw malformed('A SUBACK has no code', 'MQTT-3.8.4-6')
  for (const code of reasonCodes) {
    if (!hasCode(version, code)) {
      throw malformed(`A SUBACK code of MQTT 5.0 in an older version: ${code}`, 'MQTT311-3.9.3-2')
    }
  }
  return properties === undefined
    ? { type: 'suback', packetId, reasonCodes }
    : { type: 'suback', packetId, reasonCodes, properties }
}

/** Writes the body of a SUBACK. @throws {MqttError} for what its version cannot say. */
export function writeSuback(writer: Writer, packet: SubackPacket, version: ProtocolVersion): void {
  writer.packetId(packet.packetId)
  if (version === 5) writeProperties(writer, 'suback', packet.properties)
  else refuseProperties(packet.properties)
  refuseEmpty(packet.reasonCodes, 'A SUBACK needs Reason Codes', 'MQTT-3.8.4-6')
  for (const code of packet.reasonCodes) {
    checkReasonCode(code, 'suback')
    if (!hasCode(version, code)) {
      throw unencodable('MQTT before 5.0 has no such SUBACK code', code, 'MQTT311-3.9.3-2')
    }
    writer.byte(code)
  }
}

function hasCode(version: ProtocolVersion, code: number): boolean {
  return version === 5 || code <= 2 || (version === 4 && code === 0x80)
}
