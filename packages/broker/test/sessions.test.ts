// Sessions that outlive their connections (§3.1.2.4, §3.1.2.11.2, §4.1): begun anew, resumed, and
// ended in time.

import type { ProtocolVersion } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { connect, disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import type { World } from './peer.ts'

describe.each(VERSIONS)('a session of version %i', (version) => {
  const present = version === 3 ? 'connack' : 'connack present'

  it('is resumed with its subscriptions [MQTT-3.1.2-5] [MQTT-3.2.2-3]', async () => {
    const world = await openWorld()
    const first = resume(world, 'c', lasting(version))
    expect(inWords(first.taken)).toEqual(['connack'])
    first.peer.send(subscribe({ filter: 'a', qos: 1 }, { filter: 'b', qos: 2 }), disconnect())
    expect(world.broker.stats()).toMatchObject({ clients: 0, sessions: 1, subscriptions: 2 })
    const { peer, taken } = resume(world, 'c', lasting(version))
    expect(inWords(taken)).toEqual([present])
    world.client('p').send(publish('a', 'x', { qos: 2, packetId: 1 }), publish('b', 'y'))
    expect(inWords(peer.take())).toEqual(['publish 1 q1 x', 'publish q0 y'])
  })

  it('is kept while its client is away, with messages in order [MQTT311-3.1.2-5]', async () => {
    const world = await openWorld()
    world.client('c', lasting(version)).send(subscribe({ filter: '#', qos: 2 }), disconnect())
    const sender = world.client('p')
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1)
    for (const packetId of numbers) {
      const qos = packetId % 2 === 0 ? 1 : 2
      sender.send(publish(`t/${packetId % 7}`, `${packetId}`, { qos, packetId }))
    }
    expect(world.broker.stats()).toMatchObject({ messagesQueued: 200, clients: 1 })
    const { peer, taken } = resume(world, 'c', lasting(version))
    const got: string[] = []
    for (let packets = taken; packets.length > 0; packets = peer.take()) {
      for (const packet of packets) {
        if (packet.type === 'pubrel') peer.send(ack('pubcomp', packet.packetId))
        if (packet.type !== 'publish') continue
        got.push(new TextDecoder().decode(packet.payload))
        peer.send(ack(packet.qos === 1 ? 'puback' : 'pubrec', packet.packetId))
      }
    }
    expect(got).toEqual(numbers.map(String))
    expect(world.broker.stats().messagesQueued).toBe(0)
  })

  it('gets what others get who are there [MQTT-4.5.0-1]', async () => {
    const world = await openWorld()
    world.client('c', lasting(version)).send(subscribe({ filter: 'a', qos: 1 }), disconnect())
    const there = VERSIONS.map((other) => world.client(`there${other}`, { version: other }))
    for (const peer of there) {
      peer.send(subscribe({ filter: 'a', qos: 2 }))
      peer.take()
    }
    world.client('p').send(publish('a', 'x', { qos: 2, packetId: 9 }))
    for (const peer of there) expect(inWords(peer.take())).toEqual(['publish 1 q2 x'])
    expect(inWords(resume(world, 'c', lasting(version)).taken)).toEqual([present, 'publish 1 q1 x'])
  })

  it('loses QoS 0 while its client is away, which is counted', async () => {
    const world = await openWorld()
    world.client('c', lasting(version)).send(subscribe({ filter: 'a', qos: 2 }), disconnect())
    const sender = world.client('p')
    sender.send(publish('a', 'lost'), publish('a', 'kept', { qos: 1, packetId: 1 }))
    expect(world.broker.stats().messagesDropped.away).toBe(1)
    expect(inWords(resume(world, 'c', lasting(version)).taken)).toEqual([
      present,
      'publish 1 q1 kept',
    ])
  })

  it('is ended by Clean Start [MQTT-3.1.2-4] [MQTT-3.1.4-4] [MQTT311-3.1.4-3]', async () => {
    const world = await openWorld()
    const first = world.client('c', lasting(version))
    first.send(subscribe({ filter: 'a', qos: 1 }))
    first.send(publish('b', '', { qos: 2, packetId: 1 }), disconnect())
    world.client('p').send(publish('a', 'x', { qos: 1, packetId: 1 }))
    const { peer, taken } = resume(world, 'c', { ...lasting(version), cleanStart: true })
    expect(inWords(taken)).toEqual(['connack'])
    expect(world.broker.stats()).toMatchObject({
      sessions: 2,
      subscriptions: 0,
      messagesQueued: 0,
      messagesDropped: { 'session-ended': 1 },
    })
    peer.send(ack('pubrel', 1))
    expect(inWords(peer.take())).toEqual([version === 5 ? 'pubcomp 1 0x92' : 'pubcomp 1'])
    world.client('p').send(publish('a', 'y', { qos: 1, packetId: 1 }))
    expect(peer.take()).toEqual([])
  })

  it('that is to end with its connection ends [MQTT-3.1.2-23] [MQTT-3.1.2-6]', async () => {
    const world = await openWorld()
    world.client('c', { version }).send(subscribe({ filter: 'a', qos: 1 }), disconnect())
    expect(world.broker.stats()).toMatchObject({
      sessions: 0,
      subscriptions: 0,
      sessionsExpired: 0,
    })
    expect(inWords(resume(world, 'c', lasting(version)).taken)).toEqual(['connack'])
  })

  it('ends when it was left for as long as it is kept [MQTT-4.1.0-2]', async () => {
    const world = await openWorld({ limits: { sessionExpirySecondsMax: 100 } })
    lose(world, world.client('c', lasting(version)))
    world.clock.advance(90_000)
    lose(world, resume(world, 'c', lasting(version)).peer)
    world.clock.advance(99_999)
    expect(world.broker.stats()).toMatchObject({ sessions: 1, sessionsExpired: 0 })
    world.clock.advance(400)
    expect(world.broker.stats()).toMatchObject({ sessions: 0, sessionsExpired: 1 })
    expect(inWords(resume(world, 'c', lasting(version)).taken)).toEqual(['connack'])
  })

  it('lasts while its client is there [MQTT-4.1.0-1] [MQTT311-4.1.0-1]', async () => {
    const world = await openWorld({ limits: { sessionExpirySecondsMax: 10 } })
    lose(world, world.client('c', lasting(version)))
    const { peer } = resume(world, 'c', lasting(version))
    world.clock.advance(100_000)
    expect(peer.closed).toBeUndefined()
    expect(world.broker.stats()).toMatchObject({ sessions: 1, sessionsExpired: 0 })
  })
})

