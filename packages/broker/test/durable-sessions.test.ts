// Sessions over the end of the process (§4.1): who has one, what it is subscribed to, how long it
// is kept, and what ends it.

import type { ProtocolVersion } from '@godwit/codec'
import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { away, come, lost, passes, published, said, subscriber } from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { inWords, lasting } from './lasting.ts'
import { disconnect, publish, subscribe, VERSIONS } from './peer.ts'

const HOUR = 3_600_000
const expiring = (sessionExpiryInterval: number) => lasting(5, { sessionExpiryInterval })

describe.each(VERSIONS)('a session of version %i that is to be kept', (version) => {
  const back = version === 3 ? 'connack' : 'connack present'

  it('is there after a kill, connected or not [MQTT-3.1.2-5] [MQTT-3.2.2-3]', async () => {
    const world = await DurableWorld.open()
    await subscriber(world, 'connected', [{ filter: 'connected', qos: 1 }], lasting(version))
    await away(world, 'away', [{ filter: 'away', qos: 1 }], lasting(version))
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ sessions: 2, clients: 0, subscriptions: 2 })
    for (const clientId of ['connected', 'away']) {
      const { peer, words } = await come(world, clientId, lasting(version))
      expect(words).toEqual([back])
      await published(world, clientId, 1, ['x'])
      expect(await said(world, peer)).toEqual(['publish 1 q1 x'])
    }
  })

  it('is there after the broker was closed in order', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 1 }], lasting(version))
    await published(world, 'a', 1, ['x'])
    await world.restart()
    expect((await come(world, 'c', lasting(version))).words).toEqual([back, 'publish 1 q1 x'])
  })

  it('is gone for good after a clean start [MQTT-3.1.2-4]', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 1 }], lasting(version))
    await published(world, 'a', 1, ['x'])
    const clean = { ...lasting(version), cleanStart: true }
    expect((await come(world, 'c', clean)).words).toEqual(['connack'])
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ subscriptions: 0, messagesQueued: 0 })
    expect((await come(world, 'c', { ...clean, cleanStart: false })).words).toEqual(
      version === 5 ? ['connack present'] : ['connack'],
    )
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
  })

  it('is the one of a client of another version too', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 2 }], lasting(version))
    await published(world, 'a', 2, ['x'])
    await world.crash()
    const other: ProtocolVersion = version === 5 ? 4 : 5
    expect((await come(world, 'c', lasting(other))).words).toEqual([
      'connack present',
      'publish 1 q2 x',
    ])
  })
})

describe('a session that is not to be kept', () => {
  it.each(VERSIONS)('leaves nothing, in version %i [MQTT-3.1.2-6]', async (version) => {
    const world = await DurableWorld.open()
    const { peer } = await come(world, 'c', { version })
    await said(world, peer, subscribe({ filter: 'a', qos: 1 }))
    await published(world, 'a', 1, ['x'])
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ sessions: 0, subscriptions: 0 })
    expect((await come(world, 'c', { version, cleanStart: false })).words).toEqual(['connack'])
  })

  it('costs no commit', async () => {
    const world = await DurableWorld.open()
    const { peer } = await come(world, 'c', {})
    await said(world, peer, subscribe({ filter: 'a', qos: 2 }), publish('a', 'x', QOS_1))
    await lost(world, peer)
    expect(world.now.broker.stats().store).toMatchObject({ commits: 0, messages: 0 })
  })
})

