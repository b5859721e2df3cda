// The Message Expiry Interval (§3.3.2.3.3): counted down while a message waits in a session, which
// deletes it when it is over.

import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { connect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer, World } from './peer.ts'

describe('a message that waits', () => {
  it('has what is left of its interval when it is sent [MQTT-3.3.2-6]', async () => {
    for (const [waitedMs, left] of [
      [0, 60],
      [999, 60],
      [1_000, 59],
      [1_001, 59],
      [30_000, 30],
      [59_001, 1],
    ] as const) {
      const world = await absent()
      send(world, 1, 'x', 60)
      world.clock.advance(waitedMs)
      expect(expiries(resume(world, 's', lasting()).taken)).toEqual([left])
    }
  })

  it.each(VERSIONS)('is deleted when it is over, version %i [MQTT-3.3.2-5]', async (version) => {
    const world = await absent(version)
    send(world, 1, 'short', 10)
    send(world, 2, 'long', 20)
    send(world, 1, 'for ever')
    world.clock.advance(10_000)
    const { taken } = resume(world, 's', lasting(version))
    expect(inWords(taken).slice(1)).toEqual(['publish 1 q2 long', 'publish 2 q1 for ever'])
    expect(world.broker.stats()).toMatchObject({
      messagesQueued: 0,
      messagesDropped: { expired: 1 },
    })
    expect(world.seen).toContain('dropped s expired')
  })

  it('behind a full window expires as well', async () => {
    const world = await openWorld()
    const subscriber = world.client('s', lasting(5, { receiveMaximum: 1 }))
    subscriber.send(subscribe({ filter: 'a', qos: 1 }))
    subscriber.take()
    send(world, 1, 'first', 100)
    send(world, 1, 'short', 5)
    send(world, 1, 'long', 100)
    subscriber.take()
    world.clock.advance(40_000)
    subscriber.send(ack('puback', 1))
    const taken = subscriber.take()
    expect(inWords(taken)).toEqual(['publish 2 q1 long'])
    expect(expiries(taken)).toEqual([60])
  })

  it('and was sent already is sent again, however late [MQTT-4.3.3-7]', async () => {
    const world = await openWorld()
    const subscriber = world.client('s', lasting())
    subscriber.send(subscribe({ filter: 'a', qos: 2 }))
    send(world, 1, 'one', 10)
    send(world, 2, 'two', 10)
    expect(expiries(subscriber.take())).toEqual([10, 10])
    lose(world, subscriber)
    world.clock.advance(4_000)
    const second = resume(world, 's', lasting())
    expect(expiries(second.taken)).toEqual([6, 6])
    lose(world, second.peer)
    world.clock.advance(60_000)
    const third = resume(world, 's', lasting())
    expect(inWords(third.taken).slice(1)).toEqual(['publish 1 q1 dup one', 'publish 2 q2 dup two'])
    expect(expiries(third.taken)).toEqual([0, 0])
  })

  it('for a client that takes nothing is counted down until it is sent again', async () => {
    const world = await openWorld({ limits: { outboxBytesMax: 100_000, inFlightMax: 100 } })
    const first = world.client('s', lasting())
    first.send(subscribe({ filter: 'a', qos: 1 }))
    for (let count = 0; count < 100; count++) send(world, 1, 'x'.repeat(10_000), 60)
    expect(first.take()).toHaveLength(101)
    lose(world, first)
    const peer = world.dial(5, { highWaterMarkBytes: 1_000 })
    peer.transport.freeze()
    peer.send(connect({ clientId: 's', ...lasting() }))
    world.clock.advance(20_000)
    peer.transport.thaw()
    const left = expiries(peer.take())
    expect(left).toHaveLength(100)
    expect(left.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 60))
    expect(left.slice(-60)).toEqual(Array.from({ length: 60 }, () => 40))
  })

  it('with an interval of 0 reaches those who are there, and nobody else', async () => {
    const world = await absent()
    const present = world.client('present')
    present.send(subscribe({ filter: 'a', qos: 1 }))
    present.take()
    send(world, 1, 'now', 0)
    expect(expiries(present.take())).toEqual([0])
    world.clock.advance(1)
    expect(inWords(resume(world, 's', lasting()).taken)).toEqual(['connack present'])
    expect(world.broker.stats().messagesDropped.expired).toBe(1)
  })

  it('keeps the longest interval there is', async () => {
    const world = await absent()
    send(world, 1, 'x', 0xffff_ffff)
    world.clock.advance(1_000_000)
    expect(expiries(resume(world, 's', lasting()).taken)).toEqual([0xffff_ffff - 1_000])
  })

  it('does not change what others are sent of it', async () => {
    const world = await absent()
    const present = world.client('present')
    present.send(subscribe({ filter: 'a', qos: 1 }))
    present.take()
    const sender = world.client('p')
    const properties = { messageExpiryInterval: 60, contentType: 'text' }
    sender.send(publish('a', 'x', { qos: 1, packetId: 1, properties }))
    world.clock.advance(30_000)
    expect(expiries(resume(world, 's', lasting()).taken)).toEqual([30])
    expect(present.take()).toEqual([publish('a', 'x', { qos: 1, packetId: 1, properties })])
  })
})

describe('a handshake of QoS 2', () => {
  it('goes on when the message has expired meanwhile [MQTT-4.3.3-13]', async () => {
    const { client, clock } = await openWorld()
    const peer = client('p')
    const properties = { messageExpiryInterval: 1 }
    peer.send(publish('a', 'x', { qos: 2, packetId: 1, properties }))
    clock.advance(60_000)
    peer.send(publish('a', 'x', { qos: 2, packetId: 1, properties, dup: true }))
    peer.send(ack('pubrel', 1))
    expect(inWords(peer.take())).toEqual(['pubrec 1 0x10', 'pubrec 1', 'pubcomp 1'])
  })
})

function expiries(packets: ReturnType<Peer['take']>): readonly unknown[] {
  return packets.flatMap((packet) =>
    packet.type === 'publish' ? [packet.properties?.messageExpiryInterval] : [],
  )
}

async function absent(version: 3 | 4 | 5 = 5): Promise<World> {
  const world = await openWorld()
  const peer = world.client('s', lasting(version))
  peer.send(subscribe({ filter: 'a', qos: 2 }))
  lose(world, peer)
  return world
}

function send({ broker }: World, qos: 1 | 2, text: string, messageExpiryInterval?: number): void {
  const properties = messageExpiryInterval === undefined ? {} : { messageExpiryInterval }
  broker.publish({ topic: 'a', payload: new TextEncoder().encode(text), qos, properties })
}
