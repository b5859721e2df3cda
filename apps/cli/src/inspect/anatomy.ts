/**
 * A Control Packet taken apart: every field and property under the name that the specification
 * gives it, with its bytes, and for a malformed one where it breaks. It reads in the order of
 * `@godwit/codec`, whose tables it uses and which says what is wrong; here is only where.
 */
import { PACKET_TYPES } from '@godwit/codec'
import type { PacketType, ProtocolVersion } from '@godwit/codec'
import { readConnack, readConnect } from './connect-anatomy.ts'
import type { Anatomy } from './field.ts'
import { CutOff, FaultFound, FieldReader } from './field-reader.ts'
import { packetTypeOfCode } from './packet-type.ts'
import { readPublish } from './publish-anatomy.ts'
import { readAcknowledgement, readAuth, readDisconnect } from './reason-anatomy.ts'
import { readSuback, readSubscribe, readUnsuback, readUnsubscribe } from './subscribe-anatomy.ts'

/** Takes apart the packet with which these bytes begin, as a connection of that version has it. */
export function dissect(bytes: Uint8Array, version: ProtocolVersion): Anatomy {
  const reader = new FieldReader(bytes, Infinity)
  try {
    const type = readFixedHeader(reader, version)
    readBody(reader, type, version)
    return { fields: reader.fields, cutOff: false }
  } catch (error) {
    const { fields } = reader
    if (error instanceof FaultFound) return { fields, fault: error.fault, cutOff: false }
    if (error instanceof CutOff) return { fields, cutOff: true }
    throw error
  }
}

const DUP = 0b1000

function readFixedHeader(reader: FieldReader, version: ProtocolVersion): PacketType {
  const firstByte = reader.byte()
  const type = packetTypeOfCode(firstByte >> 4)
  if (type === undefined || (type === 'auth' && version !== 5)) reader.fault(0)
  reader.keep({ name: 'Control Packet type', meaning: type.toUpperCase() }, 0, firstByte >> 4)
  const flags = firstByte & 0x0f
  reader.keep('Flags', 0, flags.toString(2).padStart(4, '0'))
  // MQTT 3.1 sets DUP on a resent PUBREL, SUBSCRIBE or UNSUBSCRIBE.
  const mayBeResent = version === 3 && PACKET_TYPES[type].flags !== 0
  const fixed = mayBeResent ? flags & ~DUP : flags
  if (type !== 'publish' && fixed !== PACKET_TYPES[type].flags) reader.fault(0)
  const remainingLength = reader.varint()
  reader.keep('Remaining Length', 1, remainingLength)
  reader.end = reader.at + remainingLength
  return type
}

function readBody(reader: FieldReader, type: PacketType, version: ProtocolVersion): void {
  switch (type) {
    case 'connect':
      return readConnect(reader)
    case 'connack':
      return readConnack(reader, version)
    case 'publish':
      return readPublish(reader, version)
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return readAcknowledgement(reader, type, version)
    case 'subscribe':
      return readSubscribe(reader, version)
    case 'suback':
      return readSuback(reader, version)
    case 'unsubscribe':
      return readUnsubscribe(reader, version)
    case 'unsuback':
      return readUnsuback(reader, version)
    case 'pingreq':
    case 'pingresp':
      return reader.done()
    case 'disconnect':
      return readDisconnect(reader, version)
    case 'auth':
    default:
      return readAuth(reader)
  }
}
