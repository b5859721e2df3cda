// Shared Subscriptions over the end of the process (§4.8.2): who was chosen gets the message, and
// nobody else, unless its session ends.

import { expect, it } from 'vitest'
import { away, come, lost, once, passes, published, said, subscriber } from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { ack, lasting } from './lasting.ts'

const SHARED = { filter: '$share/g/a', qos: 2 } as const

it('the member that was chosen has the message after a kill', async () => {
  const world = await DurableWorld.open()
  await away(world, 'c1', [SHARED])
  await away(world, 'c2', [SHARED])
  await published(world, 'a', 1, ['1', '2', '3', '4'])
  await world.crash()
  expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 4, sharedSubscriptions: 2 })
  expect((await come(world, 'c1')).words.slice(1)).toEqual(['publish 1 q1 1', 'publish 2 q1 3'])
  expect((await come(world, 'c2')).words.slice(1)).toEqual(['publish 1 q1 2', 'publish 2 q1 4'])
})

it('groups, and subscriptions without one, each have it once', async () => {
  const world = await DurableWorld.open()
  await away(world, 'c1', [SHARED, { filter: '$share/h/#', qos: 1 }])
  await away(world, 'c2', [SHARED])
  await away(world, 'c3', [{ filter: 'a', qos: 1 }])
  const { peer } = await world.client('pub')
  expect(await said(world, peer, once('a', 'x'))).toEqual(['puback 1'])
  // One for all, and one for the second copy to the same session.
  expect(world.now.broker.stats().store).toMatchObject({ messages: 2 })
  await world.crash()
  expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 3, store: { messages: 2 } })
  expect((await come(world, 'c1')).words.slice(1)).toEqual(['publish 1 q1 x', 'publish 2 q1 x'])
  expect((await come(world, 'c2')).words.slice(1)).toEqual([])
  expect((await come(world, 'c3')).words.slice(1)).toEqual(['publish 1 q1 x'])
})

it('of two copies for one session the second is there, though the first was sent', async () => {
  const world = await DurableWorld.open()
  const fields = lasting(5, { receiveMaximum: 1 })
  const peer = await subscriber(world, 'c', [SHARED, { filter: 'a', qos: 1 }], fields)
  await published(world, 'a', 1, ['x'])
  expect(await said(world, peer)).toEqual(['publish 1 q1 x'])
  await passes(world, 1000)
  await world.crash()
  expect((await come(world, 'c')).words.slice(1)).toEqual(['publish 1 q1 dup x', 'publish 2 q1 x'])
})

it('a member that gave its subscription up has what it was chosen for', async () => {
  const world = await DurableWorld.open()
  const peer = await subscriber(world, 'c1', [SHARED], lasting(5, { receiveMaximum: 1 }))
  await published(world, 'a', 2, ['1', '2'])
  expect(await said(world, peer)).toEqual(['publish 1 q2 1'])
  await said(world, peer, { type: 'unsubscribe', packetId: 2, filters: [SHARED.filter] })
  await passes(world, 1000)
  await world.crash()
  const { words } = await come(world, 'c1')
  expect(words.slice(1)).toEqual(['publish 1 q2 dup 1', 'publish 2 q2 2'])
})

it('what waits for a member that ends goes to others, in order, and is stored for them', async () => {
  const world = await DurableWorld.open()
  await away(world, 'ends', [SHARED], lasting(5, { sessionExpiryInterval: 10 }))
  await published(world, 'a', 1, ['1', '2'])
  await away(world, 'stays', [SHARED])
  await world.crash({}, 11_000)
  await passes(world, 1000)
  expect(world.now.broker.stats()).toMatchObject({ sessions: 1, messagesQueued: 2 })
  await world.crash()
  expect((await come(world, 'stays')).words.slice(1)).toEqual(['publish 1 q1 1', 'publish 2 q1 2'])
})

it('what waits for a member that ends goes to one that is connected, whose session is not kept', async () => {
  const world = await DurableWorld.open()
  await away(world, 'ends', [SHARED], lasting(5, { sessionExpiryInterval: 10 }))
  await published(world, 'a', 1, ['1', '2'])
  await world.crash()
  const peer = await subscriber(world, 'here', [SHARED], {})
  await passes(world, 11_000)
  expect(await said(world, peer)).toEqual(['publish 1 q1 1', 'publish 2 q1 2'])
  expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
})

