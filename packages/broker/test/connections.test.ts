// How many connections there may be, and how fast they may come.

import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { Broker } from '../src/index.ts'
import { connect, openWorld, Peer, publish, subscribe } from './peer.ts'
import type { World } from './peer.ts'

describe('connectionsMax', () => {
  it('lets so many in, and tells a few more that there is no place', async () => {
    const world = await openWorld({ limits: { connectionsMax: 2 } })
    const first = world.client('a')
    const silent = world.dial()
    const over = world.dial()
    over.send(connect({ clientId: 'c' }))
    expect(over.take()).toMatchObject([{ type: 'connack', reasonCode: 0x88 }])
    expect(over.closed).toBe('in order')
    expect([first.closed, silent.closed]).toEqual([undefined, undefined])
    silent.send(connect({ clientId: 'b' }))
    expect(silent.take()).toMatchObject([{ reasonCode: 0 }])
    first.transport.cut()
    expect(world.client('d').closed).toBeUndefined()
    expect(world.broker.stats()).toMatchObject({
      connections: 2,
      clients: 2,
      connectionsAccepted: 4,
      connectionsRefused: { [0x88]: 1 },
    })
  })

  it('closes who comes beyond those few', async () => {
    const world = await openWorld({ limits: { connectionsMax: 1 } })
    const silent = Array.from({ length: 70 }, () => world.dial())
    world.clock.settle()
    expect(silent.filter(({ closed }) => closed === 'in order')).toHaveLength(5)
    expect(world.broker.stats()).toMatchObject({ connections: 65, connectionsTurnedAway: 5 })
    world.clock.advance(10_100)
    expect(world.broker.stats().connections).toBe(0)
  })

  it('can be changed', async () => {
    const world = await openWorld({ limits: { connectionsMax: 1 } })
    world.client('a')
    world.broker.limit({ connectionsMax: 2 })
    const [second, third] = [world.dial(), world.dial()]
    second.send(connect({ clientId: 'b' }))
    third.send(connect({ clientId: 'c' }))
    expect([second.take(), third.take()]).toMatchObject([
      [{ reasonCode: 0 }],
      [{ reasonCode: 0x88 }],
    ])
  })

  it('of a listener is its own', async () => {
    const clock = new VirtualClock()
    const [small, large] = [new MemoryListener(clock), new MemoryListener(clock)]
    const broker = new Broker({
      clock,
      listeners: [{ listener: small, name: 'small', connectionsMax: 1 }, { listener: large }],
    })
    await broker.start()
    const codes = [small, small, large, large].map((listener, index) => {
      const peer = new Peer(clock, listener.dial(), 5)
      peer.send(connect({ clientId: `${index}` }))
      const [connack] = peer.take()
      return connack?.type === 'connack' ? connack.reasonCode : undefined
    })
    expect(codes).toEqual([0, 0x88, 0, 0])
    expect(broker.stats().listeners).toEqual([
      { name: 'small', connections: 1, connectionsAccepted: 2 },
      { connections: 2, connectionsAccepted: 2 },
    ])
  })

  it('is less where the process may have few descriptors', async () => {
    const world = await openWorld({ descriptorsMax: 130 })
    const codes = ['a', 'b', 'c'].map((clientId) => codeOf(world, clientId))
    expect(codes).toEqual([0, 0, 0x88])
  })
})

