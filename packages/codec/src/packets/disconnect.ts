/**
 * DISCONNECT (§3.14) and AUTH (§3.15): reason code (5.0) | properties (5.0), both left out where
 * they say nothing. Before 5.0 a DISCONNECT has no body, and there is no AUTH.
 */
import { protocolError } from '../error.ts'
import type { AuthPacket, DisconnectPacket, ProtocolVersion } from '../packets.ts'
import { readProperties } from '../property-reader.ts'
import type { Reader } from '../reader.ts'
import { ReasonCode } from '../reason-codes.ts'
import { readReasonCode } from './reason-code.ts'

/** Reads the body of a DISCONNECT. @throws {MqttError} */
export function readDisconnect(reader: Reader, version: ProtocolVersion): DisconnectPacket {
  if (version !== 5 || reader.left === 0) {
    reader.done()
    return { type: 'disconnect', reasonCode: ReasonCode.NormalDisconnection }
  }
  const reasonCode = readReasonCode(reader, 'disconnect')
  const properties = reader.left === 0 ? undefined : readProperties(reader, 'disconnect')
  reader.done()
  return properties === undefined
    ? { type: 'disconnect', reasonCode }
    : { type: 'disconnect', reasonCode, properties }
}

/** Reads the body of an AUTH. @throws {MqttError} */
export function readAuth(reader: Reader): AuthPacket {
  if (reader.left === 0) return { type: 'auth', reasonCode: ReasonCode.Success }
  const reasonCode = readReasonCode(reader, 'auth')
  const properties = readProperties(reader, 'auth')
  reader.done()
  // "It is a Protocol Error to omit the Authentication Method" (§3.15.2.2.2).
  if (properties?.authenticationMethod === undefined) {
    throw protocolError('An AUTH has no authenticationMethod', 'MQTT-4.12.0-5')
  }
  return { type: 'auth', reasonCode, properties }
}