it('what waits for a member that ends is let go where there is nobody else', async () => {
  const world = await DurableWorld.open()
  await away(world, 'ends', [SHARED], lasting(5, { sessionExpiryInterval: 10 }))
  await published(world, 'a', 1, ['1', '2'])
  await world.crash({}, 11_000)
  await passes(world, 1000)
  expect(world.now.broker.stats()).toMatchObject({ sessions: 0, store: { messages: 0 } })
})

it('what was sent to a member that is lost goes to another, and is stored for that', async () => {
  const world = await DurableWorld.open()
  const leaves = await subscriber(world, 'leaves', [SHARED])
  const stays = await subscriber(world, 'stays', [SHARED])
  await published(world, 'a', 1, ['x'])
  expect(await said(world, leaves)).toEqual(['publish 1 q1 x'])
  await lost(world, leaves)
  expect(await said(world, stays)).toEqual(['publish 1 q1 x'])
  await passes(world, 1000)
  await world.crash()
  expect((await come(world, 'leaves')).words.slice(1)).toEqual([])
  const { peer, words } = await come(world, 'stays')
  expect(words.slice(1)).toEqual(['publish 1 q1 dup x'])
  await said(world, peer, ack('puback', 1))
  expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
})

it.each([0, 1, 2, 3])(
  'what goes to another is in the store at each moment: after %i more groups',
  async (groups) => {
    const world = await DurableWorld.open()
    const leaves = await subscriber(world, 'leaves', [SHARED])
    const stays = await subscriber(world, 'stays', [SHARED])
    await published(world, 'a', 1, ['x'])
    expect(await said(world, leaves)).toEqual(['publish 1 q1 x'])
    await passes(world, 1000)
    world.storage.faults.hold()
    await come(world, 'somebody whose commit is under way')
    await lost(world, leaves)
    expect(await said(world, stays)).toEqual(['publish 1 q1 x'])
    for (let group = 0; group < groups; group++) {
      world.storage.faults.release(1)
      await world.settle()
    }
    await world.crash()
    const [one, other] = [await come(world, 'leaves'), await come(world, 'stays')]
    expect([...one.words.slice(1), ...other.words.slice(1)]).toHaveLength(1)
  },
)

it.each([1, 2, 3, 4])(
  'what waited for who has ended is in the store at each moment: after %i more groups',
  async (groups) => {
    const world = await DurableWorld.open()
    await away(world, 'ends', [SHARED], lasting(5, { sessionExpiryInterval: 10 }))
    await published(world, 'a', 1, ['x'])
    await away(world, 'stays', [SHARED])
    world.storage.faults.holdReads()
    await passes(world, 11_000)
    // The session has ended for good.
    world.storage.faults.hold()
    await come(world, 'somebody whose commit is under way')
    world.storage.faults.releaseReads()
    await world.settle()
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 1 })
    for (let group = 0; group < groups; group++) {
      world.storage.faults.release(1)
      await world.settle()
    }
    await world.crash({ units: Infinity })
    expect((await come(world, 'stays')).words.slice(1)).toEqual(['publish 1 q1 x'])
  },
)

it('QoS 2 that was begun stays with its member [MQTT-4.8.2-4]', async () => {
  const world = await DurableWorld.open()
  const leaves = await subscriber(world, 'leaves', [SHARED])
  const stays = await subscriber(world, 'stays', [SHARED])
  await published(world, 'a', 2, ['x'])
  expect(await said(world, leaves)).toEqual(['publish 1 q2 x'])
  await lost(world, leaves)
  await world.crash()
  expect(stays.take()).toEqual([])
  expect((await come(world, 'stays')).words.slice(1)).toEqual([])
  expect((await come(world, 'leaves')).words.slice(1)).toEqual(['publish 1 q2 dup x'])
})

it('a member in memory that takes a message costs no commit', async () => {
  const world = await DurableWorld.open({ shareStrategy: 'sticky' })
  await subscriber(world, 'here', [SHARED], {})
  await away(world, 'away', [SHARED])
  const { peer } = await world.client('pub')
  world.storage.faults.hold()
  expect(await said(world, peer, once('a', 'x'))).toEqual(['puback 1'])
  await world.crash()
  expect((await come(world, 'away')).words.slice(1)).toEqual([])
})
