// Overload: what is given up in which order when the event loop is late or memory runs short, and
// how the broker comes back. The loop is late where ticks come further apart than they should.

import { VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { Chores } from '../src/chores.ts'
import { Overload } from '../src/overload.ts'
import { Turn } from '../src/turn.ts'
import { connect, openWorld, PINGREQ, PINGRESP, publish, subscribe } from './peer.ts'

describe('a late event loop', () => {
  it('is an overload after two seconds, which grows, and goes as slowly as it came', () => {
    const { clock, levels } = watched()
    clock.lateMs = 250
    clock.advanceBy(1900)
    expect(levels).toEqual([])
    clock.advanceBy(600)
    expect(levels).toEqual([1])
    clock.advanceBy(2500)
    expect(levels).toEqual([1, 2])
    clock.advanceBy(10_000)
    expect(levels).toEqual([1, 2, 3])
    clock.lateMs = 50
    clock.advanceBy(1900)
    expect(levels).toEqual([1, 2, 3])
    clock.advanceBy(7000)
    expect(levels).toEqual([1, 2, 3, 2, 1, 0])
  })

  it('is none where it is late now and then, however late', () => {
    const { clock, levels } = watched()
    for (let round = 0; round < 10; round++) {
      clock.lateMs = 5000
      clock.advanceBy(5000)
      clock.lateMs = 0
      clock.advanceBy(2000)
    }
    expect(levels).toEqual([])
  })

  it('stays what it is while it is neither late nor in time', () => {
    const { clock, levels } = watched()
    clock.lateMs = 250
    clock.advanceBy(2500)
    clock.lateMs = 150
    clock.advanceBy(60_000)
    expect(levels).toEqual([1])
  })
})

describe('memory that runs short', () => {
  it('is an overload at once, by its share, with some hysteresis', () => {
    const { clock, levels, memory } = watched()
    for (const share of [0.84, 0.86, 0.81, 0.79, 0.91, 0.86, 0.84, 2, 0.91, 0.89, 0]) {
      memory.share = share
      clock.advanceBy(500)
    }
    expect(levels).toEqual([1, 0, 2, 1, 3, 2, 0])
  })
})

describe('a broker that is overloaded', () => {
  it('drops QoS 0 at level 1, and counts it', async () => {
    const { clock, world, level } = await overloaded(1)
    const [subscriber, publisher] = [world.client('s'), world.client('p')]
    subscriber.send(subscribe({ filter: 'a', qos: 1 }))
    subscriber.take()
    publisher.send(publish('a', 'lost'), publish('a', 'kept', { qos: 1, packetId: 1 }))
    expect(subscriber.takeTexts()).toEqual(['kept'])
    expect(world.broker.stats()).toMatchObject({
      overloadLevel: 1,
      messagesIn: 2,
      messagesDropped: { overload: 1 },
    })
    world.broker.publish({ topic: 'a', payload: new Uint8Array([0x78]) })
    expect(subscriber.takeTexts()).toEqual(['x'])
    await level(0)
    publisher.send(publish('a', 'back'))
    expect(subscriber.takeTexts()).toEqual(['back'])
    expect(world.seen.filter((line) => line.startsWith('overload'))).toEqual([
      'overload 1',
      'overload 0',
    ])
    expect(clock.now()).toBeGreaterThan(0)
  })

  it('does not read who publishes at level 2, for a second each time', async () => {
    const { world, level } = await overloaded(0)
    const [publisher, reader] = [world.client('p'), world.client('r')]
    publisher.send(publish('a', '1', { qos: 1, packetId: 1 }))
    publisher.take()
    await level(2)
    publisher.send(publish('a', '2', { qos: 1, packetId: 2 }), PINGREQ)
    reader.send(PINGREQ)
    expect([publisher.take(), reader.take()]).toEqual([[], [PINGRESP]])
    world.clock.advance(900)
    expect(publisher.take()).toEqual([])
    world.clock.advance(200)
    expect(publisher.take()).toMatchObject([{ type: 'puback', packetId: 2 }, PINGRESP])
    publisher.send(publish('a', '3', { qos: 1, packetId: 3 }))
    expect(publisher.take()).toEqual([])
    await level(0)
    expect(publisher.take()).toMatchObject([{ type: 'puback', packetId: 3 }])
  })

  it('lets those go on in slices who were not read', async () => {
    const { world, level } = await overloaded(0)
    const publishers = Array.from({ length: 500 }, (_, index) => world.client(`${index}`))
    const message = publish('a', 'x', { qos: 1, packetId: 1 })
    for (const publisher of publishers) publisher.send(message)
    for (const publisher of publishers) publisher.take()
    await level(2)
    for (const publisher of publishers) publisher.send(message)
    publishers[0]?.transport.cut()
    await level(0)
    const acknowledged = publishers.filter((publisher) => publisher.take().length === 1)
    expect(acknowledged).toHaveLength(499)
  })

  it('refuses CONNECT at level 3, and keeps who is there', async () => {
    const { world, level } = await overloaded(0)
    const inside = world.client('in')
    await level(3)
    const [outside, old] = [world.dial(5), world.dial(4)]
    outside.send(connect({ clientId: 'out' }))
    old.send(connect({ clientId: 'old', version: 4 }))
    expect(outside.take()).toMatchObject([{ type: 'connack', reasonCode: 0x89 }])
    expect(old.take()).toMatchObject([{ type: 'connack', reasonCode: 0x88 }])
    inside.send(PINGREQ)
    expect(inside.take()).toEqual([PINGRESP])
    await level(0)
    expect(world.client('out').closed).toBeUndefined()
  })

  it('closes, though some are not read', async () => {
    const { world, level } = await overloaded(0)
    const publisher = world.client('p')
    publisher.send(publish('a'))
    await level(2)
    publisher.send(publish('a'))
    const closed = world.broker.close()
    await world.clock.settled()
    await closed
    expect(publisher.closed).toBe('in order')
  })
})

/** A clock on which a loop is late as a test says. */
class LateClock extends VirtualClock {
  /** How much later than due each tick comes. */
  lateMs = 0
  #lostMs = 0

  override now(): number {
    return super.now() + this.#lostMs
  }

  /** Until so much time has gone by as `now` tells it. */
  advanceBy(ms: number): void {
    const until = this.now() + ms
    while (this.now() < until) {
      this.#lostMs += this.lateMs
      this.advance(50)
    }
  }
}

function watched(): {
  clock: LateClock
  levels: number[]
  memory: { share: number }
} {
  const clock = new LateClock()
  const levels: number[] = []
  const memory = { share: 0 }
  const fault = (error: unknown): void => {
    throw error
  }
  const chores = new Chores(clock, new Turn(clock, fault), { sliceItemsMax: 10, sliceMs: 2 }, fault)
  const overload = new Overload(clock, chores, {
    lagMsMax: () => 200,
    memoryShare: () => memory.share,
    changed: (level) => void levels.push(level),
  })
  expect(overload.level).toBe(0)
  return { clock, levels, memory }
}

/**
 * A broker that is brought to a level by what it retains: its memory limit is 100,000 bytes, and a
 * message of this size is a share of that.
 */
async function overloaded(first: number) {
  const memoryBytesMax = 1_000_000
  const world = await openWorld({ memoryBytesMax, systemTopicsEveryMs: 0 })
  const level = async (wanted: number): Promise<void> => {
    const bytes = [0, 870_000, 920_000, 970_000][wanted] ?? 0
    world.broker.publish({ topic: 'ballast', payload: new Uint8Array(bytes), retain: true })
    world.clock.advance(1050)
    await world.clock.settled()
    expect(world.broker.stats().overloadLevel).toBe(wanted)
  }
  await level(first)
  return { world, clock: world.clock, level }
}
