// Retained Messages, as an administrator sees and removes them.

import { describe, expect, it } from 'vitest'
import type { Broker, PageRequest } from '../src/index.ts'
import { DurableWorld } from './durable-world.ts'
import { openWorld, publish, subscribe } from './peer.ts'
import type { World } from './peer.ts'

describe('the list of Retained Messages', () => {
  it('says what there is, without the payloads', async () => {
    const { broker, client, clock } = await openWorld({ systemTopicsEveryMs: 0 })
    const properties = { messageExpiryInterval: 60 }
    client('c').send(publish('a/b', 'text', { retain: true, qos: 1, packetId: 1, properties }))
    broker.publish({ topic: 'a', payload: new Uint8Array(2), retain: true })
    clock.advance(1500)
    expect(broker.inspection.retained('#').items).toEqual([
      { topic: 'a/b', qos: 1, payloadBytes: 4, ageMs: 1500, expiresInSeconds: 59, publisher: 'c' },
      { topic: 'a', qos: 0, payloadBytes: 2, ageMs: 1500 },
    ])
    clock.advance(60_000)
    expect(topics(broker, '#')).toEqual(['a'])
  })

  it('is of those that a filter matches, in the order in which topics came to have one', async () => {
    const { broker } = await retaining('a/1', 'b/1', 'a/2', '$x/1', 'a/1', 'a/3')
    expect(topics(broker, 'a/+')).toEqual(['a/1', 'a/2', 'a/3'])
    expect(topics(broker, '#')).toEqual(['a/1', 'b/1', 'a/2', 'a/3'])
    expect(topics(broker, '$x/#')).toEqual(['$x/1'])
    expect(topics(broker, 'b/1')).toEqual(['b/1'])
    for (const limit of [1, 2, 3]) {
      expect(topics(broker, 'a/+', { limit })).toEqual(['a/1', 'a/2', 'a/3'])
    }
  })

  it('goes on though what was listed last is gone', async () => {
    const { broker } = await retaining('a', 'b', 'c', 'd')
    const { next = '' } = broker.inspection.retained('#', { limit: 2 })
    await broker.inspection.deleteRetained('b')
    await broker.inspection.deleteRetained('c')
    broker.publish({ topic: 'b', payload: new Uint8Array(1), retain: true })
    expect(topics(broker, '#', { after: next })).toEqual(['d', 'b'])
  })

  it('is not for what is no filter', async () => {
    const { broker } = await retaining()
    expect(() => broker.inspection.retained('a#')).toThrow(/got "a#"$/)
  })
})

describe('a Retained Message', () => {
  it('is shown with all that was published', async () => {
    const { broker, client } = await openWorld()
    const properties = { contentType: 'text/plain', userProperty: [['a', 'b']] } as const
    client('c').send(publish('a', 'text', { retain: true, properties }))
    const found = broker.inspection.retainedMessage('a')
    expect(found).toMatchObject({ topic: 'a', publisher: 'c', properties })
    expect(new TextDecoder().decode(found?.payload)).toBe('text')
    expect(broker.inspection.retainedMessage('b')).toBeUndefined()
  })

  it('is not there when its time has passed, though nobody has looked', async () => {
    const { broker, clock } = await openWorld()
    const properties = { messageExpiryInterval: 1 }
    broker.publish({ topic: 'a', payload: new Uint8Array(1), retain: true, properties })
    clock.advance(5000)
    expect(broker.inspection.retainedMessage('a')).toBeUndefined()
    expect(topics(broker, '#')).toEqual([])
  })

  it('is removed, and subscribers hear nothing of it', async () => {
    const { broker, client } = await retaining('a')
    const peer = client('c')
    peer.send(subscribe('a'))
    expect(peer.takeTexts()).toHaveLength(1)
    expect(await broker.inspection.deleteRetained('a')).toBe(true)
    expect(await broker.inspection.deleteRetained('a')).toBe(false)
    expect(broker.stats().retainedMessages).toBe(0)
    expect(peer.takeTexts()).toEqual([])
  })

  it('stays removed after a kill, once the promise is fulfilled', async () => {
    const world = await DurableWorld.open()
    world.now.broker.publish({ topic: 'a', payload: new Uint8Array(1), retain: true, qos: 1 })
    await world.settle()
    await world.crash()
    expect(topics(world.now.broker, '#')).toEqual(['a'])
    const deleted = world.now.broker.inspection.deleteRetained('a')
    await world.settle()
    expect(await deleted).toBe(true)
    await world.crash()
    expect(topics(world.now.broker, '#')).toEqual([])
  })
})

/** A broker that retains a message of each topic. */
async function retaining(...some: readonly string[]): Promise<World> {
  const world = await openWorld({ systemTopicsEveryMs: 0 })
  for (const topic of some) {
    world.broker.publish({ topic, payload: new Uint8Array(1), retain: true })
  }
  return world
}

/** The topics of all pages. */
function topics(broker: Broker, filter: string, request: PageRequest = {}): readonly string[] {
  const found: string[] = []
  let next = request.after
  do {
    const after = next === undefined ? {} : { after: next }
    const page = broker.inspection.retained(filter, { ...request, ...after })
    found.push(...page.items.map(({ topic }) => topic))
    next = page.next
  } while (next !== undefined)
  return found
}
