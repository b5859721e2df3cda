// The outbox by itself, over a transport that notes what it is given.

import { publishFirstByte } from '@godwit/codec'
import type { PublishLayout } from '@godwit/codec'
import { VirtualClock } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlabPool } from '../src/slab.ts'
import { Turn } from '../src/turn.ts'
import { framesOf, openOutbox } from './noting-transport.ts'
import type { OutboxWorld } from './noting-transport.ts'

describe('one turn', () => {
  it('is one write, whatever was added', () => {
    const { clock, outbox, transport } = openOutbox()
    const frames = framesOf(['a', 'b'.repeat(2_000), 'c', 'd'.repeat(600), 'e'])
    for (const frame of frames) {
      outbox.addPublish(frame, frame.bytes[frame.start]!, 0, -1)
      outbox.addPublish(frame, 0x31, 0, -1)
      outbox.add(Uint8Array.of(0xd0, 0))
    }
    expect(transport.writes).toEqual([])
    clock.settle()
    expect(transport.writes).toHaveLength(1)
  })

  it('of a long burst from one chunk is one piece, by reference', () => {
    const { clock, outbox, transport } = openOutbox()
    const frames = framesOf(Array.from({ length: 1_000 }, (_, index) => `message ${index}`))
    for (const frame of frames) outbox.addPublish(frame, 0x30, 0, -1)
    clock.settle()
    expect(transport.writes).toHaveLength(1)
    expect(transport.writes[0]).toHaveLength(1)
    expect(transport.writes[0]?.[0]?.buffer).toBe(frames[0]?.bytes.buffer)
  })

  it('that grows large is not waited for', () => {
    const { outbox, transport } = openOutbox()
    const [frame] = framesOf(['x'.repeat(100_000)])
    for (let count = 0; count < 2; count++) outbox.addPublish(frame!, 0x31, 0, -1)
    expect(transport.writes).toEqual([])
    outbox.addPublish(frame!, 0x31, 0, -1)
    expect(transport.sent()).toHaveLength(3 * frame!.length)
  })

  it('without anything to say is no write', () => {
    const { clock, transport } = openOutbox()
    clock.settle()
    expect(transport.writes).toEqual([])
  })
})

describe('the end', () => {
  it('closes the transport behind what waits, and nothing follows [MQTT-3.14.4-1]', () => {
    const { clock, outbox, transport } = openOutbox()
    outbox.add(Uint8Array.of(1))
    outbox.end()
    outbox.add(Uint8Array.of(2))
    outbox.addPublish(framesOf(['x'])[0]!, 0x30, 0, -1)
    clock.settle()
    expect(transport.sent()).toEqual([1])
    expect(transport.ended).toBe('closed')
  })

  it('also sends what waited for a slow client', () => {
    const { clock, outbox, transport } = openOutbox()
    transport.slow = true
    outbox.add(Uint8Array.of(1))
    clock.settle()
    outbox.add(Uint8Array.of(2))
    clock.settle()
    expect(transport.sent()).toEqual([1])
    outbox.end()
    clock.settle()
    expect(transport.sent()).toEqual([1, 2])
  })

  it('passes over a drain that comes late', () => {
    const { clock, outbox, transport } = openOutbox()
    transport.slow = true
    outbox.add(Uint8Array.of(1))
    outbox.end()
    clock.settle()
    outbox.drained()
    expect(transport.writes).toHaveLength(1)
  })

  it('comes for a transport that throws, and the fault is reported', () => {
    const { clock, outbox, transport, faults } = openOutbox()
    transport.broken = true
    outbox.add(Uint8Array.of(1))
    clock.settle()
    expect(transport.ended).toBe('destroyed')
    expect(faults.map(String)).toEqual(['Error: broken'])
  })
})

