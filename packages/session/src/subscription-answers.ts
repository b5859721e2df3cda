/**
 * SUBACK and UNSUBACK, with the codes that a version can carry: MQTT 3.1.1 has one refusal of a
 * filter, 3.1 has none, and both have nothing to say in an UNSUBACK.
 */
import { isReasonCode, ReasonCode } from '@godwit/codec'
import type { PacketIdentifier, ProtocolVersion, SubackPacket, UnsubackPacket } from '@godwit/codec'

/**
 * The answer to a SUBSCRIBE: one code for each filter, in order. [MQTT-3.8.4-1] [MQTT-3.8.4-2]
 * [MQTT-3.8.4-6] [MQTT-3.9.3-1]
 */
export function suback(
  packetId: PacketIdentifier,
  codes: readonly ReasonCode[],
  version: ProtocolVersion,
): SubackPacket {
  const reasonCodes = codes.map((code) => subackCode(code, version))
  return { type: 'suback', packetId, reasonCodes }
}

/**
 * The answer to an UNSUBSCRIBE: one code for each filter, in order. [MQTT-3.10.4-4]
 * [MQTT-3.10.4-5] [MQTT-3.11.3-1]
 */
export function unsuback(
  packetId: PacketIdentifier,
  codes: readonly ReasonCode[],
  version: ProtocolVersion,
): UnsubackPacket {
  const reasonCodes = version === 5 ? codes.map((code) => unsubackCode(code)) : []
  return { type: 'unsuback', packetId, reasonCodes }
}

/**
 * MQTT 3.1 cannot refuse a filter: its client is told the lowest QoS and hears nothing.
 * [MQTT-3.9.3-2]
 */
function subackCode(code: ReasonCode, version: ProtocolVersion): ReasonCode {
  if (version === 5) return isReasonCode(code, 'suback') ? code : ReasonCode.UnspecifiedError
  if (code < 0x80) return code
  return version === 4 ? ReasonCode.UnspecifiedError : ReasonCode.GrantedQoS0
}

/** [MQTT-3.11.3-2] */
function unsubackCode(code: ReasonCode): ReasonCode {
  return isReasonCode(code, 'unsuback') ? code : ReasonCode.UnspecifiedError
}
