/** What `@godwit/codec` says of one packet: what it is, or what is wrong with it. */
import { Decoder, MqttError } from '@godwit/codec'
import type { DecodedPacket, ProtocolVersion } from '@godwit/codec'
import { dissect } from './anatomy.ts'
import { frameLength, WHOLE_BYTES_MAX } from './framing.ts'
import type { FramedPacket } from './framing.ts'
import { packetTypeOfCode } from './packet-type.ts'

/** The packet, or the reason why it is none. */
export type Verdict =
  | { readonly packet: DecodedPacket; readonly version: ProtocolVersion }
  | { readonly error: MqttError; readonly version: ProtocolVersion }

/**
 * Judges a packet on a connection of that version; the verdict on a CONNECT is in terms of its own
 * version. `undefined` where nothing can be said, because the packet is not all there and what is
 * there is in order, or because it is too large.
 */
export function judge(packet: FramedPacket, version: ProtocolVersion): Verdict | undefined {
  const { bytes, length, end } = packet
  if (bytes.length === length && end !== 'cut-off') return decode(bytes, version)
  if (end === 'whole' && packetTypeOfCode((bytes[0] ?? 0) >> 4) === 'publish') {
    return decode(withoutRest(bytes), version)
  }
  return dissect(bytes, version).fault === undefined ? undefined : decode(padded(bytes), version)
}

function decode(bytes: Uint8Array, version: ProtocolVersion): Verdict | undefined {
  const decoder = new Decoder({ version })
  decoder.push(bytes)
  try {
    const packet = decoder.next()
    return packet && { packet, version: decoder.version }
  } catch (error) {
    if (!(error instanceof MqttError)) throw error
    return { error, version: decoder.version }
  }
}

/** The front of a large PUBLISH as if it were a whole one: any payload is as good as another. */
function withoutRest(bytes: Uint8Array): Uint8Array {
  const bodyAt = 1 + bytes.subarray(1).findIndex((byte) => byte < 0x80) + 1
  const body = bytes.subarray(bodyAt)
  const header = [bytes[0] ?? 0]
  let remaining = body.length
  for (; remaining >= 0x80; remaining >>>= 7) header.push((remaining & 0x7f) | 0x80)
  header.push(remaining)
  return Uint8Array.of(...header, ...body)
}

/** What is there breaks a rule, so that it does not matter what comes behind. */
function padded(bytes: Uint8Array): Uint8Array {
  const length = frameLength(bytes)
  if (length <= bytes.length || length > WHOLE_BYTES_MAX) return bytes
  const whole = new Uint8Array(length)
  whole.set(bytes)
  return whole
}
