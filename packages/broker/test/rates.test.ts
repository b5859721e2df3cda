// Rates: who sends too much is read more slowly, loses nothing, and slows nobody else.

import { VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { Broker } from '../src/index.ts'
import type { RateLimits } from '../src/index.ts'
import { openWorld, PINGREQ, PINGRESP, publish, subscribe } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('a rate', () => {
  it.each([0, -1, Number.NaN, Infinity])('is never %d', (clientMessagesPerSecond) => {
    const options = { listeners: [], clock: new VirtualClock(), rates: { clientMessagesPerSecond } }
    expect(() => new Broker(options)).toThrow(
      `The rate clientMessagesPerSecond is a number above 0 and up to 2147483647, got ${clientMessagesPerSecond}`,
    )
  })

  it('of messages lets a burst of one second pass, and the rest as they may', async () => {
    const { peer, subscriber, clock, broker } = await publisherUnder({
      clientMessagesPerSecond: 10,
    })
    send(peer, 100)
    expect(subscriber.takeTexts()).toEqual(numbers(0, 10))
    clock.advance(1000)
    expect(subscriber.takeTexts()).toEqual(numbers(10, 20))
    clock.advance(8000)
    expect(subscriber.takeTexts()).toEqual(numbers(20, 100))
    expect(broker.stats()).toMatchObject({ messagesIn: 100, connections: 2 })
    expect(broker.stats().throttled).toBeGreaterThan(0)
  })

  it('of bytes counts whole packets of every type', async () => {
    const { peer, subscriber, clock } = await publisherUnder({ clientBytesPerSecond: 1000 })
    peer.send(publish('a', 'x'.repeat(5000)), publish('a', 'second'))
    expect(subscriber.takeTexts()).toEqual(['x'.repeat(5000)])
    clock.advance(3900)
    expect(subscriber.takeTexts()).toEqual([])
    clock.advance(200)
    expect(subscriber.takeTexts()).toEqual(['second'])
  })

  it('leaves Keep Alive out of it: the silence is not the fault of the client', async () => {
    const rates = { clientMessagesPerSecond: 1 }
    const { peer, clock } = await publisherUnder(rates, { keepAlive: 2 })
    send(peer, 20)
    peer.send(PINGREQ)
    clock.advance(18_000)
    expect([peer.closed, peer.take()]).toEqual([undefined, []])
    clock.advance(2000)
    expect([peer.closed, peer.take()]).toEqual([undefined, [PINGRESP]])
    clock.advance(5000)
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x8d }])
  })

  it('is the same for a client that comes back: it finds what it owes', async () => {
    const { world, peer, clock, subscriber } = await publisherUnder({ clientMessagesPerSecond: 10 })
    send(peer, 10)
    expect(subscriber.takeTexts()).toHaveLength(10)
    peer.transport.cut()
    const again = world.client('p')
    send(again, 10)
    expect(subscriber.takeTexts()).toEqual([])
    clock.advance(1000)
    expect(subscriber.takeTexts()).toHaveLength(10)
  })

  it('of one client is nobody else’s', async () => {
    const { world, peer, subscriber } = await publisherUnder({ clientMessagesPerSecond: 1 })
    send(peer, 10)
    subscriber.take()
    world.client('q').send(publish('a', 'hello'))
    expect(subscriber.takeTexts()).toEqual(['hello'])
  })

  it('of a user is shared by all its clients, and not held by those without a name', async () => {
    const world = await openWorld({ rates: { userMessagesPerSecond: 10 } })
    const subscriber = world.client('s')
    subscriber.send(subscribe('a'))
    for (const id of ['p', 'q']) send(world.client(id, { username: 'ada' }), 10)
    expect(subscriber.takeTexts()).toHaveLength(10)
    send(world.client('r', { username: 'bob' }), 10)
    expect(subscriber.takeTexts()).toHaveLength(10)
    send(world.client('t'), 50)
    expect(subscriber.takeTexts()).toHaveLength(50)
  })

  it('of an address is shared by all who are there, but for this machine', async () => {
    const world = await openWorld({ rates: { addressMessagesPerSecond: 10 } })
    const subscriber = world.client('s')
    subscriber.send(subscribe('a'))
    for (const id of ['p', 'q']) send(clientAt(world, '2001:db8::1', id), 10)
    expect(subscriber.takeTexts()).toHaveLength(10)
    send(clientAt(world, '2001:db8::2', 'r'), 10)
    expect(subscriber.takeTexts()).toHaveLength(0)
    send(clientAt(world, '2001:db8:1::1', 't'), 10)
    expect(subscriber.takeTexts()).toHaveLength(10)
    send(clientAt(world, '127.0.0.1', 'l'), 50)
    expect(subscriber.takeTexts()).toHaveLength(50)
  })

  it('holds for QoS 1 as well, whose acknowledgements come later', async () => {
    const { peer, clock } = await publisherUnder({ clientMessagesPerSecond: 1 })
    for (let packetId = 1; packetId <= 3; packetId++) {
      peer.send(publish('a', 'x', { qos: 1, packetId }))
    }
    expect(peer.take()).toMatchObject([{ type: 'puback', packetId: 1 }])
    clock.advance(2000)
    expect(peer.take()).toMatchObject([{ packetId: 2 }, { packetId: 3 }])
  })

  it('does not keep a connection from its end', async () => {
    const { peer, broker, clock } = await publisherUnder({ clientMessagesPerSecond: 1 })
    send(peer, 1000)
    peer.transport.cut()
    clock.advance(10)
    expect(broker.stats()).toMatchObject({ connections: 1, clients: 1 })
    const closed = broker.close()
    clock.settle()
    clock.advance(10)
    await clock.settled()
    await closed
  })
})

async function publisherUnder(
  rates: RateLimits,
  fields: { keepAlive?: number } = {},
): Promise<World & { world: World; peer: Peer; subscriber: Peer }> {
  const world = await openWorld({ rates, systemTopicsEveryMs: 0 })
  const subscriber = world.client('s')
  subscriber.send(subscribe('a'))
  subscriber.take()
  return { ...world, world, peer: world.client('p', fields), subscriber }
}

function clientAt(world: World, remoteAddress: string, clientId: string): Peer {
  return world.client(clientId, {}, { remoteAddress })
}

function send(peer: Peer, count: number): void {
  peer.send(...numbers(0, count).map((text) => publish('a', text)))
}

function numbers(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => `${from + index}`)
}
