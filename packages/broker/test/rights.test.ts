// What clients may do changes: `broker.rightsChanged`, and what it is asked about after it.

import { describe, expect, it } from 'vitest'
import type { Action } from '../src/index.ts'
import { answering, away, changing } from './changing-rights.ts'
import { inWords, lasting, lose, resume } from './lasting.ts'
import { openWorld, publish, subscribe, VERSIONS } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

describe.each(['sync', 'slow'] as const)('rightsChanged, %s', (pace) => {
  it.each(VERSIONS)('takes subscriptions of version %i away', async (version) => {
    const { world, rights, changed } = await changing(pace)
    const peer = world.client('c', { version })
    peer.send(subscribe('a/#', { filter: 'b', qos: 2 }, '$share/g/c'))
    await world.clock.settled()
    peer.take()
    rights.denied.push('subscribe a/#', 'subscribe $share/g/c')
    await changed()
    expect(world.broker.stats()).toMatchObject({ subscriptions: 1, sharedSubscriptions: 0 })
    const texts = ['a/x', 'b', 'c'].map((topic) => publish(topic, topic))
    world.client('p').send(...texts)
    await world.clock.settled()
    expect(peer.takeTexts()).toEqual(['b'])
    expect(peer.closed).toBeUndefined()
  })

  it('is about those chosen', async () => {
    const { world, rights, changed } = await changing(pace)
    const peers = ['one', 'two'].map((clientId) => world.client(clientId))
    for (const peer of peers) peer.send(subscribe('a'))
    await world.clock.settled()
    rights.denied.push('subscribe a')
    await changed(({ clientId }) => clientId === 'one')
    expect(world.broker.stats().subscriptions).toBe(1)
  })

  it('asks about each message from then on, whatever the session holds', async () => {
    const { world, rights, changed, asked } = await changing(pace)
    const peer = world.client('c')
    peer.send(subscribe({ filter: '#', qos: 1, retainAsPublished: true }))
    await world.clock.settled()
    peer.take()
    const publisher = world.client('p')
    publisher.send(publish('a', '1'))
    await world.clock.settled()
    expect(peer.takeTexts()).toEqual(['1'])
    expect(asked.filter(({ type }) => type === 'deliver')).toEqual([])
    await changed()
    rights.denied.push('deliver secret')
    publisher.send(
      publish('secret', '2', { qos: 1, packetId: 1 }),
      publish('a', '3', { qos: 2, packetId: 2, retain: true }),
    )
    await world.clock.settled()
    expect(peer.takeTexts()).toEqual(['3'])
    expect(asked.filter(({ type }) => type === 'deliver')).toEqual([
      { type: 'deliver', topic: 'secret', qos: 1, retain: false },
      { type: 'deliver', topic: 'a', qos: 1, retain: true },
    ])
    // Somebody has it, if only to keep it from another: it is not the publisher's business.
    expect(inWords(publisher.take())).toEqual(['puback 1', 'pubrec 2'])
    expect(world.broker.stats().messagesDropped['not-authorized']).toBe(1)
    expect(world.seen).toContain('dropped c not-authorized')
  })

  it.each(VERSIONS)('asks about what is queued for version %i', async (version) => {
    const { world, rights, changed } = await changing(pace)
    await away(world, version, ['a 1', 'secret 2', 'a 3', 'b 4'])
    expect(world.broker.stats().messagesQueued).toBe(4)
    rights.denied.push('deliver secret')
    await changed()
    await world.clock.settled()
    expect(world.broker.stats()).toMatchObject({ messagesQueued: 3 })
    expect(resume(world, 'c', lasting(version)).peer.takeTexts()).toEqual([])
    await world.clock.settled()
  })

  it('asks about retained messages', async () => {
    const { world, rights, changed } = await changing(pace)
    const peer = world.client('c')
    await changed()
    for (const topic of ['r/a', 'r/secret', 'r/b']) {
      world.broker.publish({ topic, payload: new TextEncoder().encode(topic), retain: true })
    }
    rights.denied.push('deliver r/secret')
    peer.send(subscribe('r/+'))
    await world.clock.settled()
    expect(peer.takeTexts().toSorted()).toEqual(['r/a', 'r/b'])
    expect(world.broker.stats().messagesDropped['not-authorized']).toBe(1)
  })

  it('does not stop a replay that is longer than what is asked at a time', async () => {
    const { world, changed } = await changing(pace)
    const peer = world.client('c')
    await changed()
    for (let at = 0; at < 200; at++) {
      world.broker.publish({ topic: `r/${at}`, payload: Uint8Array.of(1), retain: true })
    }
    peer.send(subscribe('r/+'))
    await world.clock.settled()
    expect(peer.takeTexts()).toHaveLength(200)
  })
})