describe('the Session Expiry Interval', () => {
  it('goes on over a kill: the time away counts', async () => {
    const world = await DurableWorld.open()
    await away(world, 'early', [{ filter: 'a', qos: 1 }], expiring(100))
    await away(world, 'late', [{ filter: 'a', qos: 1 }], expiring(100))
    await passes(world, 40_000)
    await world.crash({}, 59_000)
    expect((await come(world, 'early', expiring(100))).words).toEqual(['connack present'])
    await passes(world, 1500)
    expect((await come(world, 'late', expiring(100))).words).toEqual(['connack'])
  })

  it('may be over when the broker comes back: then the session has ended', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 1 }], expiring(100))
    await published(world, 'a', 1, ['x'])
    await world.crash({}, 101_000)
    expect((await come(world, 'c', expiring(100))).words).toEqual(['connack'])
    await passes(world, 1000)
    expect(world.now.broker.stats()).toMatchObject({ subscriptions: 0, messagesQueued: 0 })
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 0 })
  })

  it('of a client that was connected begins when the broker is back', async () => {
    const world = await DurableWorld.open()
    await come(world, 'early', expiring(100))
    await come(world, 'late', expiring(100))
    await passes(world, 500_000)
    await world.crash({}, 500_000)
    await passes(world, 99_000)
    expect((await come(world, 'early', expiring(100))).words).toEqual(['connack present'])
    await passes(world, 1500)
    expect((await come(world, 'late', expiring(100))).words).toEqual(['connack'])
  })

  it('that began when the broker was back goes on over the next kill', async () => {
    const world = await DurableWorld.open()
    await come(world, 'c', expiring(100))
    await world.crash()
    await passes(world, 60_000)
    await world.crash({}, 41_000)
    expect((await come(world, 'c', expiring(100))).words).toEqual(['connack'])
  })

  it('is that of the last connection', async () => {
    const world = await DurableWorld.open()
    await away(world, 'longer', ['a'], expiring(10))
    await lost(world, (await come(world, 'longer', expiring(1000))).peer)
    const { peer } = await come(world, 'said with DISCONNECT', expiring(10))
    await said(world, peer, {
      type: 'disconnect',
      reasonCode: 0,
      properties: { sessionExpiryInterval: 1000 },
    })
    await world.crash({}, 500_000)
    for (const clientId of ['longer', 'said with DISCONNECT']) {
      expect((await come(world, clientId)).words).toEqual(['connack present'])
    }
  })

  it('may be for ever', async () => {
    const limits = { sessionExpirySecondsMax: 2_147_483_647 }
    const world = await DurableWorld.open({ limits })
    await away(world, 'c', ['a'], expiring(0xffffffff))
    await world.crash({}, 1000 * 24 * HOUR)
    expect((await come(world, 'c')).words).toEqual(['connack present'])
  })

  it('of 0 ends a session that was kept until then', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 1 }])
    const { peer, words } = await come(world, 'c', { cleanStart: false })
    expect(words).toEqual(['connack present'])
    await published(world, 'a', 1, ['x'])
    await lost(world, peer)
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ sessions: 0, subscriptions: 0 })
    expect((await come(world, 'c')).words).toEqual(['connack'])
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
  })

  it('of 0 ends it too if the broker is killed first', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 1 }])
    await come(world, 'c', { cleanStart: false })
    await published(world, 'a', 1, ['x'])
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack'])
    expect(world.now.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 0 })
  })

  it('that ends a session in DISCONNECT ends it for good', async () => {
    const world = await DurableWorld.open()
    const { peer } = await come(world, 'c')
    await said(world, peer, subscribe('a'))
    await said(world, peer, {
      type: 'disconnect',
      reasonCode: 0,
      properties: { sessionExpiryInterval: 0 },
    })
    await world.crash()
    expect(world.now.broker.stats().sessions).toBe(0)
  })
})

describe('subscriptions', () => {
  it('are there after a kill with all their options and identifiers', async () => {
    const world = await DurableWorld.open()
    const { peer } = await come(world, 'c')
    await said(
      world,
      peer,
      subscribe({ filter: 'own', qos: 2, noLocal: true }),
      subscribe({ filter: 'as published', qos: 1, retainAsPublished: true, identifier: 7 }),
      subscribe({ filter: '+', qos: 0, identifier: 300 }),
    )
    await world.crash()
    const { peer: again, words } = await come(world, 'c')
    expect(words).toEqual(['connack present'])
    const { peer: other } = await come(world, 'other', {})
    await said(world, again, publish('own', 'mine'))
    expect(await said(world, again)).toEqual([])
    await said(world, other, publish('own', 'yours', { qos: 2, packetId: 1 }))
    await said(world, other, publish('as published', 'z', { ...QOS_1, retain: true }))
    const taken = await world.say(again)
    expect(inWords(taken)).toEqual(['publish 1 q2 yours', 'publish 2 q1 retain z'])
    expect(taken).toMatchObject([
      { properties: { subscriptionIdentifier: [300] } },
      { properties: { subscriptionIdentifier: [300, 7] } },
    ])
  })

  it('that are replaced are there as they were last [MQTT-3.8.4-3]', async () => {
    const world = await DurableWorld.open()
    const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 2, identifier: 1 }])
    await said(world, peer, subscribe({ filter: 'a', qos: 1 }))
    await world.crash()
    const { peer: again } = await come(world, 'c')
    await published(world, 'a', 2, ['x'])
    const taken = await world.say(again)
    expect(inWords(taken)).toEqual(['publish 1 q1 x'])
    expect(taken).not.toMatchObject([{ properties: { subscriptionIdentifier: [1] } }])
  })

  it('that were given up stay so [MQTT-3.10.4-2]', async () => {
    const world = await DurableWorld.open()
    const peer = await subscriber(world, 'c', [
      { filter: 'a', qos: 1 },
      { filter: 'b', qos: 1 },
    ])
    expect(
      await said(world, peer, { type: 'unsubscribe', packetId: 9, filters: ['a', 'none'] }),
    ).toEqual(['unsuback 9'])
    await world.crash()
    await published(world, 'a', 1, ['x'])
    await published(world, 'b', 1, ['y'])
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 y'])
  })

  it('get what was published after them, and not what was before', async () => {
    const world = await DurableWorld.open()
    await away(world, 'old', [{ filter: '#', qos: 1 }])
    await published(world, 'a', 1, ['before'])
    await away(world, 'new', [{ filter: 'b', qos: 1 }])
    await published(world, 'a', 1, ['between'])
    const { peer } = await come(world, 'new')
    await said(world, peer, subscribe({ filter: 'a', qos: 1 }))
    await lost(world, peer)
    await published(world, 'a', 1, ['after'])
    await published(world, 'b', 1, ['other'])
    await world.crash()
    expect((await come(world, 'old')).words.slice(1)).toEqual([
      'publish 1 q1 before',
      'publish 2 q1 between',
      'publish 3 q1 after',
      'publish 4 q1 other',
    ])
    expect((await come(world, 'new')).words.slice(1)).toEqual([
      'publish 1 q1 after',
      'publish 2 q1 other',
    ])
  })

  it('that overlap give one message, at the highest QoS of those that were there', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 1, identifier: 1 }])
    await published(world, 'a', 2, ['first'])
    const { peer } = await come(world, 'c')
    await lost(world, peer)
    const { peer: again } = await come(world, 'c', expiring(50))
    await said(world, again, subscribe({ filter: '#', qos: 2, identifier: 2 }))
    await lost(world, again)
    await published(world, 'a', 2, ['second'])
    await world.crash()
    const { taken } = await world.client('c', lasting())
    expect(inWords(taken)).toEqual([
      'connack present',
      'publish 1 q1 dup first',
      'publish 2 q2 second',
    ])
    expect(taken.slice(1)).toMatchObject([
      { properties: { subscriptionIdentifier: [1] } },
      { properties: { subscriptionIdentifier: [2, 1] } },
    ])
  })
})

