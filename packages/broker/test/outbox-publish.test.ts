// What is a receiver's own in the bytes that an outbox sends: the first byte, the Packet
// Identifier and the Message Expiry Interval of each PUBLISH, and acknowledgements.

import { Decoder, Publication, publishFirstByte } from '@godwit/codec'
import type { Packet, PublishLayout, QoS } from '@godwit/codec'
import { plainPacket } from '@godwit/codec/testing'
import { VirtualClock } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlabPool } from '../src/slab.ts'
import { Turn } from '../src/turn.ts'
import { openOutbox } from './noting-transport.ts'
import type { OutboxWorld } from './noting-transport.ts'
import { publish } from './peer.ts'

describe('a PUBLISH', () => {
  it('has the flags and the Packet Identifier of its receiver', () => {
    const { clock, outbox, transport } = openOutbox()
    const layout = layoutOf('topic', 'text')
    outbox.addPublish(layout, publishFirstByte(1, false, false), 1, -1)
    outbox.addPublish(layout, publishFirstByte(2, true, true), 65_535, -1)
    outbox.addPublish(layout, publishFirstByte(1, false, true), 256, -1)
    clock.settle()
    expect(packetsOf(transport.sent())).toEqual([
      publish('topic', 'text', { qos: 1, packetId: 1 }),
      publish('topic', 'text', { qos: 2, packetId: 65_535, retain: true, dup: true }),
      publish('topic', 'text', { qos: 1, packetId: 256, dup: true }),
    ])
  })

  it.each([0, 100, 480, 512, 600, 100_000])('of %i bytes leaves its layout as it is', (size) => {
    const { clock, outbox } = openOutbox()
    const layout = layoutOf('topic', 'x'.repeat(size), 60)
    const before = layout.bytes.slice()
    outbox.addPublish(layout, publishFirstByte(2, true, true), 65_535, 1)
    clock.settle()
    expect(layout.bytes).toEqual(before)
  })

  it.each([0, 1, 59, 256, 65_536, 0xffff_ffff])('expires in its own time: %i s', (seconds) => {
    const { clock, outbox, transport } = openOutbox()
    const layout = layoutOf('topic', 'text', 0xffff_ffff)
    outbox.addPublish(layout, publishFirstByte(1, false, false), 7, seconds)
    outbox.addPublish(layoutOf('topic', 'text', 60, 0), 0x30, 0, seconds)
    clock.settle()
    const properties = { messageExpiryInterval: seconds }
    expect(packetsOf(transport.sent())).toEqual([
      publish('topic', 'text', { qos: 1, packetId: 7, properties }),
      publish('topic', 'text', { properties }),
    ])
  })

  it('that does not expire is not given an expiry', () => {
    const { clock, outbox, transport } = openOutbox()
    outbox.addPublish(layoutOf('topic', 'text'), publishFirstByte(1, false, false), 7, 60)
    clock.settle()
    expect(packetsOf(transport.sent())).toEqual([publish('topic', 'text', { qos: 1, packetId: 7 })])
  })

  it('behind the announced end is left out', () => {
    const { clock, outbox, transport } = openOutbox()
    outbox.end()
    outbox.addPublish(layoutOf('topic', 'text'), publishFirstByte(1, false, false), 7, -1)
    outbox.addAcknowledgement('puback', 7)
    clock.settle()
    expect(transport.sent()).toEqual([])
  })
})

describe('an acknowledgement', () => {
  it('is four bytes, in the order of the calls', () => {
    const { clock, outbox, transport } = openOutbox()
    outbox.addAcknowledgement('puback', 1)
    outbox.addAcknowledgement('pubrec', 2)
    outbox.addPublish(layoutOf('topic', 'text', undefined, 0), 0x30, 0, -1)
    outbox.addAcknowledgement('pubrel', 0x1234)
    outbox.addAcknowledgement('pubcomp', 65_535)
    expect(outbox.bytes).toBe(4 * 4 + 14)
    clock.settle()
    expect(transport.writes).toHaveLength(1)
    const bytes = transport.sent()
    expect(bytes.slice(0, 8)).toEqual([0x40, 2, 0, 1, 0x50, 2, 0, 2])
    expect(bytes.slice(-8)).toEqual([0x62, 2, 0x12, 0x34, 0x70, 2, 0xff, 0xff])
  })
})