it('rightsChanged without guards changes nothing', async () => {
  const world = await openWorld()
  const peer = world.client('c')
  peer.send(subscribe('a'))
  const done = world.broker.rightsChanged()
  await world.clock.settled()
  await done
  world.client('p').send(publish('a', 'x'))
  expect(peer.takeTexts()).toEqual(['x'])
})

describe('while a slow guard reviews subscriptions', () => {
  it('the client may change one, which is then as it was allowed', async () => {
    const slow = new SlowGuard<Action, boolean>()
    let isSlow = false
    const world = await openWorld({
      guards: {
        authorize: (action) =>
          isSlow && action.type === 'subscribe' ? slow.guard(action) : action.type !== 'deliver',
      },
    })
    const peer = world.client('c')
    peer.send(subscribe('a', 'b', 'c'))
    isSlow = true
    void world.broker.rightsChanged()
    world.clock.settle()
    isSlow = false
    peer.send(subscribe({ filter: 'a', qos: 1 }))
    peer.send({ type: 'unsubscribe', packetId: 1, filters: ['b'] })
    await answering(world, slow, [0, 1, 2], false)
    expect(world.broker.stats().subscriptions).toBe(1)
  })

  it('a session may end', async () => {
    const slow = new SlowGuard<Action, boolean>()
    let isSlow = false
    const world = await openWorld({
      guards: { authorize: (action) => (isSlow ? slow.guard(action) : true) },
    })
    const peer = world.client('c')
    peer.send(subscribe('a', 'b'))
    isSlow = true
    const done = world.broker.rightsChanged()
    world.clock.settle()
    lose(world, peer)
    await answering(world, slow, [0, 1], false)
    await done
    expect(world.broker.stats()).toMatchObject({ subscriptions: 0, sessions: 0 })
  })

  it('not too many are asked about at once, and all in the end', async () => {
    const slow = new SlowGuard<Action, boolean>()
    let isSlow = false
    const world = await openWorld({
      guards: { authorize: (action) => (isSlow ? slow.guard(action) : true) },
    })
    const filters = Array.from({ length: 100 }, (_, at) => `f/${at}`)
    world.client('c').send(subscribe(...filters))
    isSlow = true
    let isDone = false
    void world.broker.rightsChanged().then(() => (isDone = true))
    world.clock.settle()
    expect(slow.asked).toHaveLength(64)
    const numbers = filters.map((_, at) => at)
    await answering(world, slow, numbers.slice(0, 99), false)
    expect(isDone).toBe(false)
    await answering(world, slow, [99], false)
    expect(isDone).toBe(true)
    expect(world.broker.stats().subscriptions).toBe(0)
  })
})

describe('a Will', () => {
  it.each(['sync', 'slow'] as const)('is published if its client may, %s', async (pace) => {
    const { world, rights, asked } = await changing(pace)
    const watcher = world.client('watcher')
    watcher.send(subscribe('w/#'))
    await world.clock.settled()
    watcher.take()
    const payload = new TextEncoder().encode('bye')
    const will = { payload, qos: 1, retain: true } as const
    const allowed = world.client('one', { will: { ...will, topic: 'w/a' } })
    const denied = world.client('two', { will: { ...will, topic: 'w/b' } })
    rights.denied.push('will w/b')
    lose(world, allowed, denied)
    await world.clock.settled()
    expect(watcher.take()).toEqual([publish('w/a', 'bye')])
    expect(asked.filter(({ type }) => type === 'will')).toEqual([
      { type: 'will', topic: 'w/a', qos: 1, retain: true },
      { type: 'will', topic: 'w/b', qos: 1, retain: true },
    ])
    expect(world.broker.stats().publishesRefused).toBe(1)
  })

  it('is asked about when it is due, not when it is left', async () => {
    const { world, rights, asked } = await changing('sync')
    const properties = { willDelayInterval: 60 }
    const will = {
      topic: 'w',
      payload: new Uint8Array(),
      qos: 0,
      retain: false,
      properties,
    } as const
    lose(world, world.client('c', { ...lasting(), will }))
    world.clock.advance(59_000)
    expect(asked).toEqual([])
    rights.denied.push('will w')
    world.clock.advance(2_000)
    expect(asked).toHaveLength(1)
    expect(world.broker.stats().publishesRefused).toBe(1)
  })
})
