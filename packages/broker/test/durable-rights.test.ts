// What a client may have, where messages wait for it on disk: they are asked about when they are to
// be sent, for the rights may have changed meanwhile, and while the broker was away.

import { describe, expect, it } from 'vitest'
import type { Action } from '../src/index.ts'
import { away, come, lost, once, passes, published, said, subscriber } from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { ack } from './lasting.ts'
import { subscribe } from './peer.ts'
import { SlowGuard } from './slow-guard.ts'

describe.each(['sync', 'slow'] as const)('a guard, %s', (pace) => {
  it('is asked about what waits after a kill, and about what comes then', async () => {
    const { world, rights, asked } = await guarded(pace)
    await away(world, 'c', [{ filter: '+', qos: 2 }])
    await published(world, 'a', 1, ['1'])
    await published(world, 'b', 2, ['2'])
    await published(world, 'a', 2, ['3'])
    asked.length = 0
    rights.denied = ['deliver b']
    await world.crash()
    expect(asked).toEqual([])
    const { peer, words } = await come(world, 'c')
    expect(words).toEqual(['connack present', 'publish 1 q1 1', 'publish 2 q2 3'])
    expect(asked).toEqual([
      { type: 'deliver', topic: 'a', qos: 1, retain: false },
      { type: 'deliver', topic: 'b', qos: 2, retain: false },
      { type: 'deliver', topic: 'a', qos: 2, retain: false },
    ])
    expect(world.now.broker.stats().messagesDropped).toMatchObject({ 'not-authorized': 1 })
    await said(world, peer, ack('puback', 1), ack('pubrec', 2))
    await said(world, peer, ack('pubcomp', 2))
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
    await published(world, 'b', 1, ['4'])
    await published(world, 'b', 0, ['5'])
    await published(world, 'a', 1, ['6'])
    expect(await said(world, peer)).toEqual(['publish 3 q1 6'])
  })

  it('is asked once the rights have changed, and takes subscriptions away for good', async () => {
    const { world, rights } = await guarded(pace)
    await away(world, 'c', [
      { filter: 'a', qos: 1 },
      { filter: 'b', qos: 1 },
    ])
    rights.denied = ['subscribe b', 'deliver a']
    const done = world.now.broker.rightsChanged()
    await world.settle()
    await done
    await published(world, 'a', 1, ['1'])
    await published(world, 'b', 1, ['2'])
    rights.denied = []
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ subscriptions: 1 })
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 1'])
  })

  it('turns away what waits when the rights change, if it is sent then', async () => {
    const { world, rights } = await guarded(pace)
    await away(world, 'c', [{ filter: '+', qos: 1 }])
    await published(world, 'a', 1, ['1'])
    rights.denied = ['deliver a']
    const done = world.now.broker.rightsChanged()
    await world.settle()
    await done
    await published(world, 'b', 1, ['2'])
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 2'])
    await passes(world, 1000)
    await world.crash()
    rights.denied = []
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 dup 2'])
  })

  it('is not asked again about what was sent', async () => {
    const { world, rights } = await guarded(pace)
    await subscriber(world, 'c', [{ filter: 'a', qos: 2 }])
    await published(world, 'a', 2, ['1'])
    rights.denied = ['deliver a']
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q2 dup 1'])
  })

  it('lets a publisher have its answer when the message is stored', async () => {
    const { world, rights } = await guarded(pace)
    await away(world, 'c', [{ filter: '+', qos: 2 }])
    rights.denied = ['publish b']
    const { peer } = await world.client('pub')
    world.storage.faults.hold()
    expect(await said(world, peer, once('a', '1', 1), once('b', '2', 2))).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['puback 1', 'puback 2 0x87'])
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 1'])
  })

  it('is asked about a durable subscription before it is stored', async () => {
    const { world, rights } = await guarded(pace)
    rights.denied = ['subscribe b']
    const { peer } = await come(world, 'c')
    await said(world, peer, subscribe({ filter: 'a', qos: 1 }, { filter: 'b', qos: 1 }))
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ subscriptions: 1 })
  })
})

describe('a guard that takes its time', () => {
  it('keeps what waits in order, and a kill loses none of it', async () => {
    const slow = new SlowGuard<Action, boolean>()
    const world = await DurableWorld.open({
      guards: { authorize: (action) => (action.type === 'deliver' ? slow.guard(action) : true) },
    })
    await away(world, 'c', [{ filter: 'a', qos: 1 }])
    await published(world, 'a', 1, ['1', '2', '3'])
    await world.crash()
    const { peer, words } = await come(world, 'c')
    expect(words).toEqual(['connack present'])
    slow.answer(0, true)
    expect(await said(world, peer)).toEqual(['publish 1 q1 1'])
    slow.answer(1, false)
    await world.settle()
    expect(slow.asked).toHaveLength(3)
    await passes(world, 1000)
    await world.crash()
    const again = await come(world, 'c')
    expect(again.words).toEqual(['connack present', 'publish 1 q1 dup 1'])
    slow.answer(3, true)
    expect(await said(world, again.peer)).toEqual(['publish 2 q1 3'])
  })

  it('is asked anew after a lost connection', async () => {
    const slow = new SlowGuard<Action, boolean>()
    const world = await DurableWorld.open({
      guards: { authorize: (action) => (action.type === 'deliver' ? slow.guard(action) : true) },
    })
    await away(world, 'c', [{ filter: 'a', qos: 1 }])
    await published(world, 'a', 1, ['1'])
    await world.crash()
    await lost(world, (await come(world, 'c')).peer)
    const { peer } = await come(world, 'c')
    slow.answer(0, false)
    expect(await said(world, peer)).toEqual([])
    slow.answer(1, true)
    expect(await said(world, peer)).toEqual(['publish 1 q1 1'])
  })
})

/** A guard that denies what it is told to, such as `deliver a`. */
async function guarded(pace: 'sync' | 'slow'): Promise<{
  world: DurableWorld
  rights: { denied: string[] }
  asked: Action[]
}> {
  const rights = { denied: [] as string[] }
  const asked: Action[] = []
  const world = await DurableWorld.open({
    guards: {
      authorize: (action) => {
        asked.push(action)
        const about = action.type === 'subscribe' ? action.filter : action.topic
        const may = !rights.denied.includes(`${action.type} ${about}`)
        return pace === 'sync' ? may : Promise.resolve(may)
      },
    },
  })
  return { world, rights, asked }
}
