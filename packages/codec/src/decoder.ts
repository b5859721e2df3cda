/**
 * Bytes to Control Packets (§2, §3), pulled: give it a chunk, ask for packets until there is none.
 *
 *     decoder.push(chunk)
 *     for (let packet; (packet = decoder.next()) !== undefined; ) { … }
 */
import { ClientDecoder } from './client-decoder.ts'
import type { WholePacket } from './packet-decoder.ts'
import { readConnect, readVersion } from './packets/connect.ts'
import { readSubscribe } from './packets/subscribe.ts'
import { readUnsubscribe } from './packets/unsubscribe.ts'
import { sharedReader as reader } from './reader.ts'

/** Decodes every Control Packet, whichever end sent it. A CONNECT sets `version` to its own. */
export class Decoder extends ClientDecoder {
  protected override read(type: WholePacket['type']): WholePacket {
    switch (type) {
      case 'connect':
        // Known even if the rest turns out malformed, so that the refusal can be put in its terms.
        this.version = readVersion(reader)
        return readConnect(reader, this.version)
      case 'subscribe':
        return readSubscribe(reader, this.version)
      case 'unsubscribe':
        return readUnsubscribe(reader, this.version)
      case 'pingreq':
        reader.done()
        return { type }
      case 'connack':
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
      case 'suback':
      case 'unsuback':
      case 'pingresp':
      case 'disconnect':
      case 'auth':
      default:
        return super.read(type)
    }
  }
}