describe('the Session Expiry Interval', () => {
  it('is what CONNECT said last', async () => {
    const world = await openWorld()
    lose(world, world.client('c', lasting(5, { sessionExpiryInterval: 10 })))
    lose(world, resume(world, 'c', lasting(5, { sessionExpiryInterval: 1_000 })).peer)
    world.clock.advance(999_000)
    const { peer, taken } = resume(world, 'c', lasting(5, { sessionExpiryInterval: 0 }))
    expect(inWords(taken)).toEqual(['connack present'])
    lose(world, peer)
    expect(world.broker.stats()).toMatchObject({ sessions: 0, sessionsExpired: 0 })
  })

  it('may be changed by DISCONNECT, to nothing as well', async () => {
    const world = await openWorld()
    const keep = world.client('keep', lasting(5, { sessionExpiryInterval: 1 }))
    const drop = world.client('drop', lasting(5, { sessionExpiryInterval: 1_000 }))
    for (const [peer, sessionExpiryInterval] of [
      [keep, 100],
      [drop, 0],
    ] as const) {
      const properties = { sessionExpiryInterval }
      peer.send({ type: 'disconnect', reasonCode: 0, properties })
    }
    expect(world.broker.stats().sessions).toBe(1)
    world.clock.advance(99_999)
    expect(world.broker.stats().sessions).toBe(1)
    world.clock.advance(400)
    expect(world.broker.stats().sessions).toBe(0)
  })

  it('of a session that was to end cannot be changed by DISCONNECT', async () => {
    const { client, broker } = await openWorld()
    const peer = client('c')
    const properties = { sessionExpiryInterval: 1 }
    peer.send({ type: 'disconnect', reasonCode: 0, properties })
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x82 }])
    expect(broker.stats().sessions).toBe(0)
  })

  it('is capped, as the client is told, and DISCONNECT cannot pass the cap', async () => {
    const world = await openWorld({ limits: { sessionExpirySecondsMax: 60 } })
    const never = lasting(5, { sessionExpiryInterval: 0xffff_ffff })
    const { peer, taken } = resume(world, 'c', never)
    expect(taken).toMatchObject([{ properties: { sessionExpiryInterval: 60 } }])
    const properties = { sessionExpiryInterval: 0xffff_ffff }
    peer.send({ type: 'disconnect', reasonCode: 0, properties })
    world.clock.advance(59_999)
    expect(world.broker.stats().sessions).toBe(1)
    world.clock.advance(400)
    expect(world.broker.stats().sessions).toBe(0)
  })

  it('is not spoken of where the client has its way', async () => {
    const world = await openWorld({ limits: { sessionExpirySecondsMax: 60 } })
    for (const sessionExpiryInterval of [0, 1, 60]) {
      const { taken } = resume(world, 'c', lasting(5, { sessionExpiryInterval }))
      expect(taken).not.toMatchObject([{ properties: { sessionExpiryInterval: 60 } }])
    }
  })
})

