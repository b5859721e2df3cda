/**
 * CONNACK (§3.2): acknowledge flags | reason code | properties (5.0).
 *
 * MQTT 3.1 and 3.1.1 write a Connect Return code instead of a Reason Code; here it is always the
 * Reason Code with that meaning.
 */
import { byteAt } from '../bytes.ts'
import { malformed, protocolError, unencodable } from '../error.ts'
import type { ConnackPacket, ProtocolVersion } from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import { refuseProperties, writeProperties } from '../property-writer.ts'
import { flagIf } from '../refusals.ts'
import type { Reader } from '../reader.ts'
import { ReasonCode, reasonCodeOfReturnCode, returnCodeOfReasonCode } from '../reason-codes.ts'
import { checkReasonCode, readReasonCode } from './reason-code.ts'
import type { Writer } from '../writer.ts'

const SESSION_PRESENT = 0x01

/** Reads the body of a CONNACK. @throws {MqttError} */
export function readConnack(reader: Reader, version: ProtocolVersion): ConnackPacket {
  const flags = reader.byte()
  // MQTT 3.1 leaves the whole byte unused.
  if (version !== 3 && (flags & 0xfe) !== 0) {
    throw malformed('Reserved acknowledge flags are set', 'MQTT-3.2.2-1')
  }
  if (version === 5 && flags === 0 && refusesVersion(reader)) {
    return {
      type: 'connack',
      sessionPresent: false,
      reasonCode: ReasonCode.UnsupportedProtocolVersion,
    }
  }
  const sessionPresent = version !== 3 && flags === SESSION_PRESENT
  const reasonCode = version === 5 ? readReasonCode(reader, 'connack') : readReturnCode(reader)
  if (sessionPresent && reasonCode !== 0) {
    throw protocolError('A refusal says that a session is present', 'MQTT-3.2.2-6')
  }
  const properties = version === 5 ? readProperties(reader, 'connack') : undefined
  reader.done()
  if (properties === undefined) return { type: 'connack', sessionPresent, reasonCode }
  return { type: 'connack', sessionPresent, reasonCode, properties }
}

/** Writes the body of a CONNACK. @throws {MqttError} for what its version cannot say. */
export function writeConnack(
  writer: Writer,
  packet: ConnackPacket,
  version: ProtocolVersion,
): void {
  const { sessionPresent, reasonCode } = packet
  if (sessionPresent && (version === 3 || reasonCode !== 0)) {
    throw unencodable('This CONNACK cannot say that a session is present', true, 'MQTT-3.2.2-6')
  }
  writer.byte(flagIf(sessionPresent, SESSION_PRESENT))
  if (version === 5) {
    checkReasonCode(reasonCode, 'connack')
    writer.byte(reasonCode)
    writeProperties(writer, 'connack', packet.properties)
  } else {
    writer.byte(returnCodeOf(reasonCode))
    refuseProperties(packet.properties)
  }
}

/**
 * Whether what is left is how a server that knows no MQTT 5.0 refuses its level: the Connect Return
 * code 0x01 and nothing behind it. No CONNACK of MQTT 5.0 is that short, or has that code.
 */
function refusesVersion(reader: Reader): boolean {
  return reader.left === 1 && byteAt(reader.bytes, reader.at) === UNACCEPTABLE_PROTOCOL_VERSION
}

const UNACCEPTABLE_PROTOCOL_VERSION = 0x01

function readReturnCode(reader: Reader): ReasonCode {
  const returnCode = reader.byte()
  const reasonCode = reasonCodeOfReturnCode(returnCode)
  if (reasonCode === undefined) throw malformed(`The Connect Return code ${returnCode} is reserved`)
  return reasonCode
}

function returnCodeOf(reasonCode: ReasonCode): number {
  const returnCode = returnCodeOfReasonCode(reasonCode)
  if (returnCode === undefined) {
    throw unencodable('MQTT before 5.0 has no Connect Return code for this', reasonCode)
  }
  return returnCode
}
