// The encoder: what it makes of memory, and what it refuses of callers whom no type checker saw.

import { describe, expect, it } from 'vitest'
import { encode, MqttError } from '../src/index.ts'
import type { Packet, PublishPacket } from '../src/index.ts'
import { bytesOf, decodeChunks, hexOf, PACKET_VECTORS, packets } from '../src/testing/index.ts'
import * as fc from 'fast-check'
import { encodingRefusal, refusalBy, unencodableBy } from './refusal.ts'

describe('the bytes of a packet', () => {
  it('are not written to again by later packets', () => {
    const sizes = [0, 100, 5000, 9000, 20_000, 8190, 1, 70_000, 3]
    const sent = sizes.map((size) => publish({ payload: new Uint8Array(size).fill(size) }))
    const bytes = sent.map((packet) => encode(packet, 4))
    expect(decodeChunks(bytes, { version: 4 })).toStrictEqual(sent)
  })

  it('are not spoilt by a packet that was refused in the middle', () => {
    const before = encode(publish({ topic: 'before' }), 5)
    expect(() => encode(publish({ topic: 'half', payload: 7 as never }), 5)).toThrow(MqttError)
    const after = encode(publish({ topic: 'after' }), 5)
    expect(decodeChunks([before, after])).toMatchObject([{ topic: 'before' }, { topic: 'after' }])
  })

  it.each(PACKET_VECTORS.filter(({ decodeOnly }) => decodeOnly !== true))(
    'of version $version are the same wherever the memory of the encoder ends: $name',
    ({ packet, version, hex }) => {
      const wanted = hexOf(bytesOf(hex))
      for (let left = 0; left < wanted.length / 2 + 250; left++) {
        leaveRoom(left)
        expect(hexOf(encode(packet, version))).toBe(wanted)
      }
    },
  )

  it('have a Remaining Length of as many bytes as it takes [MQTT-1.5.5-1]', () => {
    const lengths = [127, 128, 16_383, 16_384, 2_097_151, 2_097_152]
    const headers = lengths.map((length) => {
      const bytes = encode(publish({ payload: new Uint8Array(length - 3) }), 4)
      return hexOf(bytes.subarray(1, bytes.length - length))
    })
    expect(headers).toEqual(['7f', '8001', 'ff7f', '808001', 'ffff7f', '80808001'])
  })

  it('show by a property length of 0 that there are no properties [MQTT-2.2.2-1]', () => {
    const hex = hexOf(encode(publish({ topic: 'a' }), 5))
    expect(hex).toBe(hexOf(bytesOf('30 04 0001 61 00')))
    expect(hexOf(encode(publish({ topic: 'a', properties: {} }), 5))).toBe(hex)
  })

  it('are at most as many as a Remaining Length can say', () => {
    const payload = new Uint8Array(268_435_455)
    expect(encodingRefusal(publish({ payload }), 4)).toEqual(unencodableBy())
  })

  it('have a property length of as many bytes as it takes [MQTT-1.5.5-1]', () => {
    for (const length of [127, 128, 16_383, 16_384]) {
      const packet = publish({ properties: { contentType: 'x'.repeat(length - 3) } })
      expect(decodeChunks([encode(packet, 5)])).toStrictEqual([packet])
    }
  })
})

describe('a string', () => {
  it('may take 65,535 bytes and not one more', () => {
    const longest = ['a'.repeat(65_535), 'é'.repeat(32_767), '€'.repeat(21_845)]
    for (const topic of longest) {
      expect(decodeChunks([encode(publish({ topic }), 4)], { version: 4 })).toMatchObject([
        { topic },
      ])
      expect(encodingRefusal(publish({ topic: `${topic}é` }), 4)).toEqual(unencodableBy())
    }
  })

  it('is refused with U+0000 in it [MQTT-1.5.4-2]', () => {
    expect(encodingRefusal(publish({ topic: 'a\0b' }), 4)).toEqual(unencodableBy('MQTT-1.5.4-2'))
  })

  it('is refused with half a surrogate pair in it [MQTT-1.5.4-1]', () => {
    for (const topic of ['\ud83d', 'a\ud83db', '\ude00', '\ude00\ud83d', 'a\udbff']) {
      expect(encodingRefusal(publish({ topic }), 4)).toEqual(unencodableBy('MQTT-1.5.4-1'))
    }
  })

  it('keeps U+FEFF and all else as it is [MQTT-1.5.4-3]', () => {
    const topic = '\ufeff/\ufeffe\u0301é\u{10ffff}\ud7ff\ue000'
    expect(decodeChunks([encode(publish({ topic }), 4)], { version: 4 })).toMatchObject([{ topic }])
  })
})

