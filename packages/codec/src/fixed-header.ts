/**
 * The fixed header (§2.1): type and flags in one byte, then the Remaining Length. A type or flags
 * that are none, and a packet that is too large, are refused before anything is buffered for them.
 * The flags of a PUBLISH mean something and are read with its body.
 */
import { byteAt } from './bytes.ts'
import { malformed, peerFault } from './error.ts'
import { DUP_FLAG, PACKET_TYPES, packetTypeOfCode } from './packet-types.ts'
import type { PacketType } from './packet-types.ts'
import type { ProtocolVersion } from './packets.ts'
import { ReasonCode } from './reason-codes.ts'

/** The type that a first byte names. @throws {MqttError} for a type or for flags that are none. */
export function packetTypeOf(firstByte: number, version: ProtocolVersion): PacketType {
  const type = packetTypeOfCode(firstByte >> 4)
  if (type === undefined) throw malformed('The packet type 0 does not exist')
  if (type === 'auth' && version !== 5) throw malformed('The packet type 15 is of MQTT 5.0 only')
  if (type === 'publish') return type
  let flags = firstByte & 0x0f
  // MQTT 3.1 sets DUP on a resent PUBREL, SUBSCRIBE or UNSUBSCRIBE.
  if (version === 3 && PACKET_TYPES[type].flags !== 0) flags &= ~DUP_FLAG
  if (flags !== PACKET_TYPES[type].flags) {
    const bits = flags.toString(2).padStart(4, '0')
    throw malformed(`${type.toUpperCase()} has the flags ${bits}`, FLAG_STATEMENTS[type])
  }
  return type
}

/** Where the body begins, for a packet whose header is complete. */
export function bodyOffset(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (byteAt(bytes, at) >= 0x80) at++
  return at + 1
}

/** A packet above the limit that its receiver has set. */
export function tooLarge(length: number, maximum: number): Error {
  return peerFault(
    `A packet of ${length} bytes is larger than the ${maximum} allowed`,
    ReasonCode.PacketTooLarge,
  )
}

/** The statements by which the flags of these types are checked; the others share one. */
const FLAG_STATEMENTS: Readonly<Record<Exclude<PacketType, 'publish'>, string>> = {
  connect: 'MQTT-2.1.3-1',
  connack: 'MQTT-2.1.3-1',
  puback: 'MQTT-2.1.3-1',
  pubrec: 'MQTT-2.1.3-1',
  pubrel: 'MQTT-3.6.1-1',
  pubcomp: 'MQTT-2.1.3-1',
  subscribe: 'MQTT-3.8.1-1',
  suback: 'MQTT-2.1.3-1',
  unsubscribe: 'MQTT-3.10.1-1',
  unsuback: 'MQTT-2.1.3-1',
  pingreq: 'MQTT-2.1.3-1',
  pingresp: 'MQTT-2.1.3-1',
  disconnect: 'MQTT-3.14.1-1',
  auth: 'MQTT-3.15.1-1',
}
