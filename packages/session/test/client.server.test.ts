// A client's end and a server's end over bytes (§4.3, §4.4, §4.6): whatever is published by either,
// and wherever the connection is cut, each message arrives as often as its QoS promises.

import * as fc from 'fast-check'
import type { QoS } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { JoinedEnds } from './joined-ends.ts'
import type { Arrivals } from './joined-ends.ts'
import { VERSIONS } from './protocol.ts'

const END = fc.constantFrom('client', 'server')

const STEPS = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ publish: END, qos: fc.constantFrom(0, 1, 2) }) },
    { weight: 6, arbitrary: fc.record({ carry: END, bytes: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 4, arbitrary: fc.record({ settle: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ cut: fc.constant(true) }) },
  ),
  { maxLength: 80 },
)

describe.each(VERSIONS)('version %i', (version) => {
  it('publishes both ways, is cut, and goes on [MQTT-4.4.0-1]', () => {
    const ends = new JoinedEnds(version)
    for (const qos of [0, 1, 2] as const) {
      ends.publish('client', qos)
      ends.publish('server', qos)
    }
    ends.carry('server', Infinity)
    ends.connect()
    ends.finish()
    expect(ends.isUnfinished).toBe(false)
    expect(ends.atServer).toEqual({ 0: [1], 1: [3, 3], 2: [5] })
    expect(ends.atClient).toEqual({ 0: [], 1: [4], 2: [6] })
    expect(ends.acknowledged).toEqual([3, 5])
  })

  it('keeps the promise of each QoS wherever the connection is cut [MQTT-4.3.2-5] [MQTT-4.3.3-10] [MQTT-4.6.0-1]', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const ends = new JoinedEnds(version)
        const sent = { client: published(), server: published() }
        for (const step of steps) {
          if ('publish' in step) {
            sent[step.publish][step.qos].push(ends.publish(step.publish, step.qos))
          } else if ('carry' in step) ends.carry(step.carry, step.bytes)
          else if ('settle' in step) ends.settle(step.settle)
          else ends.connect()
        }
        ends.finish()
        expect(ends.isUnfinished).toBe(false)
        expectPromises(sent.client, ends.atServer)
        expectPromises(sent.server, ends.atClient)
        const answered = [...sent.client[1], ...sent.client[2]]
        expect(ends.acknowledged.toSorted(byNumber)).toEqual(answered.toSorted(byNumber))
      }),
      { numRuns: 300 },
    )
  })
})

function published(): Record<QoS, number[]> {
  return { 0: [], 1: [], 2: [] }
}

/** At most once, at least once, exactly once; and in order, resends aside. */
function expectPromises(sent: Arrivals, arrived: Arrivals): void {
  expect(sent[0].filter((number) => arrived[0].includes(number))).toEqual(arrived[0])
  expect([...new Set(arrived[1])]).toEqual(sent[1])
  expect(arrived[2]).toEqual(sent[2])
}

function byNumber(one: number, other: number): number {
  return one - other
}
