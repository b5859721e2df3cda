/**
 * The decoder of a client, which is sent nine of the fifteen types of Control Packets beside
 * PUBLISH. A program that has no other leaves the code for the rest out of its bundle.
 */
import { protocolError } from './error.ts'
import { PacketDecoder } from './packet-decoder.ts'
import type { WholePacket } from './packet-decoder.ts'
import { readAcknowledgement } from './packets/acknowledgement.ts'
import { readConnack } from './packets/connack.ts'
import { readAuth, readDisconnect } from './packets/disconnect.ts'
import { readSuback } from './packets/suback.ts'
import { readUnsuback } from './packets/unsuback.ts'
import { sharedReader as reader } from './reader.ts'

/** Decodes what a server sends, and refuses what only a client may send as a Protocol Error. */
export class ClientDecoder extends PacketDecoder {
  protected override read(type: WholePacket['type']): WholePacket {
    const { version } = this
    switch (type) {
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        return readAcknowledgement(reader, type, version)
      case 'connack':
        return readConnack(reader, version)
      case 'suback':
        return readSuback(reader, version)
      case 'unsuback':
        return readUnsuback(reader, version)
      case 'pingresp':
        reader.done()
        return { type }
      case 'disconnect':
        return readDisconnect(reader, version)
      case 'auth':
        return readAuth(reader)
      case 'connect':
      case 'subscribe':
      case 'unsubscribe':
      case 'pingreq':
      default:
        throw protocolError(`A server sent a ${type.toUpperCase()}`)
    }
  }
}