describe('connectionsPerSecond', () => {
  it('lets who comes too fast in a little later, in order', async () => {
    const world = await openWorld({ rates: { connectionsPerSecond: 10 } })
    const peers = Array.from({ length: 30 }, (_, index) => dialled(world, '192.0.2.7', `${index}`))
    expect(answered(peers)).toBe(10)
    expect(world.broker.stats()).toMatchObject({ connections: 30, connectionsDelayed: 20 })
    world.clock.advance(1050)
    expect(answered(peers.slice(0, 20))).toBe(20)
    expect(answered(peers)).toBeLessThan(22)
    world.clock.advance(1050)
    expect(answered(peers)).toBe(30)
    expect(world.broker.stats()).toMatchObject({ connections: 30, clients: 30 })
  })

  it('holds for each address, and not for this machine', async () => {
    const world = await openWorld({ rates: { connectionsPerSecond: 1 } })
    const peers = ['192.0.2.7', '192.0.2.8', '127.0.0.1', '127.0.0.1', '127.0.0.1'].map(
      (address, id) => dialled(world, address, `${id}`),
    )
    expect(answered(peers)).toBe(5)
  })

  it('closes who would have to wait for more than ten seconds', async () => {
    const world = await openWorld({ rates: { connectionsPerSecond: 1 } })
    const peers = Array.from({ length: 20 }, (_, index) => dialled(world, '192.0.2.7', `${index}`))
    world.clock.settle()
    expect(peers.filter(({ closed }) => closed === 'in order')).toHaveLength(9)
    expect(world.broker.stats()).toMatchObject({ connections: 11, connectionsTurnedAway: 9 })
    world.clock.advance(10_100)
    expect(answered(peers)).toBe(11)
  })

  it('reads nothing of those who wait, and lets them go', async () => {
    const world = await openWorld({ rates: { connectionsPerSecond: 1 } })
    const [, waiting] = [dialled(world, '192.0.2.7', 'a'), dialled(world, '192.0.2.7', 'b')]
    expect(world.broker.stats()).toMatchObject({ connections: 2, connectsReceived: 1 })
    waiting.transport.cut()
    world.clock.advance(2000)
    expect(world.broker.stats()).toMatchObject({ connections: 1, connectsReceived: 1 })
  })

  it('lets the broker close', async () => {
    const world = await openWorld({ rates: { connectionsPerSecond: 1 } })
    const peers = ['a', 'b', 'c'].map((clientId) => dialled(world, '192.0.2.7', clientId))
    const closed = world.broker.close()
    await world.clock.settled()
    await closed
    expect(peers.map((peer) => peer.closed)).toEqual(['in order', 'in order', 'in order'])
  })

  it('cuts those off that a ban is for', async () => {
    const world = await openWorld({ rates: { connectionsPerSecond: 1 } })
    const peers = ['a', 'b'].map((clientId) => dialled(world, '192.0.2.7', clientId))
    world.broker.bans.ban({ type: 'address', name: '192.0.2.7' })
    world.clock.settle()
    expect(peers.map((peer) => peer.closed)).toEqual(['in order', 'in order'])
    expect(world.broker.stats().connections).toBe(0)
  })
})

describe('who has not said CONNECT', () => {
  it('is gone within 12 seconds, silent or slow, a thousand of each', async () => {
    const world = await openWorld()
    const silent = Array.from({ length: 1000 }, () => world.dial())
    const slow = Array.from({ length: 1000 }, () => world.dial())
    const bytes = [0x10, 100, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 0]
    const other = world.client('c')
    other.send(subscribe('a'))
    other.take()
    for (const byte of bytes) {
      for (const peer of slow) peer.write(Uint8Array.of(byte))
      other.send(publish('a', 'alive'))
      expect(other.takeTexts()).toEqual(['alive'])
      world.clock.advance(1000)
    }
    expect([...silent, ...slow].filter(({ closed }) => closed === undefined)).toEqual([])
    expect(world.broker.stats()).toMatchObject({ connections: 1, clients: 1 })
  })

  it('cannot claim 256 MiB', async () => {
    const world = await openWorld()
    const peer = world.dial()
    peer.write(Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0x7f))
    expect([peer.take(), peer.closed]).toEqual([[], 'in order'])
  })
})

function dialled(world: World, remoteAddress: string, clientId: string): Peer {
  const peer = world.dial(5, { remoteAddress })
  peer.write()
  peer.send(connect({ clientId }))
  return peer
}

const ANSWERED = new WeakSet<Peer>()

/** How many have been told that they are in. */
function answered(peers: readonly Peer[]): number {
  for (const peer of peers) if (peer.take().length > 0) ANSWERED.add(peer)
  return peers.filter((peer) => ANSWERED.has(peer)).length
}

function codeOf(world: World, clientId: string): number | undefined {
  const peer = world.dial()
  peer.send(connect({ clientId }))
  const [connack] = peer.take()
  return connack?.type === 'connack' ? connack.reasonCode : undefined
}
