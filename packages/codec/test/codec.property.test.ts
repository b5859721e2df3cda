// What holds for every packet and for every byte: the decoder undoes the encoder, chunks do not
// matter, and bytes that were never a packet give packets or an MqttError and nothing else.

import * as fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Decoder, encode, MqttError } from '../src/index.ts'
import type { Packet, ProtocolVersion } from '../src/index.ts'
import {
  chunkings,
  decodeChunks,
  garbage,
  mutations,
  packets,
  plainPacket,
} from '../src/testing/index.ts'

const VERSIONS = [3, 4, 5] as const

describe.each(VERSIONS)('version %i', (version) => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(packets(version), (packet) => {
        expect(decodeChunks([encode(packet, version)], { version })).toStrictEqual([packet])
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the same packets however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(streams(version), ({ sent, chunks }) => {
        expect(decodeChunks(chunks, { version })).toStrictEqual(sent)
      }),
      { numRuns: 500 },
    )
  })

  it('gives the same packets when all chunks are pushed before the first is used up', () => {
    fc.assert(
      fc.property(streams(version), ({ sent, chunks }) => {
        const decoder = new Decoder({ version })
        for (const chunk of chunks) decoder.push(chunk)
        expect(decodeChunks([joined(chunks)], { version })).toStrictEqual(sent)
        expect(countPackets(decoder)).toBe(sent.length)
        expect(decoder.bufferedBytes).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  it('throws an MqttError or gives packets that can be encoded, for damaged packets', () => {
    const damaged = packets(version).chain((packet) => mutations(encode(packet, version)))
    fc.assert(
      fc.property(damaged, (bytes) => {
        expect(troubleWith(bytes, version)).toBeUndefined()
      }),
      { numRuns: 3000 },
    )
  })

  it('throws an MqttError or gives packets that can be encoded, for any bytes', () => {
    fc.assert(
      fc.property(garbage(), (bytes) => {
        expect(troubleWith(bytes, version)).toBeUndefined()
      }),
      { numRuns: 3000 },
    )
  })

  it('refuses damaged bytes the same however they are cut into chunks', () => {
    const damaged = packets(version)
      .chain((packet) => mutations(encode(packet, version)))
      .chain((bytes) => chunkings(bytes).map((chunks) => ({ bytes, chunks })))
    fc.assert(
      fc.property(damaged, ({ bytes, chunks }) => {
        expect(outcome(chunks, version)).toEqual(outcome([bytes], version))
      }),
      { numRuns: 1000 },
    )
  })
})

/** What came out before the end or the error, and the error's message. */
function outcome(chunks: readonly Uint8Array[], version: ProtocolVersion): unknown {
  const decoder = new Decoder({ version })
  let count = 0
  try {
    for (const chunk of chunks) {
      decoder.push(chunk)
      while (decoder.next() !== undefined) count++
    }
  } catch (error) {
    if (!(error instanceof MqttError)) throw error
    return { count, refused: error.message }
  }
  return { count, buffered: decoder.bufferedBytes }
}

/** What is wrong, if anything, with the packets that come out or the error that ends them. */
function troubleWith(bytes: Uint8Array, version: ProtocolVersion): string | undefined {
  const decoder = new Decoder({ version })
  decoder.push(bytes)
  try {
    for (let left = bytes.length; ; left = decoder.bufferedBytes) {
      const packet = decoder.next()
      if (packet === undefined) return left <= bytes.length ? undefined : 'bytes were invented'
      if (decoder.bufferedBytes >= left) return 'a packet took no bytes'
      const [again] = decodeChunks([encode(packet, decoder.version)], decoder)
      if (!isDeepStrictEqual(again, plainPacket(packet)))
        return `${packet.type} means something else again`
    }
  } catch (error) {
    if (error instanceof MqttError) return error.fault === 'peer' ? undefined : error.message
    throw error
  }
}

interface Stream {
  readonly sent: readonly Packet[]
  readonly chunks: readonly Uint8Array[]
}

/** A few packets one after the other, cut anywhere. */
function streams(version: ProtocolVersion): fc.Arbitrary<Stream> {
  return fc.array(packets(version), { minLength: 1, maxLength: 4 }).chain((sent) => {
    const bytes = joined(sent.map((packet) => encode(packet, version)))
    return chunkings(bytes).map((chunks) => ({ sent, chunks }))
  })
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

function countPackets(decoder: Decoder): number {
  let count = 0
  while (decoder.next() !== undefined) count++
  return count
}