describe('sessionsMax', () => {
  it.each([
    [3, 0x88],
    [4, 0x88],
    [5, 0x97],
  ] as const)('refuses one session more in version %i', async (version, reasonCode) => {
    const world = await openWorld({ limits: { sessionsMax: 2 } })
    world.client('one')
    lose(world, world.client('two', lasting(version)))
    const refused = resume(world, 'three', { version })
    expect(refused.taken).toMatchObject([{ type: 'connack', reasonCode }])
    expect(refused.peer.closed).toBe('in order')
    expect(world.broker.stats()).toMatchObject({ sessions: 2, sessionsMax: 2 })
  })

  it('lets those in who have one, with Clean Start too', async () => {
    const world = await openWorld({ limits: { sessionsMax: 1 } })
    lose(world, world.client('c', lasting()))
    expect(inWords(resume(world, 'c', lasting()).taken)).toEqual(['connack present'])
    expect(inWords(resume(world, 'c', { ...lasting(), cleanStart: true }).taken)).toEqual([
      'connack',
    ])
    expect(world.seen.filter((line) => line.startsWith('refused'))).toEqual([])
  })
})

describe('the end of a session', () => {
  it('leaves no one who would be asked to take a message', async () => {
    const world = await openWorld({ backlogPolicy: 'refuse' })
    const filters = Array.from({ length: 50 }, (_, index) => ({
      filter: `a/${index}`,
      qos: 1 as const,
    }))
    const gone = world.client('c', lasting())
    gone.send(subscribe(...filters))
    const sender = world.client('p')
    // In one turn: the end of the session, and a message that only it had asked for.
    gone.write('e007 00 05 1100000000')
    sender.send(publish('a/49', 'x', { qos: 1, packetId: 1 }))
    expect(inWords(sender.take())).toEqual(['puback 1 0x10'])
  })
})

describe('a storm of reconnections', () => {
  it.each(VERSIONS)('leaves one session and no message lost in version %i', async (version) => {
    const world = await openWorld()
    world.client('c', lasting(version)).send(subscribe({ filter: 'a', qos: 1 }))
    const got = new Set<string>()
    for (let round = 0; round < 50; round++) {
      publishOne(world, round)
      const peers = [1, 2, 3].map(() => opening(world, version))
      for (const text of peers.flatMap((peer) => peer.takeTexts())) got.add(text)
      if (round % 3 === 0) lose(world, ...peers)
    }
    expect(got.size).toBe(50)
    expect(world.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 1 })
    expect(world.seen.join()).not.toContain('fault')
  })
})

function opening({ dial }: World, version: ProtocolVersion): ReturnType<World['dial']> {
  const peer = dial(version)
  peer.send(connect({ clientId: 'c', ...lasting(version) }))
  return peer
}

function publishOne({ broker }: World, number: number): void {
  broker.publish({ topic: 'a', payload: new TextEncoder().encode(`${number}`), qos: 1 })
}
