/** A PUBLISH as it is stored: whole, with flags and a Packet Identifier of its own. */
import { PublishFrame, publishFirstByte } from '@godwit/codec'
import type { ProtocolVersion, Publication, PublishLayout } from '@godwit/codec'

/** The version in which a message is stored: the one that it came in. */
export function storedVersion({ source }: Publication): ProtocolVersion {
  return source instanceof PublishFrame ? source.version : 5
}

/** What is to be stored, but for its flags; `copyPacket` puts them right. */
export function storedLayout(message: Publication): PublishLayout {
  return message.layout(storedVersion(message), message.qos > 0)
}

/** Copies a message to this place. */
export function copyPacket(
  message: Publication,
  layout: PublishLayout,
  target: Uint8Array,
  at: number,
): void {
  const { bytes, start, length, packetIdAt } = layout
  target.set(bytes.subarray(start, start + length), at)
  target[at] = publishFirstByte(message.qos, message.retain, false)
  if (packetIdAt === 0) return
  target[at + packetIdAt] = 0
  target[at + packetIdAt + 1] = 1
}

/** A message in bytes of its own. */
export function storedPacket(message: Publication): Uint8Array {
  const layout = storedLayout(message)
  const packet = new Uint8Array(layout.length)
  copyPacket(message, layout, packet, 0)
  return packet
}