describe('what is not a packet', () => {
  it.each([undefined, null, 7, 'pingreq', {}, [], { type: 'ping' }, { type: 'toString' }])(
    'is refused: %j',
    (packet) => {
      expect(encodingRefusal(packet, 4)).toEqual(unencodableBy())
    },
  )

  it.each([undefined, null, 2, 6, 4.5, '4'])('is refused in the version %j', (version) => {
    expect(encodingRefusal({ type: 'pingreq' }, version)).toEqual(unencodableBy())
  })

  it.each([
    [Symbol('a'), 'Symbol(a)'],
    [() => 7, 'a function'],
    [{}, 'an object'],
    [[], 'an array'],
    [10n, '10'],
    [undefined, 'undefined'],
    ['\n'.repeat(50), `"${String.raw`\n`.repeat(40)}…"`],
  ])('is described in one short line: %o', (payload, description) => {
    const act = (): unknown => encode(publish({ payload: payload as never }), 4)
    expect(act).toThrow(new RegExp(`, got ${escaped(description)}$`))
    expect(refusalBy(act)).toEqual(unencodableBy())
  })
})

describe('any field of any packet', () => {
  const junk = fc.oneof(
    fc.constantFrom(undefined, null, true, -1, 1.5, 2 ** 32, Number.NaN, 'x', '\0', '\ud800'),
    fc.anything(),
  )

  it('is encoded as something that decodes, or refused with an MqttError', () => {
    const spoilt = fc
      .tuple(packets(5), fc.nat(), junk)
      .map(([packet, index, value]) => spoil(packet, index, value))
    fc.assert(
      fc.property(spoilt, (packet) => {
        expect(fateOf(packet)).toMatch(/^(?:decoded|refused)$/)
      }),
      { numRuns: 3000 },
    )
  })
})

/** What becomes of a packet: it is decoded, or it is refused, or something is wrong. */
function fateOf(packet: object): string {
  try {
    return decodeChunks([encode(packet as Packet, 5)]).length === 1 ? 'decoded' : 'lost'
  } catch (error) {
    if (!(error instanceof MqttError)) throw error
    return error.fault === 'local' ? 'refused' : `encoded, though ${error.message}`
  }
}

/** The packet with another value in one of its fields, or in a field of a field. */
function spoil(packet: object, index: number, value: unknown): object {
  const places = Object.entries(packet).flatMap(([key, inner]: [string, unknown]) => [
    { ...packet, [key]: value },
    ...(Array.isArray(inner) && inner.length > 0
      ? [{ ...packet, [key]: inner.with(0, value) }]
      : []),
    ...(key === 'properties' || key === 'will'
      ? Object.keys(inner as object).map((name) => ({
          ...packet,
          [key]: { ...(inner as object), [name]: value },
        }))
      : []),
  ])
  return places[index % places.length] ?? {}
}

/** Encodes so much that the next packet begins this many bytes before the end of a slab. */
function leaveRoom(bytes: number): void {
  const slabBytes = 8192
  const headerRoom = 5
  encode(publish({ payload: new Uint8Array(slabBytes) }), 4)
  const topicBytes = 3
  const payloadBytes = slabBytes - bytes - headerRoom - topicBytes
  encode(publish({ payload: new Uint8Array(Math.max(0, payloadBytes)) }), 4)
}

function publish(fields: Partial<PublishPacket> = {}): PublishPacket {
  const packet = { type: 'publish', topic: 't', payload: new Uint8Array(0) } as const
  return { ...packet, qos: 0, retain: false, dup: false, packetId: 0, ...fields }
}

function escaped(text: string): string {
  return text.replaceAll(/[()\\]/g, String.raw`\$&`)
}
