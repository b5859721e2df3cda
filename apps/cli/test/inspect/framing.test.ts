// Bytes cut into packets: by the Remaining Length alone, in bounded memory.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode } from '@godwit/codec'
import { bytesOf, chunkings, garbage, hexOf, packets } from '@godwit/codec/testing'
import { Framing, HEAD_BYTES } from '../../src/inspect/framing.ts'
import type { FramedPacket } from '../../src/inspect/framing.ts'

describe('framing', () => {
  it('gives every packet with its offset, however the bytes are cut', () => {
    const streams = fc
      .array(packets(5), { minLength: 1, maxLength: 5 })
      .map((sent) => sent.map((packet) => encode(packet, 5)))
      .chain((sent) => chunkings(Buffer.concat(sent)).map((chunks) => ({ sent, chunks })))
    fc.assert(
      fc.property(streams, ({ sent, chunks }) => {
        const framed = push(new Framing(), ...chunks)
        expect(framed.map(({ bytes }) => hexOf(bytes))).toEqual(sent.map(hexOf))
        let at = 0
        for (const packet of framed) {
          expect(packet).toMatchObject({ at, length: packet.bytes.length, end: 'whole' })
          at += packet.length
        }
      }),
      { numRuns: 300 },
    )
  })

  it('gives garbage the same however it is cut, and accounts for every byte', () => {
    const cut = garbage().chain((bytes) => chunkings(bytes).map((chunks) => ({ bytes, chunks })))
    fc.assert(
      fc.property(cut, ({ bytes, chunks }) => {
        const framing = new Framing()
        const framed = push(framing, ...chunks)
        const rest = framing.cut()
        const all = rest === undefined ? framed : [...framed, rest]
        expect(all.map(plain)).toEqual(wholly(bytes))
        const counted = all.reduce((sum, { length }) => sum + length, framing.lostBytes)
        expect(counted).toBe(bytes.length)
      }),
      { numRuns: 1000 },
    )
  })

  it('goes on behind a packet of the reserved type 0', () => {
    expect(push(new Framing(), bytesOf('00 01 ff c0 00')).map(plain)).toEqual([
      '0001ff whole at 0',
      'c000 whole at 3',
    ])
  })

  it('cannot go on behind a Remaining Length of five bytes', () => {
    const framing = new Framing()
    expect(push(framing, bytesOf('30 ff ff ff'), bytesOf('ff 01 c0 00')).map(plain)).toEqual([
      '30ffffffff unframable at 0',
    ])
    expect(framing.lostBytes).toBe(3)
    expect(push(framing, bytesOf('c0 00'))).toEqual([])
    expect(framing.lostBytes).toBe(5)
  })

  it('begins anew behind a gap', () => {
    const framing = new Framing()
    push(framing, bytesOf('30 ff ff ff ff'))
    expect(framing.cut()).toBeUndefined()
    framing.skip(10)
    expect(push(framing, bytesOf('c0 00')).map(plain)).toEqual(['c000 whole at 15'])
    push(framing, bytesOf('30 05 00'))
    expect(plain(framing.cut()!)).toBe('300500 cut-off at 17')
    expect(push(framing, bytesOf('d0 00')).map(plain)).toEqual(['d000 whole at 20'])
  })

  it('keeps only the front of a packet that is too large, and counts the rest', () => {
    const framing = new Framing()
    // A PUBLISH of 2 MiB and 5 bytes.
    const header = bytesOf('30 80 80 80 01 0001 61 00')
    const zeros = new Uint8Array(2_097_152 - 4)
    const framed = push(framing, header, zeros, bytesOf('c0 00'))
    expect(framed.map(({ bytes, length, at }) => [bytes.length, length, at])).toEqual([
      [HEAD_BYTES, 2_097_157, 0],
      [2, 2, 2_097_157],
    ])
  })
})

function push(framing: Framing, ...chunks: readonly Uint8Array[]): FramedPacket[] {
  return chunks.flatMap((chunk) => [...framing.push(chunk)])
}

function wholly(bytes: Uint8Array): readonly string[] {
  const framing = new Framing()
  const framed = push(framing, bytes)
  const rest = framing.cut()
  return [...framed, ...(rest === undefined ? [] : [rest])].map(plain)
}

function plain({ bytes, end, at }: FramedPacket): string {
  return `${hexOf(bytes)} ${end} at ${at}`
}
