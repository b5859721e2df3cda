/**
 * Packets in a form that can be compared: what the decoder gives and what a program writes down
 * mean the same, but a PUBLISH that was decoded is a frame in its bytes.
 */
import { Decoder } from '../decoder.ts'
import type { DecodedPacket, DecoderOptions } from '../packet-decoder.ts'
import type { Packet, PublishPacket } from '../packets.ts'

/** The packet as a plain object: a frame becomes a PublishPacket with a payload of its own. */
export function plainPacket(packet: DecodedPacket | Packet): Packet {
  return packet.type === 'publish' ? plainPublish(packet) : packet
}

/** Every packet in these chunks, pushed one by one, as plain objects. @throws {MqttError} */
export function decodeChunks(chunks: Iterable<Uint8Array>, options?: DecoderOptions): Packet[] {
  const decoder = new Decoder(options)
  const packets: Packet[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let packet; (packet = decoder.next()) !== undefined;) packets.push(plainPacket(packet))
  }
  return packets
}

function plainPublish(packet: PublishPacket): PublishPacket {
  const { type, topic, qos, retain, dup, packetId, properties = {} } = packet
  const payload = Uint8Array.from(packet.payload)
  const plain = { type, topic, payload, qos, retain, dup, packetId }
  return Object.keys(properties).length === 0 ? plain : { ...plain, properties }
}