describe('any mixture for two receivers of the same layouts', () => {
  it('is what each of them would get alone', () => {
    fc.assert(
      fc.property(fc.array(steps(), { maxLength: 60 }), (sequence) => {
        const clock = new VirtualClock()
        const shared = { clock, slabs: new SlabPool(), turn: new Turn(clock, () => {}) }
        const ends = [openOutbox(1e6, shared), openOutbox(1e6, shared)]
        const wanted: Packet[][] = [[], []]
        for (const step of sequence) wanted[step.to]!.push(...carryOut(step, ends[step.to]!))
        ends.forEach(({ outbox, transport }, index) => {
          transport.drain()
          outbox.drained()
          clock.settle()
          expect(packetsOf(transport.sent())).toEqual(wanted[index])
        })
      }),
      { numRuns: 500 },
    )
  })
})

interface Step {
  readonly to: number
  readonly do: 'publish' | 'acknowledge' | 'flush' | 'congest'
  readonly at: number
  readonly qos: QoS
  readonly dup: boolean
  readonly packetId: number
  readonly secondsLeft: number
}

function steps(): fc.Arbitrary<Step> {
  return fc.record({
    to: fc.nat({ max: 1 }),
    do: fc.constantFrom('publish', 'publish', 'publish', 'acknowledge', 'flush', 'congest'),
    at: fc.nat({ max: SOURCES.length - 1 }),
    qos: fc.constantFrom<QoS>(0, 1, 2),
    dup: fc.boolean(),
    packetId: fc.integer({ min: 1, max: 65_535 }),
    secondsLeft: fc.oneof(fc.constant(-1), fc.nat({ max: 0xffff_ffff })),
  })
}

/** Carries a step out, and returns what the client should read for it. */
function carryOut(step: Step, { clock, outbox, transport }: OutboxWorld): readonly Packet[] {
  const { qos, secondsLeft } = step
  const packetId = qos === 0 ? 0 : step.packetId
  const dup = qos > 0 && step.dup
  if (step.do === 'acknowledge') {
    outbox.addAcknowledgement('pubrec', step.packetId)
    return [{ type: 'pubrec', packetId: step.packetId, reasonCode: 0 }]
  }
  if (step.do === 'publish') {
    const { text, expiry } = SOURCES[step.at]!
    const layout = LAYOUTS[qos === 0 ? 0 : 1][step.at]!
    outbox.addPublish(layout, publishFirstByte(qos, false, dup), packetId, secondsLeft)
    if (expiry === undefined) return [publish('topic', text, { qos, dup, packetId })]
    const messageExpiryInterval = secondsLeft < 0 ? expiry : secondsLeft
    return [publish('topic', text, { qos, dup, packetId, properties: { messageExpiryInterval } })]
  }
  if (step.do === 'flush') clock.settle()
  else transport.slow = true
  return []
}

const SOURCES = [0, 1, 60, 490, 505, 520, 3_000].flatMap((size) =>
  [undefined, 60].map((expiry) => ({ text: 'x'.repeat(size), expiry })),
)
const LAYOUTS = [0, 1].map((qos) =>
  SOURCES.map(({ text, expiry }) => layoutOf('topic', text, expiry, qos)),
) as [PublishLayout[], PublishLayout[]]

function layoutOf(topic: string, text: string, expiry?: number, qos = 1): PublishLayout {
  const properties = expiry === undefined ? {} : { messageExpiryInterval: expiry }
  return new Publication(publish(topic, text, { properties })).layout(5, qos > 0, undefined)
}

/** Decodes MQTT 5.0. */
function packetsOf(bytes: readonly number[]): readonly Packet[] {
  const decoder = new Decoder({ version: 5 })
  decoder.push(Uint8Array.from(bytes))
  const packets: Packet[] = []
  for (let packet; (packet = decoder.next()) !== undefined;) packets.push(plainPacket(packet))
  return packets
}
