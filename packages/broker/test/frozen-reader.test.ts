// A client that stops reading never slows a publisher or another subscriber, and costs bounded
// memory: its messages of QoS 0 are dropped and counted, and in time its connection is closed.

import { describe, expect, it } from 'vitest'
import { openWorld, PINGREQ, publish, subscribe } from './peer.ts'
import type { Peer, World } from './peer.ts'

const LIMITS = { outboxBytesMax: 100_000 }
const TURN_BYTES = 10 * 1_050
const TEXT = 'x'.repeat(1_000)

describe('a subscriber that reads nothing', () => {
  it('keeps nothing from another, and the publisher is never paused', async () => {
    const { publisher, healthy } = await withFrozen()
    for (let turn = 0; turn < 100; turn++) {
      publisher.send(...tenMessages(turn))
      expect(publisher.transport.bufferedBytes).toBe(0)
      expect(healthy.takeTexts()).toHaveLength(10)
    }
  })

  it('has its messages dropped and counted, and the observer is told once', async () => {
    const { publisher, broker, seen, frozen } = await withFrozen()
    for (let turn = 0; turn < 100; turn++) publisher.send(...tenMessages(turn))
    const { messagesIn, messagesOut, messagesDropped } = broker.stats()
    const dropped = messagesDropped['slow-receiver']
    expect(messagesIn).toBe(1_000)
    expect(dropped).toBeGreaterThan(700)
    expect(messagesOut).toBe(2_000 - dropped)
    expect(seen.filter((line) => line.startsWith('dropped'))).toEqual([
      'dropped frozen slow-receiver',
    ])
    frozen.transport.thaw()
    expect(frozen.takeTexts()).toHaveLength(1_000 - dropped)
  })

  it('has no more waiting for it than outboxBytesMax and one turn', async () => {
    const { publisher, frozen } = await withFrozen()
    for (let turn = 0; turn < 300; turn++) publisher.send(...tenMessages(turn))
    frozen.transport.thaw()
    const bytes = frozen.takeTexts().reduce((sum, text) => sum + text.length, 0)
    expect(bytes).toBeGreaterThan(0.9 * LIMITS.outboxBytesMax)
    expect(bytes).toBeLessThanOrEqual(LIMITS.outboxBytesMax + TURN_BYTES)
  })
})

describe('a subscriber that reads again', () => {
  it('gets what was kept, in order, and everything that comes later', async () => {
    const { publisher, frozen } = await withFrozen()
    for (let turn = 0; turn < 100; turn++) publisher.send(...tenMessages(turn))
    frozen.transport.thaw()
    const kept = frozen.takeTexts().map((text) => Number.parseInt(text, 10))
    expect(kept).toEqual(kept.map((_, index) => index))
    publisher.send(...tenMessages(100))
    const later = frozen.takeTexts().map((text) => Number.parseInt(text, 10))
    expect(later).toEqual([1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009])
  })

  it('and stops again has the second row of drops told anew', async () => {
    const { publisher, frozen, seen } = await withFrozen()
    for (let turn = 0; turn < 30; turn++) publisher.send(...tenMessages(turn))
    frozen.transport.thaw()
    frozen.take()
    publisher.send(publish('a', 'between'))
    frozen.transport.freeze()
    for (let turn = 0; turn < 30; turn++) publisher.send(...tenMessages(turn))
    expect(seen.filter((line) => line.startsWith('dropped'))).toHaveLength(2)
  })
})

describe('a subscriber that has taken nothing for 30 s', () => {
  it('is closed, and told 0x97 behind what was kept', async () => {
    const { publisher, frozen, clock, seen, broker } = await withFrozen()
    for (let turn = 0; turn < 100; turn++) publisher.send(...tenMessages(turn))
    clock.advance(29_900)
    expect(seen.join()).not.toContain('disconnected')
    clock.advance(500)
    expect(seen.at(-1)).toBe('disconnected frozen 0x97')
    frozen.transport.thaw()
    expect(frozen.take().at(-1)).toMatchObject({ type: 'disconnect', reasonCode: 0x97 })
    expect(frozen.closed).toBe('in order')
    expect(broker.stats()).toMatchObject({ connections: 2, sessions: 2 })
  })

  it('is cut off if it does not even take that', async () => {
    const { publisher, frozen, clock, broker } = await withFrozen()
    for (let turn = 0; turn < 100; turn++) publisher.send(...tenMessages(turn))
    clock.advance(30_400 + 5_000)
    expect(frozen.closed).toBe('in order')
    expect(frozen.take()).toEqual([])
    expect(broker.stats()).toMatchObject({ connections: 2, subscriptions: 1 })
  })

  it('is another than one that takes a little from time to time, which stays', async () => {
    const { publisher, frozen, clock } = await withFrozen({ highWaterMarkBytes: 1_000 })
    for (let round = 0; round < 10; round++) {
      publisher.send(...tenMessages(round))
      clock.advance(20_000)
      frozen.transport.thaw()
      frozen.take()
      frozen.transport.freeze()
    }
    expect(frozen.closed).toBeUndefined()
  })
})

describe('a client that asks and does not read', () => {
  it.each([4, 5] as const)('is closed when too much waits, version %i', async (version) => {
    const { client, clock, seen, broker } = await openWorld({ limits: LIMITS })
    const peer = client('asker', { version })
    peer.transport.freeze()
    let asked = 0
    for (; peer.closed === undefined && asked < 100; asked++) {
      peer.send(...Array.from({ length: 5_000 }, () => PINGREQ))
    }
    expect(asked * 10_000).toBeLessThanOrEqual(2 * LIMITS.outboxBytesMax + 80_000)
    clock.settle()
    expect(peer.closed).toBe('in order')
    expect(seen).toEqual([`connected asker v${version}`, 'disconnected asker 0x97'])
    expect(broker.stats()).toMatchObject({ connections: 0, sessions: 0 })
  })
})

describe('a client that publishes and does not read its acknowledgements', () => {
  it.each([4, 5] as const)('is closed when too much waits, version %i', async (version) => {
    const { client, seen, broker } = await openWorld({ limits: LIMITS })
    const peer = client('publisher', { version })
    peer.transport.freeze()
    let sent = 0
    for (; peer.closed === undefined && sent < 500_000; sent += 5_000) {
      peer.send(
        ...Array.from({ length: 5_000 }, (_, index) =>
          publish('a', '', { qos: 1, packetId: index + 1 }),
        ),
      )
    }
    expect(sent).toBeLessThan(200_000)
    expect(seen.at(-1)).toBe('disconnected publisher 0x97')
    expect(broker.stats().connections).toBe(0)
  })
})

function tenMessages(turn: number): ReturnType<typeof publish>[] {
  return Array.from({ length: 10 }, (_, index) => publish('a', `${10 * turn + index} ${TEXT}`))
}

/** A publisher, a subscriber that reads, and one that has stopped to. */
async function withFrozen(
  options: { highWaterMarkBytes?: number } = {},
): Promise<World & { publisher: Peer; healthy: Peer; frozen: Peer }> {
  const world = await openWorld({ limits: LIMITS })
  const publisher = world.client('publisher')
  const healthy = world.client('healthy')
  const frozen = world.dial(5, { highWaterMarkBytes: 32_768, ...options })
  frozen.send({ type: 'connect', version: 5, clientId: 'frozen', cleanStart: true, keepAlive: 0 })
  for (const peer of [healthy, frozen]) {
    peer.send(subscribe('a'))
    peer.take()
  }
  frozen.transport.freeze()
  return { ...world, publisher, healthy, frozen }
}
