// What an administrator sees of sessions, and how one is ended.

import { describe, expect, it } from 'vitest'
import type { World } from './peer.ts'
import { DurableWorld } from './durable-world.ts'
import { ack, inWords, lasting, lose, resume } from './lasting.ts'
import { connect, disconnect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'

describe('a session at a glance', () => {
  it('says who is connected, since when and how', async () => {
    const { broker, client, clock } = await openWorld({ limits: { keepAliveSecondsMax: 60 } })
    const properties = { sessionExpiryInterval: 100 }
    client('c', { username: 'ada', keepAlive: 90, cleanStart: true, properties })
    clock.advance(5000)
    expect(broker.inspection.summary('c')).toEqual({
      client: {
        clientId: 'c',
        username: 'ada',
        principal: 'ada',
        version: 5,
        remoteAddress: 'memory',
      },
      connection: {
        connectedMs: 5000,
        cleanStart: true,
        keepAliveSeconds: 60,
        sessionExpirySeconds: 100,
        outboxBytes: 0,
        readiness: 'ready',
      },
      isDurable: false,
      subscriptions: 0,
      inFlight: 0,
      unreleased: 0,
      queuedMessages: 0,
      queuedBytes: 0,
      messagesIn: 0,
      messagesOut: 0,
      messagesDropped: {},
    })
  })

  it.each(VERSIONS)('counts what version %i has sent, and was sent', async (version) => {
    const { broker, client } = await openWorld()
    const peer = client('c', { version })
    peer.send(subscribe('a', { filter: 'b', qos: 1 }))
    peer.send(publish('a', '1'), publish('b', '2', { qos: 1, packetId: 1 }))
    peer.send(publish('nobody', '3', { qos: 2, packetId: 2 }))
    expect(broker.inspection.summary('c')).toMatchObject({
      subscriptions: 2,
      messagesIn: 3,
      messagesOut: 2,
      inFlight: 1,
      unreleased: 1,
    })
    peer.send(ack('puback', 1), ack('pubrel', 2))
    expect(broker.inspection.summary('c')).toMatchObject({ inFlight: 0, unreleased: 0 })
  })

  it('says what waits while its client is away, what was dropped, and when it ends', async () => {
    const world = await openWorld({ limits: { backlogMessagesMax: 2 } })
    const { broker, client, clock } = world
    const peer = client('c', lasting())
    peer.send(subscribe('zero', { filter: 'one', qos: 1 }))
    lose(world, peer)
    const publisher = client('p')
    publisher.send(publish('zero'), publish('zero'))
    for (const packetId of [1, 2, 3]) publisher.send(publish('one', 'x', { qos: 1, packetId }))
    clock.advance(600_500)
    const summary = broker.inspection.summary('c')
    expect(summary).toMatchObject({
      expiresInSeconds: 3000,
      queuedMessages: 2,
      messagesOut: 0,
      messagesDropped: { away: 2, 'backlog-full': 1 },
    })
    expect(summary?.connection).toBeUndefined()
    expect(summary?.queuedBytes).toBeGreaterThan(0)
    expect(broker.stats().messagesDropped).toMatchObject({ away: 2, 'backlog-full': 1 })
  })

  it('is slow while its client does not read', async () => {
    const { broker, dial, clock } = await openWorld({ limits: { outboxBytesMax: 5000 } })
    const peer = dial(5, { highWaterMarkBytes: 1000 })
    peer.send(connect({ clientId: 'c' }), subscribe('a'))
    peer.transport.pause()
    for (let n = 0; n < 10; n++) broker.publish({ topic: 'a', payload: new Uint8Array(1000) })
    clock.settle()
    const connection = broker.inspection.summary('c')?.connection
    expect(connection?.readiness).toBe('slow')
    expect(connection?.outboxBytes).toBeGreaterThan(3000)
  })

  it('is none where there is no session', async () => {
    const { broker, client } = await openWorld()
    client('c').send(disconnect())
    expect(broker.inspection.summary('c')).toBeUndefined()
    expect(await broker.inspection.session('c')).toBeUndefined()
  })
})

describe('the list of sessions', () => {
  it('is in the order in which they began, in pages', async () => {
    const world = await openWorld()
    const { broker, client } = world
    const peers = ['a', 'b', 'c', 'd'].map((clientId) => client(clientId, lasting()))
    lose(world, ...peers.slice(1, 3))
    const first = broker.inspection.sessions({ limit: 3 })
    expect(idsOf(first)).toEqual(['a', 'b', 'c'])
    expect(idsOf(broker.inspection.sessions({ after: first.next ?? '' }))).toEqual(['d'])
    expect(idsOf(broker.inspection.sessions({ connected: false }))).toEqual(['b', 'c'])
    expect(idsOf(broker.inspection.clients())).toEqual(['a', 'd'])
  })

  it('keeps the place of a session that goes on, and not of one that begins anew', async () => {
    const world = await openWorld()
    const { broker, client } = world
    lose(world, client('a', lasting()), client('b', lasting()), client('c', lasting()))
    resume(world, 'a', lasting())
    resume(world, 'b', { ...lasting(), cleanStart: true })
    expect(idsOf(broker.inspection.sessions())).toEqual(['a', 'c', 'b'])
  })

  it('has no page that begins at nothing', async () => {
    const { broker } = await openWorld()
    expect(() => broker.inspection.sessions({ after: 'x' })).toThrow(
      'A page begins where the one before it ended: got "x"',
    )
    expect(() => broker.inspection.sessions({ limit: 0 })).toThrow(RangeError)
  })

  it('has those that were read from the store', async () => {
    const world = await DurableWorld.open()
    for (const clientId of ['a', 'b']) await world.client(clientId, lasting())
    await world.crash()
    const { items } = world.now.broker.inspection.sessions()
    expect(items.map(({ client, isDurable }) => [client.clientId, isDurable])).toEqual([
      ['a', true],
      ['b', true],
    ])
  })
})

describe('a session that an administrator ends', () => {
  it('is gone, and its client is told so', async () => {
    const { broker, client, seen } = await openWorld()
    const peer = client('c', lasting())
    peer.send(subscribe('a'))
    peer.take()
    expect(await broker.inspection.endSession('c')).toBe(true)
    expect(inWords(peer.take())).toEqual(['disconnect 0x98'])
    expect(seen).toContain('disconnected c 0x98')
    expect(broker.stats()).toMatchObject({ sessions: 0, clients: 0, subscriptions: 0 })
    expect(await broker.inspection.endSession('c')).toBe(false)
  })

  it.each([3, 4] as const)('just ends the connection of version %i', async (version) => {
    const { broker, client } = await openWorld()
    const peer = client('c', lasting(version))
    await broker.inspection.endSession('c')
    expect(inWords(peer.take())).toEqual([])
    expect([peer.closed, broker.stats().sessions]).toEqual(['in order', 0])
  })

  it.each([
    ['connected', () => {}],
    ['away', lose],
  ] as const)('publishes its Will once, whatever the delay, while %s', async (_, part) => {
    const world = await openWorld()
    const { broker, client, clock } = world
    const watcher = client('watcher')
    watcher.send(subscribe('gone'))
    watcher.take()
    const properties = { willDelayInterval: 100 }
    const payload = new TextEncoder().encode('bye')
    const will = { topic: 'gone', payload, qos: 0, retain: false, properties } as const
    part(world, client('c', { ...lasting(), will }))
    expect(watcher.takeTexts()).toEqual([])
    await broker.inspection.endSession('c')
    expect(watcher.takeTexts()).toEqual(['bye'])
    clock.advance(4_000_000)
    expect(watcher.takeTexts()).toEqual([])
  })

  it('stays away after a kill, once the promise is fulfilled', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('c', lasting())
    await world.say(peer, subscribe({ filter: 'a', qos: 1 }))
    lose(world.now, peer)
    world.now.broker.publish({ topic: 'a', payload: new Uint8Array(9), qos: 1 })
    await world.settle()
    const ended = world.now.broker.inspection.endSession('c')
    await world.settle()
    expect(await ended).toBe(true)
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ sessions: 0, messagesQueued: 0 })
    const { taken } = await world.client('c', lasting())
    expect(inWords(taken)).toEqual(['connack'])
  })

  it('leaves another that begins at once under its name', async () => {
    const world = await openWorld()
    const { broker } = world
    resume(world, 'c', lasting())
    const ended = broker.inspection.endSession('c')
    const { taken } = resume(world, 'c', lasting())
    await ended
    expect(inWords(taken)).toEqual(['connack'])
    expect(broker.inspection.summary('c')?.connection).toBeDefined()
  })
})

function idsOf({
  items,
}: ReturnType<World['broker']['inspection']['sessions']>): readonly string[] {
  return items.map(({ client }) => client.clientId)
}
