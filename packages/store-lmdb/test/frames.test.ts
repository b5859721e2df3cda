import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCounters, encodeCounters } from '../src/counters.ts'
import { crc32c } from '../src/crc32c.ts'
import {
  frameFault,
  FRAME_HEAD,
  framed,
  frameNumber,
  sealFrame,
  writeLength,
} from '../src/frames.ts'
import { envelopeKey, envelopePosition, keyBytesOf, keyOf, recordKeyOf } from '../src/keys.ts'

// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
const CRCS: readonly (readonly [string, Uint8Array, number])[] = [
  ['nothing', new Uint8Array(0), 0],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['32 rising bytes', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
  ['32 falling bytes', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
]

const position = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const bytes = fc.uint8Array({ maxLength: 300 })

describe('CRC-32C', () => {
  it.each(CRCS)('of %s is as in RFC 3720', (_name, data, expected) => {
    expect(crc32c(data)).toBe(expected)
  })

  it('goes on from any place', () => {
    fc.assert(
      fc.property(bytes, fc.nat(300), (data, at) => {
        const middle = Math.min(at, data.length)
        const before = crc32c(data, 0, middle)
        expect(crc32c(data, middle, data.length, before)).toBe(crc32c(data))
      }),
    )
  })
})

describe('A frame', () => {
  it('has the number and the body that were put in', () => {
    fc.assert(
      fc.property(bytes, position, (body, number) => {
        const frame = frameOf(body, number)
        expect(frameFault(frame, 0)).toBeUndefined()
        expect(frameNumber(frame.view, 0)).toBe(number)
        expect(frame.bytes.subarray(FRAME_HEAD)).toEqual(body)
      }),
    )
  })

  it('is found to be damaged whichever bit of it is another one', () => {
    fc.assert(
      fc.property(bytes, position, fc.nat(), (body, number, chosen) => {
        const frame = frameOf(body, number)
        const bit = chosen % (8 * frame.bytes.length)
        frame.bytes[bit >> 3]! ^= 1 << (bit & 7)
        expect(frameFault(frame, 0)).toBeDefined()
      }),
    )
  })

  it('is found to be damaged wherever it is cut', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (body, chosen) => {
        const { bytes: whole } = frameOf(body, 1)
        expect(frameFault(framed(whole.subarray(0, chosen % whole.length)), 0)).toBeDefined()
      }),
    )
  })

  it('of another format is refused by its number', () => {
    const frame = frameOf(new Uint8Array(3), 7)
    frame.view.setUint8(15, 2)
    frame.view.setUint32(0, crc32c(frame.bytes, 4), true)
    expect(frameFault(frame, 0)).toBe('its format is 2 and should be 1')
  })
})

describe('The counters', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(position, position, position, position, position, (...numbers) => {
        const [next, revision, entries, size, envelopes] = numbers
        const counters = { next, revision, entries, bytes: size, envelopes }
        expect(decodeCounters(encodeCounters(counters))).toEqual(counters)
      }),
    )
  })
})

describe('The keys', () => {
  it('of envelopes have the order of the positions', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        expect(envelopePosition(envelopeKey(a))).toBe(a)
        expect(Math.sign(Buffer.compare(envelopeKey(a), envelopeKey(b)))).toBe(Math.sign(a - b))
      }),
    )
  })

  it('of records are read as they were written, whatever characters they have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        expect(keyOf(keyBytesOf(key))).toBe(key)
      }),
    )
    for (const key of ['\ud800', 'a\udc00b', '\ufffd', '\ufeffa']) {
      expect(keyOf(keyBytesOf(key))).toBe(key)
    }
  })

  it('of records stay as they are up to 1024 bytes, and are hashed beyond', () => {
    expect(recordKeyOf(new Uint8Array(1024))).toHaveLength(1024)
    expect(recordKeyOf(new Uint8Array(1025))).toHaveLength(34)
  })
})

function frameOf(body: Uint8Array, number: number) {
  const frame = framed(new Uint8Array(FRAME_HEAD + body.length))
  writeLength(frame.view, 0, body.length)
  frame.bytes.set(body, FRAME_HEAD)
  sealFrame(frame, 0, number)
  return frame
}
