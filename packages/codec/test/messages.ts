// Messages as they come to a publication, and as receivers get them from it.

import type * as fc from 'fast-check'
import { expect } from 'vitest'
import { Decoder, encode, PublishFrame } from '../src/index.ts'
import type { ProtocolVersion, PublishLayout, PublishPacket } from '../src/index.ts'
import { bytesOf, decodeChunks, publishPackets } from '../src/testing/index.ts'

/** The message of a layout, as a receiver decodes it after its own bytes were filled in. */
export function decoded(layout: PublishLayout, version: ProtocolVersion): PublishPacket {
  const { bytes, start, length, packetIdAt, payloadAt } = layout
  const sent = bytes.slice(start, start + length)
  sent[0] = packetIdAt === 0 ? 0x30 : 0x32
  if (packetIdAt !== 0) sent.set([0xab, 0xcd], packetIdAt)
  const [received] = decodeChunks([sent], { version })
  expect(received).toMatchObject({
    packetId: packetIdAt === 0 ? 0 : 0xabcd,
    payload: sent.slice(payloadAt),
  })
  return received as PublishPacket
}

/** MQTT 5.0's messages of every kind that a receiver can be sent. */
export function messages(): fc.Arbitrary<PublishPacket> {
  return publishPackets(5).filter(({ topic }) => topic !== '')
}

/** A message as it comes off a connection of this version. */
export function frameOf(source: PublishPacket, version: ProtocolVersion): PublishFrame {
  return frameIn(encode(source, version).slice(), version)
}

/** A frame that does not begin where its chunk begins. */
export function frameBehindAnother(source: PublishPacket): PublishFrame {
  return frameIn(Uint8Array.of(0xd0, 0, ...encode(source, 5)))
}

/** The last packet of a chunk. */
export function frameIn(chunk: Uint8Array, version: ProtocolVersion = 5): PublishFrame {
  const decoder = new Decoder({ version })
  decoder.push(chunk)
  let last = decoder.next()
  for (let packet = last; packet !== undefined; packet = decoder.next()) last = packet
  expect(last).toBeInstanceOf(PublishFrame)
  return last as PublishFrame
}

/** A small message, but for these fields. */
export function packet(fields: Partial<PublishPacket> = {}): PublishPacket {
  const message = { type: 'publish', topic: 'a/b', payload: bytesOf('2a2b') } as const
  return { ...message, qos: 0, retain: false, dup: false, packetId: 0, ...fields }
}