describe('a slow client', () => {
  it('has room for so many bytes and no more', () => {
    const { clock, outbox, transport } = openOutbox(1_000)
    expect(outbox.hasRoom(5_000)).toBe(true)
    transport.slow = true
    outbox.add(new Uint8Array(600))
    clock.settle()
    expect(outbox.bytes).toBe(600)
    expect(outbox.hasRoom(400)).toBe(true)
    expect(outbox.hasRoom(401)).toBe(false)
    expect(outbox.overflowing).toBe(false)
    outbox.add(new Uint8Array(1_401))
    expect(outbox.overflowing).toBe(true)
    transport.drain()
    outbox.drained()
    expect(outbox.hasRoom(5_000)).toBe(true)
  })

  it('is sent its backlog in portions, so that a slow link is seen to make progress', () => {
    const { clock, outbox, transport } = openOutbox()
    transport.slow = true
    const packets = Array.from({ length: 4 }, (_, index) => new Uint8Array(90_000).fill(index))
    for (const packet of packets) {
      outbox.add(packet)
      clock.settle()
    }
    for (let portion = 0; portion < 3; portion++) {
      clock.advance(20_000)
      transport.bufferedBytes = 0
      outbox.drained()
      expect(outbox.stalledSince(clock.now())).toBe(clock.now())
    }
    const sizes = transport.writes.map((pieces) =>
      pieces.reduce((sum, { length }) => sum + length, 0),
    )
    expect(sizes).toEqual([90_000, 131_072, 131_072, 7_856])
    expect(Buffer.from(transport.sent()).equals(Buffer.concat(packets))).toBe(true)
  })

  it('is stalled since it took its last bytes', () => {
    const { clock, outbox, transport, congestions } = openOutbox()
    expect(outbox.stalledSince(0)).toBe(Infinity)
    clock.advance(1_000)
    transport.slow = true
    outbox.add(new Uint8Array(600))
    clock.settle()
    expect(congestions).toEqual(['congested'])
    expect(outbox.stalledSince(2_000)).toBe(1_000)
    transport.bufferedBytes -= 1
    expect(outbox.stalledSince(3_000)).toBe(3_000)
    expect(outbox.stalledSince(4_000)).toBe(3_000)
  })

  it.each([1, 100, 511, 512, 2_000, 20_000])(
    'keeps no more memory alive than twice its bytes, in messages of %i bytes',
    (size) => {
      const { clock, outbox, transport } = openOutbox(200_000)
      transport.slow = true
      transport.takesFirst = 30_000
      for (let turn = 0; turn < 100; turn++) {
        // One message for this client, in a chunk that is full of messages for others.
        const [frame] = framesOf(['x'.repeat(size), 'y'.repeat(60_000)])
        outbox.addPublish(frame!, turn % 2 === 0 ? 0x30 : 0x31, 0, -1)
        clock.settle()
      }
      transport.drain()
      outbox.drained()
      const pieces = transport.writes.slice(1).flat()
      const held = new Set(pieces.map(({ buffer }) => buffer))
      const memory = [...held].reduce((sum, { byteLength }) => sum + byteLength, 0)
      const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
      expect(bytes).toBeGreaterThan(50 * size)
      expect(memory).toBeLessThanOrEqual(2 * bytes + 100 * 256)
    },
  )
})

describe('any sequence of additions', () => {
  it('leaves as the same bytes in the same order', () => {
    fc.assert(
      fc.property(fc.array(steps(), { maxLength: 60 }), (sequence) => {
        const world = openOutbox()
        const { clock, outbox, transport, wanted } = world
        for (const step of sequence) carryOut(step, world)
        transport.drain()
        outbox.drained()
        clock.settle()
        expect(Buffer.from(transport.sent()).equals(Buffer.from(wanted))).toBe(true)
        expect(outbox.bytes).toBe(transport.bufferedBytes)
      }),
      { numRuns: 300 },
    )
  })

  it('for two clients that share slabs and chunks never mixes their bytes', () => {
    const both = fc.array(fc.tuple(fc.nat({ max: 1 }), steps()), { maxLength: 80 })
    fc.assert(
      fc.property(both, (sequence) => {
        const clock = new VirtualClock()
        const shared = { clock, slabs: new SlabPool(), turn: new Turn(clock, () => {}) }
        const ends = [openOutbox(1e6, shared), openOutbox(1e6, shared)]
        for (const [index, step] of sequence) carryOut(step, ends[index]!)
        for (const { outbox, transport } of ends) {
          transport.drain()
          outbox.drained()
        }
        clock.settle()
        for (const { transport, wanted } of ends) {
          expect(Buffer.from(transport.sent()).equals(Buffer.from(wanted))).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })
})

type Step =
  | { readonly do: 'add'; readonly size: number }
  | { readonly do: 'publish'; readonly at: number; readonly firstByte: number }
  | { readonly do: 'flush' | 'congest' | 'drain' }

function steps(): fc.Arbitrary<Step> {
  const size = fc.oneof(fc.nat({ max: 40 }), fc.constantFrom(511, 512, 513, 40_000))
  const firstByte = fc.constantFrom(0x30, 0x31, publishFirstByte(1, false, false))
  const at = fc.nat({ max: CHUNK.length - 1 })
  return fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constant('add' as const), size }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('publish' as const), at, firstByte }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('flush', 'congest', 'drain') }) },
  )
}

function carryOut(step: Step, { clock, outbox, transport, wanted }: OutboxWorld): void {
  switch (step.do) {
    case 'add': {
      const packet = new Uint8Array(step.size).fill(wanted.length)
      outbox.add(packet)
      wanted.push(...packet)
      break
    }
    case 'publish': {
      const layout = CHUNK[step.at]!
      outbox.addPublish(layout, step.firstByte, 0, -1)
      const { bytes, start, length } = layout
      wanted.push(step.firstByte, ...bytes.subarray(start + 1, start + length))
      break
    }
    case 'flush':
      clock.settle()
      break
    case 'congest':
      transport.slow = true
      break
    case 'drain':
      transport.drain()
      outbox.drained()
      break
  }
}

const SIZES = [0, 1, 5, 60, 200, 505, 507, 520, 3, 0, 7, 2_000, 40, 40_000, 9]
const CHUNK: readonly PublishLayout[] = framesOf(SIZES.map((size) => 'x'.repeat(size)))