describe('whose a session is', () => {
  it('is known after a kill: nobody else takes it over', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', ['a'], { ...lasting(), username: 'bob' })
    await world.crash()
    expect((await come(world, 'c', { ...lasting(), username: 'eve' })).words).toEqual([
      'connack 0x87',
    ])
    expect((await come(world, 'c', lasting())).words).toEqual(['connack 0x87'])
    expect((await come(world, 'c', { ...lasting(), username: 'bob' })).words).toEqual([
      'connack present',
    ])
  })

  it('is the principal that a guard names', async () => {
    const principals = new Map([
      ['bob', 'Robert'],
      ['rob', 'Robert'],
    ])
    const world = await DurableWorld.open({
      guards: {
        authenticate: ({ client: { username = '' } }) => ({
          reasonCode: ReasonCode.Success,
          principal: principals.get(username) ?? username,
        }),
      },
    })
    await away(world, 'c', ['a'], { ...lasting(), username: 'bob' })
    await world.crash()
    expect((await come(world, 'c', { ...lasting(), username: 'bo' })).words).toEqual([
      'connack 0x87',
    ])
    expect((await come(world, 'c', { ...lasting(), username: 'rob' })).words).toEqual([
      'connack present',
    ])
  })

  it('stays its own when it is taken over [MQTT-3.1.4-3]', async () => {
    const world = await DurableWorld.open()
    const former = await subscriber(world, 'c', [{ filter: 'a', qos: 1 }])
    const { words } = await come(world, 'c')
    expect(words).toEqual(['connack present'])
    expect(await said(world, former)).toEqual(['disconnect 0x8e'])
    await published(world, 'a', 1, ['x'])
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 dup x'])
  })

  it('is decided in order where many come at once while the store is slow', async () => {
    const world = await DurableWorld.open()
    await away(world, 'c', [{ filter: 'a', qos: 1 }])
    world.storage.faults.hold()
    const [first, second, third] = [
      await come(world, 'c'),
      await come(world, 'c'),
      await come(world, 'c'),
    ]
    world.storage.faults.release()
    expect(await said(world, third.peer)).toEqual(['connack present'])
    expect([first.peer.closed, second.peer.closed]).toEqual(['in order', 'in order'])
    await published(world, 'a', 1, ['x'])
    expect(await said(world, third.peer)).toEqual(['publish 1 q1 x'])
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 dup x'])
  })
})

describe('the number of a session', () => {
  it('is never used again, whatever becomes of the session and the broker', async () => {
    const world = await DurableWorld.open()
    await away(world, 'ends', [{ filter: 'a', qos: 1 }])
    await published(world, 'a', 1, ['for who ended'])
    const { peer } = await come(world, 'ends', { cleanStart: true })
    await said(world, peer, disconnect())
    await world.crash()
    await away(world, 'new', [{ filter: 'b', qos: 1 }])
    await world.crash()
    expect((await come(world, 'new')).words).toEqual(['connack present'])
    expect(world.now.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 1 })
  })
})

const QOS_1 = { qos: 1, packetId: 1 } as const
