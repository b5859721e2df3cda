// Capture files of both formats, in either byte order, of every link type, whole and damaged.

import { describe, expect, it } from 'vitest'
import { ByteSource } from '../../src/capture/byte-source.ts'
import { isCapture, readSegments } from '../../src/capture/capture-file.ts'
import type { CaptureCounts } from '../../src/capture/capture-file.ts'
import { segmentOf } from '../../src/capture/tcp-segment.ts'
import type { TcpSegment } from '../../src/capture/tcp-segment.ts'
import { chunksOf, frames, ipv4Bytes, ipv6Bytes, LINKS, pcapFile, pcapngFile } from './frames.ts'
import type { Link, SegmentPlan } from './frames.ts'

const SEGMENTS: readonly SegmentPlan[] = [
  { sequence: 100, flags: 'S' },
  { sequence: 101, acknowledgement: 7, payload: 'one' },
  { sequence: 104, acknowledgement: 7, payload: 'two', flags: 'F' },
]
const EXPECTED = [
  { sequence: 100, syn: true, fin: false, payload: '' },
  { sequence: 101, syn: false, fin: false, payload: 'one' },
  { sequence: 104, syn: false, fin: true, payload: 'two' },
]

describe('a capture', () => {
  const files: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['pcap', pcapFile(frames(SEGMENTS))],
    ['pcap of the other byte order', pcapFile(frames(SEGMENTS), { littleEndian: false })],
    ['pcap with nanoseconds', pcapFile(frames(SEGMENTS), { nanoseconds: true })],
    ['pcapng', pcapngFile(frames(SEGMENTS))],
    ['pcapng of the other byte order', pcapngFile(frames(SEGMENTS), { littleEndian: false })],
  ]

  it.each(files)('is read from %s, however its bytes are cut', async (_, file) => {
    expect(isCapture(file)).toBe(true)
    for (const size of [1, 7, 64, 100_000]) {
      const { segments } = await read(file, size)
      expect(segments.map(plain)).toEqual(EXPECTED)
      expect(segments.map(({ timeMs }) => timeMs - 1_700_000_000_000)).toEqual([0, 1, 2])
    }
  })

  it('may have several sections, each with a byte order and interfaces of its own', async () => {
    const cooked = frames(SEGMENTS.slice(2), 'cooked')
    const file = Buffer.concat([
      pcapngFile(frames(SEGMENTS.slice(0, 2))),
      pcapngFile(cooked, { littleEndian: false, linkType: 113 }),
    ])
    const { segments } = await read(file)
    expect(segments.map(plain)).toEqual(EXPECTED)
  })

  it('is none without its magic number', () => {
    expect(isCapture(Buffer.from('c000d000', 'hex'))).toBe(false)
    expect(isCapture(Buffer.alloc(0))).toBe(false)
  })

  it.each([
    ['pcap', pcapFile(frames(SEGMENTS)), 'The capture ends in the middle of frame 3'],
    ['pcapng', pcapngFile(frames(SEGMENTS)), 'The capture ends in the middle of block 6'],
  ])(
    'that is cut off gives what is whole, and says where it ends: %s',
    async (_, file, message) => {
      const { segments, failure } = await read(file.subarray(0, file.length - 5))
      expect(segments).toHaveLength(2)
      expect(failure).toBe(message)
    },
  )

  it('with a length that no frame has is given up, and nothing is reserved for it', async () => {
    const file = pcapFile(frames(SEGMENTS))
    file.writeUInt32LE(0x7fff_ffff, 24 + 8)
    expect((await read(file)).failure).toBe(
      'Frame 1 of the capture claims 2147483647 bytes, more than 262144',
    )
    const blocks = pcapngFile(frames(SEGMENTS))
    blocks.writeUInt32LE(0xffff_fffc, 28 + 4)
    expect((await read(blocks)).failure).toBe('Block 2 of the capture claims 4294967292 bytes')
  })

  it('counts what is no TCP, and says which link types it cannot read', async () => {
    const { counts } = await read(pcapFile(frames(SEGMENTS), { linkType: 147 }))
    expect(counts).toEqual({ frames: 3, otherFrames: 3, unknownLinkTypes: new Set([147]) })
  })
})

describe('a frame', () => {
  it.each(Object.keys(LINKS) as Link[])('of the link type %s has its segment', (link) => {
    const { linkType, wrap } = LINKS[link]
    const segment = segmentOf({ timeMs: 5, linkType, bytes: wrap(ipv4Bytes({ payload: 'hi' })) })
    expect(segment).toMatchObject({
      timeMs: 5,
      from: { host: '10.0.0.1', port: 50_000 },
      to: { host: '10.0.0.2', port: 1883 },
      missingBytes: 0,
    })
    expect(text(segment!)).toBe('hi')
  })

  it('of IPv6 has its segment behind extension headers', () => {
    const bytes = ipv6Bytes({ payload: 'hi' })
    const segment = segmentOf({ timeMs: 0, linkType: 101, bytes })
    expect(segment?.from.host).toBe('[::1]')
    expect(text(segment!)).toBe('hi')
  })

  it('that was not captured whole says how many bytes it lacks', () => {
    const bytes = ipv4Bytes({ payload: 'hidden' }).subarray(0, -4)
    const segment = segmentOf({ timeMs: 0, linkType: 101, bytes })
    expect(text(segment!)).toBe('hi')
    expect(segment!.missingBytes).toBe(4)
  })

  it('whose length the network card was to fill in has all that is there', () => {
    const bytes = ipv4Bytes({ payload: 'long' }, { 2: 0, 3: 0 })
    expect(text(segmentOf({ timeMs: 0, linkType: 101, bytes })!)).toBe('long')
  })

  it.each([
    ['UDP', ipv4Bytes({}, { 9: 17 })],
    ['a fragment', ipv4Bytes({}, { 6: 0x20 })],
    ['a header that is too short', ipv4Bytes({}, { 0: 0x44 })],
    ['a TCP header beyond its packet', ipv4Bytes({}, { 3: 30 })],
    ['ARP', Buffer.from([0x00, 0x01])],
    ['nothing', Buffer.alloc(0)],
  ])('with %s has none', (_, bytes) => {
    expect(segmentOf({ timeMs: 0, linkType: 101, bytes })).toBeUndefined()
  })
})

interface Reading {
  readonly segments: readonly TcpSegment[]
  readonly counts: CaptureCounts
  readonly failure: string | undefined
}

async function read(file: Buffer, chunkSize = 100_000): Promise<Reading> {
  const counts: CaptureCounts = { frames: 0, otherFrames: 0, unknownLinkTypes: new Set() }
  const segments: TcpSegment[] = []
  let failure: string | undefined
  try {
    const source = new ByteSource(chunksOf(file, chunkSize))
    for await (const segment of readSegments(source, counts)) segments.push(segment)
  } catch (error) {
    failure = error instanceof Error && error.name === 'CaptureError' ? error.message : 'a bug'
  }
  return { segments, counts, failure }
}

function plain(segment: TcpSegment): object {
  const { sequence, syn, fin } = segment
  return { sequence, syn, fin, payload: text(segment) }
}

function text({ payload }: TcpSegment): string {
  return Buffer.from(payload).toString()
}
