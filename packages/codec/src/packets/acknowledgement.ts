/**
 * PUBACK, PUBREC, PUBREL and PUBCOMP (§3.4 to §3.7), which differ in their type and codes only.
 *
 *     packet id | reason code (5.0) | properties (5.0)
 *
 * A code of Success without properties is left out, so that nearly every acknowledgement is four
 * bytes in every version, and {@link writeAck} puts those straight into an output buffer.
 */
import { unencodable } from '../error.ts'
import { firstByteOf } from '../packet-types.ts'
import type {
  AcknowledgementPacket,
  AcknowledgementType,
  AuthPacket,
  DisconnectPacket,
  PacketIdentifier,
  ProtocolVersion,
} from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import { noProperties, refuseProperties, writeProperties } from '../property-writer.ts'
import type { Reader } from '../reader.ts'
import { ReasonCode } from '../reason-codes.ts'
import { checkReasonCode, readReasonCode } from './reason-code.ts'
import type { Writer } from '../writer.ts'

/** How many bytes {@link writeAck} writes. */
export const ACK_BYTES = 4

/**
 * Writes a whole acknowledgement with the code Success into `target`, which must have room for
 * {@link ACK_BYTES} at `at`, and returns the offset behind it. `packetId` is 1 to 65,535.
 */
export function writeAck(
  target: Uint8Array,
  at: number,
  type: AcknowledgementType,
  packetId: PacketIdentifier,
): number {
  target[at] = firstByteOf(type)
  target[at + 1] = 2
  target[at + 2] = packetId >>> 8
  target[at + 3] = packetId
  return at + ACK_BYTES
}

/** Reads the body of an acknowledgement. @throws {MqttError} */
export function readAcknowledgement(
  reader: Reader,
  type: AcknowledgementType,
  version: ProtocolVersion,
): AcknowledgementPacket {
  const packetId = reader.packetId()
  if (version !== 5 || reader.left === 0) {
    reader.done()
    return { type, packetId, reasonCode: ReasonCode.Success }
  }
  const reasonCode = readReasonCode(reader, type)
  // "If the Remaining Length is less than 4 there is no Property Length" (§3.4.2.2.1).
  const properties = reader.left === 0 ? undefined : readProperties(reader, type)
  reader.done()
  return properties === undefined
    ? { type, packetId, reasonCode }
    : { type, packetId, reasonCode, properties }
}

/** Writes the body of an acknowledgement. @throws {MqttError} for what its version cannot say. */
export function writeAcknowledgement(
  writer: Writer,
  packet: AcknowledgementPacket,
  version: ProtocolVersion,
): void {
  writer.packetId(packet.packetId)
  writeOptionalReason(writer, packet, version)
}

/**
 * The end of a packet whose Reason Code and properties may be left out: the acknowledgements,
 * DISCONNECT and AUTH. @throws {MqttError} for what the version cannot say.
 */
export function writeOptionalReason(
  writer: Writer,
  packet: AcknowledgementPacket | DisconnectPacket | AuthPacket,
  version: ProtocolVersion,
): void {
  const { type, reasonCode, properties } = packet
  if (version !== 5) {
    refuseProperties(properties)
    if (reasonCode !== 0) throw unencodable('MQTT before 5.0 has no Reason Code here', reasonCode)
    return
  }
  checkReasonCode(reasonCode, type)
  if (reasonCode === 0 && noProperties(properties)) return
  if (type === 'auth' && properties?.authenticationMethod === undefined) {
    throw unencodable('An AUTH needs authenticationMethod', properties, 'MQTT-4.12.0-5')
  }
  writer.byte(reasonCode)
  if (!noProperties(properties)) writeProperties(writer, type, properties)
}
