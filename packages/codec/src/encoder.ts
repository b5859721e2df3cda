/** Control Packets to bytes (§2, §3): the way out, strict as the way in. */
import { unencodable } from './error.ts'
import { firstByteOf } from './packet-types.ts'
import { isProtocolVersion } from './packets.ts'
import type { Packet, ProtocolVersion } from './packets.ts'
import { writeAcknowledgement, writeOptionalReason } from './packets/acknowledgement.ts'
import { writeConnack } from './packets/connack.ts'
import { writeConnect } from './packets/connect.ts'
import { writePublish } from './packets/publish.ts'
import { writeSuback } from './packets/suback.ts'
import { writeSubscribe } from './packets/subscribe.ts'
import { writeUnsuback } from './packets/unsuback.ts'
import { writeUnsubscribe } from './packets/unsubscribe.ts'
import { refuseNoObject } from './refusals.ts'
import { Writer } from './writer.ts'

/**
 * The bytes of a packet, as a connection of this version carries it. They may share an
 * `ArrayBuffer` with other packets; nothing writes to them again.
 *
 * @throws {MqttError} with `fault: 'local'` for a packet that this version cannot express, whose
 * strings or numbers do not fit, or that the other end would have to refuse.
 */
export function encode(packet: Packet, version: ProtocolVersion): Uint8Array {
  refuseNoObject(packet, 'A packet is an object')
  if (!isProtocolVersion(version)) throw unencodable('A version is 3, 4 or 5', version)
  writer.begin()
  return writer.finish(writeBody(packet, version))
}

const writer = new Writer()

/** Writes the body and returns the first byte. */
function writeBody(packet: Packet, version: ProtocolVersion): number {
  switch (packet.type) {
    case 'publish':
      return writePublish(writer, packet, version)
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      writeAcknowledgement(writer, packet, version)
      break
    case 'connect':
      if (packet.version !== version) {
        throw unencodable(`A CONNECT of version ${packet.version} cannot be written for`, version)
      }
      writeConnect(writer, packet)
      break
    case 'connack':
      writeConnack(writer, packet, version)
      break
    case 'subscribe':
      writeSubscribe(writer, packet, version)
      break
    case 'suback':
      writeSuback(writer, packet, version)
      break
    case 'unsubscribe':
      writeUnsubscribe(writer, packet, version)
      break
    case 'unsuback':
      writeUnsuback(writer, packet, version)
      break
    case 'disconnect':
      writeOptionalReason(writer, packet, version)
      break
    case 'auth':
      if (version !== 5) throw unencodable('Only MQTT 5.0 has AUTH', version)
      writeOptionalReason(writer, packet, version)
      break
    case 'pingreq':
    case 'pingresp':
      break
    default:
      throw unencodable('A packet is one of fifteen types', packet satisfies never)
  }
  return firstByteOf(packet.type)
}
