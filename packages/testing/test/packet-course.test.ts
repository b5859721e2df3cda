// One direction of a line: what goes in comes out, but for what is lost.

import { encode } from '@godwit/codec'
import type { Packet } from '@godwit/codec'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PacketCourse } from '../src/packet-course.ts'
import type { Examine } from '../src/packet-course.ts'

const PACKETS: readonly Packet[] = [
  { type: 'connect', version: 5, clientId: 'lamp', cleanStart: true, keepAlive: 0 },
  publish(1, 'x'.repeat(200)),
  { type: 'pingreq' },
  publish(2, ''),
  { type: 'puback', packetId: 7, reasonCode: 0x10 },
]

/** The ends of these packets in the stream of bytes. */
const BYTES = PACKETS.map((packet) => encode(packet, 5))
const STREAM = concat(BYTES)

describe('take', () => {
  it('lets all pass, however the bytes are cut, and sees each packet once', () => {
    fc.assert(
      fc.property(cuts(), fc.boolean(), (sizes, whole) => {
        const { seen, out } = pass(sizes, () => whole)
        expect(seen).toEqual(PACKETS)
        expect(out).toEqual(STREAM)
      }),
    )
  })

  it('lets the beginning of a packet go ahead, unless it may have to be lost', () => {
    const [connect = STREAM] = BYTES
    const course = new PacketCourse(() => true)
    expect(course.take(connect.subarray(0, 5), false)).toEqual(connect.subarray(0, 5))
    expect(course.take(connect.subarray(5, 8), true)).toEqual(connect.subarray(5, 8))
    expect(course.take(connect.subarray(8), true)).toEqual(connect.subarray(8))
    expect(course.take(connect.subarray(0, 5), true)).toEqual(new Uint8Array())
    expect(course.take(connect.subarray(5), true)).toEqual(connect)
  })

  it('loses whole packets and no others, however the bytes are cut', () => {
    fc.assert(
      fc.property(cuts(), (sizes) => {
        const { out } = pass(
          sizes,
          () => true,
          ({ type }) => type !== 'publish',
        )
        expect(out).toEqual(concat(BYTES.filter((_, index) => PACKETS[index]?.type !== 'publish')))
      }),
    )
  })

  it('never cuts a packet in two, whenever it begins to hold them', () => {
    fc.assert(
      fc.property(cuts(), fc.infiniteStream(fc.boolean()), (sizes, wholes) => {
        const { seen, out } = pass(
          sizes,
          () => wholes.next().value ?? true,
          ({ type }) => type !== 'publish',
        )
        expect(seen).toEqual(PACKETS)
        const left: Packet[] = []
        const reader = new PacketCourse((packet) => left.push(packet) > 0)
        reader.take(out, false)
        expect(left.filter(({ type }) => type !== 'publish')).toEqual(
          PACKETS.filter(({ type }) => type !== 'publish'),
        )
      }),
    )
  })

  it('lets pass what is no MQTT, with what came before it', () => {
    const seen: string[] = []
    const course = new PacketCourse(({ type }) => seen.push(type) > 0)
    const [connect = STREAM] = BYTES
    const bytes = concat([connect, new Uint8Array([0, 1, 2]), connect])
    expect(course.take(bytes, true)).toEqual(bytes)
    expect(course.take(bytes, true)).toEqual(bytes)
    expect(seen).toEqual(['connect'])
  })

  it('does not hide what whoever looks at a packet throws', () => {
    const course = new PacketCourse(() => {
      throw new Error('a test')
    })
    expect(() => course.take(STREAM, true)).toThrow('a test')
  })
})

/** Sizes of chunks. */
function cuts(): fc.Arbitrary<readonly number[]> {
  return fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 20 })
}

function pass(
  sizes: readonly number[],
  whole: () => boolean,
  examine: Examine = () => true,
): { seen: readonly Packet[]; out: Uint8Array } {
  const seen: Packet[] = []
  const course = new PacketCourse((packet) => {
    seen.push(packet)
    return examine(packet)
  })
  const out: Uint8Array[] = []
  let from = 0
  for (const size of [...sizes, STREAM.length]) {
    if (from < STREAM.length) out.push(course.take(STREAM.subarray(from, from + size), whole()))
    from += size
  }
  return { seen, out: concat(out) }
}

function publish(packetId: number, text: string): Packet {
  const payload = new TextEncoder().encode(text)
  return { type: 'publish', topic: 'a', qos: 1, dup: false, retain: false, packetId, payload }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]))
}
