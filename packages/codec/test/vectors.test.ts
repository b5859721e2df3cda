// The corpus: bytes and packets in both directions, and refusals by code and statement.

import { describe, expect, it } from 'vitest'
import { encode, PACKET_TYPES } from '../src/index.ts'
import {
  bytesOf,
  decodeChunks,
  hexOf,
  PACKET_VECTORS,
  REFUSAL_VECTORS,
} from '../src/testing/index.ts'
import { refusalOf } from './refusal.ts'

describe('the corpus of packets', () => {
  it.each(PACKET_VECTORS)('version $version decodes $name', ({ version, hex, packet }) => {
    expect(decodeChunks([bytesOf(hex)], { version })).toStrictEqual([packet])
  })

  it.each(PACKET_VECTORS.filter(({ decodeOnly }) => decodeOnly !== true))(
    'version $version encodes $name',
    ({ version, hex, packet }) => {
      expect(hexOf(encode(packet, version))).toBe(hexOf(bytesOf(hex)))
    },
  )

  it('has every packet type in every version that has it', () => {
    const present = PACKET_VECTORS.map(({ version, packet }) => `${version} ${packet.type}`)
    const wanted = [3, 4, 5].flatMap((version) =>
      Object.keys(PACKET_TYPES)
        .filter((type) => type !== 'auth' || version === 5)
        .map((type) => `${version} ${type}`),
    )
    expect(new Set(present)).toEqual(new Set(wanted))
  })

  it('names every vector once in each version', () => {
    const names = [...PACKET_VECTORS, ...REFUSAL_VECTORS].map((v) => `${v.version} ${v.name}`)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
})

describe('the corpus of refusals', () => {
  it.each(REFUSAL_VECTORS)('version $version refuses $name', (vector) => {
    const { reasonCode, statement } = vector
    expect(refusalOf(vector.version, vector.hex)).toEqual({ fault: 'peer', reasonCode, statement })
  })
})
