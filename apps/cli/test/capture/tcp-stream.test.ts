// One direction of TCP in order again, whatever order, overlaps and gaps its segments come with.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TcpStream } from '../../src/capture/tcp-stream.ts'
import type { StreamPart, StreamPiece } from '../../src/capture/tcp-stream.ts'

describe('a stream', () => {
  it('gives bytes that come in order', () => {
    const stream = begun(100)
    expect(told(stream.push(part(101, 'ab')))).toEqual(['ab'])
    expect(told(stream.push(part(103, 'cd')))).toEqual(['cd'])
  })

  it('holds back what comes early, until what is in front of it has come', () => {
    const stream = begun(100)
    expect(told(stream.push(part(105, 'ef')))).toEqual([])
    expect(told(stream.push(part(103, 'cd')))).toEqual([])
    expect(told(stream.push(part(101, 'ab')))).toEqual(['ab', 'cd', 'ef'])
  })

  it('gives what was sent again once', () => {
    const stream = begun(100)
    stream.push(part(101, 'abcd'))
    expect(told(stream.push(part(101, 'abcd')))).toEqual([])
    expect(told(stream.push(part(103, 'cdef')))).toEqual(['ef'])
    expect(told(stream.push(part(100, 'x')))).toEqual([])
  })

  it('begins with the first segment where the capture lacks the beginning', () => {
    const stream = new TcpStream()
    expect(told(stream.push(part(5_000, 'mid')))).toEqual(['mid'])
  })

  it('goes on when the sequence begins again at 2^32', () => {
    const stream = begun(0xffff_fffe)
    expect(told(stream.push(part(1, 'bc')))).toEqual([])
    expect(told(stream.push(part(0xffff_ffff, 'a0')))).toEqual(['a0', 'bc'])
  })

  it('says that bytes are missing when the other end has acknowledged them', () => {
    const stream = begun(100)
    stream.push(part(111, 'late'))
    expect(told(stream.acknowledged(105))).toEqual([])
    expect(told(stream.acknowledged(111))).toEqual([10, 'late'])
  })

  it('says that bytes are missing when too much waits for them', () => {
    const stream = begun(100)
    const pieces: (string | number)[] = []
    for (let count = 0; count < 5; count++) {
      const payload = 'x'.repeat(60_000)
      pieces.push(...told(stream.push(part(1_000 + count * 60_000, payload))).map(shortened))
    }
    expect(pieces).toEqual([899, 60_000, 60_000, 60_000, 60_000, 60_000])
  })

  it('gives what waits when nothing more comes', () => {
    const stream = begun(100)
    stream.push(part(103, 'b'))
    stream.push(part(106, 'c'))
    expect(told(stream.finish())).toEqual([2, 'b', 2, 'c'])
    expect(told(stream.finish())).toEqual([])
  })

  it('says where a segment was not captured whole', () => {
    const stream = begun(100)
    expect(told(stream.push({ ...part(101, 'ab'), missingBytes: 3 }))).toEqual(['ab', 3])
    expect(told(stream.push(part(106, 'fg')))).toEqual(['fg'])
  })

  it('ends once, when everything in front of the end has come', () => {
    const stream = begun(100)
    expect(told(stream.push({ ...part(103, ''), fin: true }))).toEqual([])
    expect(told(stream.push(part(101, 'ab')))).toEqual(['ab', 'end'])
    expect(told(stream.push({ ...part(103, ''), fin: true }))).toEqual([])
  })

  it('gives every byte once and in order, however segments are cut, repeated and mixed', () => {
    fc.assert(
      fc.property(deliveries(), ({ sent, parts }) => {
        const stream = begun(0xffff_fff0)
        const got = parts.flatMap((each) => told(stream.push(each)))
        expect([...got, ...told(stream.finish())].join('')).toBe(sent)
      }),
      { numRuns: 500 },
    )
  })

  it('accounts for every byte that was lost, however the others are mixed', () => {
    fc.assert(
      fc.property(deliveries(), fc.nat(), ({ sent, parts }, lost) => {
        const stream = begun(0xffff_fff0)
        const left = parts.filter((_, index) => index !== lost % parts.length)
        const got = [...left.flatMap((each) => told(stream.push(each))), ...told(stream.finish())]
        const length = got.reduce<number>(
          (sum, each) => sum + (typeof each === 'number' ? each : each.length),
          0,
        )
        // What was lost at the end is missed by nobody.
        expect(length).toBeLessThanOrEqual(sent.length)
        const kept = got
          .map((each) => (typeof each === 'number' ? '?'.repeat(each) : each))
          .join('')
        expect(
          Array.from(kept, (byte, index) => byte === '?' || byte === sent[index]),
        ).not.toContain(false)
      }),
      { numRuns: 500 },
    )
  })
})

function begun(sequence: number): TcpStream {
  const stream = new TcpStream()
  stream.begin(sequence)
  return stream
}

function part(sequence: number, payload: string): StreamPart {
  return { sequence, payload: Buffer.from(payload), missingBytes: 0, fin: false }
}

/** Text for bytes, a number for bytes that are missing, `end` for the end. */
function told(pieces: readonly StreamPiece[]): (string | number)[] {
  return pieces.map((piece) => {
    if (piece.type === 'bytes') return Buffer.from(piece.bytes).toString()
    return piece.type === 'gap' ? piece.length : piece.type
  })
}

function shortened(piece: string | number): number {
  return typeof piece === 'string' ? piece.length : piece
}

interface Delivery {
  readonly sent: string
  readonly parts: readonly StreamPart[]
}

/** A text in overlapping segments, in any order. */
function deliveries(): fc.Arbitrary<Delivery> {
  return fc
    .record({
      sent: fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom('a', 'b', 'c', 'd') }),
      cuts: fc.array(fc.nat(60), { maxLength: 8 }),
      overlaps: fc.array(fc.tuple(fc.nat(60), fc.nat(10)), { maxLength: 4 }),
    })
    .chain(({ sent, cuts, overlaps }) => {
      const borders = [0, ...cuts.filter((cut) => cut < sent.length), sent.length].toSorted(
        (one, other) => one - other,
      )
      const pieces = borders.slice(1).map((to, index) => [borders[index]!, to] as const)
      const again = overlaps.map(([from, length]) => [from, from + length] as const)
      const ranges = [...pieces, ...again.filter(([, to]) => to <= sent.length)]
      return fc.shuffledSubarray(ranges, { minLength: ranges.length }).map((mixed) => ({
        sent,
        parts: mixed.map(([from, to]) => part((0xffff_fff1 + from) >>> 0, sent.slice(from, to))),
      }))
    })
}
