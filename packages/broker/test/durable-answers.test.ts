// What is said only once it is true for good: acknowledgements wait for the store, and for nothing
// else (§4.3.2, §4.3.3).

import { describe, expect, it } from 'vitest'
import {
  away,
  come,
  commits,
  exactly,
  lost,
  once,
  passes,
  published,
  said,
  subscriber,
} from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { ack, inWords, lasting } from './lasting.ts'
import { PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'

const UNSUBSCRIBE = { type: 'unsubscribe', packetId: 9, filters: ['a'] } as const

describe.each(VERSIONS)('while the store is slow, a client of version %i', (version) => {
  const fields = lasting(version)

  it('gets PUBACK and PUBREC when its messages are stored [MQTT-4.3.2-4] [MQTT-4.3.3-8]', async () => {
    const world = await withReceiver()
    const { peer } = await world.client('pub', { version })
    world.storage.faults.hold()
    expect(await said(world, peer, once('a', 'x', 1), exactly('a', 'y', 2))).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['puback 1', 'pubrec 2'])
    await world.crash()
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q1 x', 'publish 2 q2 y'])
  })

  it('gets PUBCOMP when the release of its identifier is stored', async () => {
    const world = await withReceiver()
    const { peer } = await come(world, 'pub', fields)
    await said(world, peer, exactly('a', 'x', 2))
    world.storage.faults.hold()
    expect(await said(world, peer, ack('pubrel', 2))).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['pubcomp 2'])
  })

  it('gets CONNACK, SUBACK and UNSUBACK when what they say is stored', async () => {
    const world = await DurableWorld.open()
    world.storage.faults.hold()
    const { peer, words } = await come(world, 'c', fields)
    expect(words).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['connack'])
    world.storage.faults.hold()
    expect(await said(world, peer, subscribe('a'))).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['suback 1'])
    world.storage.faults.hold()
    expect(await said(world, peer, UNSUBSCRIBE)).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['unsuback 9'])
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 0 })
  })

  it('gets QoS 2 and PUBREL when they could be told again after a kill', async () => {
    const world = await DurableWorld.open()
    const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 2 }], fields)
    world.storage.faults.hold()
    await published(world, 'a', 2, ['x'])
    expect(await said(world, peer)).toEqual([])
    world.storage.faults.release(1) // The message.
    expect(await said(world, peer)).toEqual([])
    world.storage.faults.release() // Its identifier.
    expect(await said(world, peer)).toEqual(['publish 1 q2 x'])
    world.storage.faults.hold()
    expect(await said(world, peer, ack('pubrec', 1))).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['pubrel 1'])
    await world.crash()
    expect((await come(world, 'c', fields)).words.slice(1)).toEqual(['pubrel 1'])
  })

  it('gets QoS 1 and QoS 0 at once', async () => {
    const world = await DurableWorld.open()
    const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 1 }], fields)
    world.storage.faults.hold()
    await published(world, 'a', 1, ['x'])
    await published(world, 'a', 0, ['y'])
    expect(await said(world, peer, PINGREQ)).toEqual(['publish 1 q1 x', 'publish q0 y', 'pingresp'])
    await world.crash()
    expect((await come(world, 'c', fields)).words.slice(1)).toEqual([])
  })

  it('has an answer to everything of which nothing is stored', async () => {
    const world = await DurableWorld.open()
    world.storage.faults.hold()
    const { peer } = await come(world, 'c', { version })
    const watcher = await world.client('watcher', { version })
    await world.say(watcher.peer, subscribe({ filter: 'a', qos: 2 }))
    expect(
      await said(world, peer, subscribe('x'), UNSUBSCRIBE, once('a', 'x', 1), exactly('a', 'y', 2)),
    ).toEqual(['suback 1', 'unsuback 9', 'puback 1', 'pubrec 2'])
    expect(await said(world, peer, ack('pubrel', 2), publish('a', 'z'))).toEqual(['pubcomp 2'])
    expect(await said(world, watcher.peer)).toEqual([
      'publish 1 q1 x',
      'publish 2 q2 y',
      'publish q0 z',
    ])
    expect(await said(world, watcher.peer, ack('puback', 1), ack('pubrec', 2))).toEqual([
      'pubrel 2',
    ])
    expect(commits(world)).toBe(0)
  })
})

describe('a message that no durable session wants', () => {
  it('is acknowledged at once, and costs no commit', async () => {
    const world = await DurableWorld.open()
    await away(world, 'other topic', [{ filter: 'b', qos: 2 }])
    await away(world, 'at QoS 0', [{ filter: 'a', qos: 0 }])
    const { peer } = await come(world, 'pub')
    await passes(world, 2000)
    const before = commits(world)
    world.storage.faults.hold()
    expect(await said(world, peer, once('a', 'x', 1), exactly('a', 'y', 2))).toEqual([
      'puback 1',
      'pubrec 2',
    ])
    expect(await said(world, peer, ack('pubrel', 2))).toEqual(['pubcomp 2'])
    expect(commits(world)).toBe(before)
  })

  it('waits behind those that have to wait: answers keep their order [MQTT-4.6.0-2]', async () => {
    const world = await withReceiver()
    const { peer } = await come(world, 'pub')
    world.storage.faults.hold()
    const packets = [once('b', '1', 1), once('a', '2', 2), once('b', '3', 3), exactly('b', '4', 4)]
    expect(await said(world, peer, ...packets)).toEqual(['puback 1 0x10'])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['puback 2', 'puback 3 0x10', 'pubrec 4 0x10'])
  })
})

describe('answers', () => {
  it('are in the order of the messages, over several commits [MQTT-4.6.0-2] [MQTT-4.6.0-3]', async () => {
    const world = await withReceiver()
    const { peer } = await come(world, 'pub')
    world.storage.faults.hold()
    await said(world, peer, once('a', '1', 1))
    await said(world, peer, exactly('a', '2', 2), once('b', '3', 3))
    await said(world, peer, once('a', '4', 4))
    world.storage.faults.release(1)
    expect(await said(world, peer)).toEqual(['puback 1'])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['pubrec 2', 'puback 3 0x10', 'puback 4'])
  })

  it('of a lost connection are not sent, and what was stored is not lost', async () => {
    const world = await withReceiver()
    const { peer } = await come(world, 'pub')
    world.storage.faults.hold()
    await said(world, peer, once('a', 'x', 1), exactly('a', 'y', 2))
    await lost(world, peer)
    const again = await come(world, 'pub')
    expect(again.words).toEqual([])
    world.storage.faults.release()
    expect(await said(world, again.peer)).toEqual(['connack present'])
    const dup = publish('a', 'y', { qos: 2, packetId: 2, dup: true })
    expect(await said(world, again.peer, dup)).toEqual(['pubrec 2'])
    await world.crash()
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q1 x', 'publish 2 q2 y'])
    const last = await come(world, 'pub')
    expect(await said(world, last.peer, ack('pubrel', 2))).toEqual(['pubcomp 2'])
  })

  it('to retained messages wait for the store, whoever is subscribed', async () => {
    const world = await DurableWorld.open()
    const { peer } = await world.client('pub')
    world.storage.faults.hold()
    const kept = publish('a', 'x', { qos: 1, packetId: 1, retain: true })
    expect(await said(world, peer, kept)).toEqual([])
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['puback 1 0x10'])
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 1 })
  })

  it('of many clients wait for one commit', async () => {
    const world = await withReceiver()
    const peers = []
    for (let n = 0; n < 20; n++) peers.push((await world.client(`pub ${n}`)).peer)
    const before = commits(world)
    for (const peer of peers) peer.send(once('a', 'x'))
    // The first one, and all that came while it was under way.
    for (const peer of peers) expect(await said(world, peer)).toEqual(['puback 1'])
    expect(commits(world) - before).toBeLessThanOrEqual(2)
  })
})

describe('a client that says more than can be stored at the moment', () => {
  it('is not read, but not thrown out, at QoS 1 [MQTT-3.3.4-8]', async () => {
    const world = await withReceiver({ receiveMaximum: 4 })
    const { peer } = await come(world, 'pub')
    world.storage.faults.hold()
    const packets = Array.from({ length: 12 }, (_, n) => once('a', String(n), n + 1))
    expect(await said(world, peer, ...packets)).toEqual([])
    expect(peer.closed).toBeUndefined()
    world.storage.faults.release()
    expect(await said(world, peer, PINGREQ)).toEqual([
      ...packets.map((_, n) => `puback ${n + 1}`),
      'pingresp',
    ])
    await world.crash()
    expect((await come(world, 'sub')).words).toHaveLength(13)
  })

  it('is not read beyond journalBytesMax, and goes on afterwards', async () => {
    const world = await withReceiver({}, { journalBytesMax: 2000 })
    const { peer } = await come(world, 'pub')
    const { peer: other } = await come(world, 'other')
    world.storage.faults.hold()
    const packets = Array.from({ length: 20 }, (_, n) => once('a', 'x'.repeat(500), n + 1))
    expect(await said(world, peer, ...packets)).toEqual([])
    expect(world.now.broker.stats().messagesIn).toBeLessThan(6)
    // Who publishes nothing is heard.
    expect(await said(world, other, PINGREQ)).toEqual(['pingresp'])
    world.storage.faults.release()
    await world.settle()
    expect(await said(world, peer)).toEqual(packets.map((_, n) => `puback ${n + 1}`))
  })

  it('is not taken for silent meanwhile', async () => {
    const world = await withReceiver({}, { journalBytesMax: 300 })
    const { peer } = await come(world, 'pub', { ...lasting(), keepAlive: 10 })
    world.storage.faults.hold()
    await said(world, peer, once('a', 'x', 1), once('a', 'y', 2))
    await passes(world, 60_000)
    expect(peer.closed).toBeUndefined()
    world.storage.faults.release()
    expect(await said(world, peer)).toEqual(['puback 1', 'puback 2'])
  })

  it('may go meanwhile: what it said before is stored, and nothing behind', async () => {
    const world = await withReceiver({}, { journalBytesMax: 300 })
    const { peer } = await come(world, 'pub')
    world.storage.faults.hold()
    await said(world, peer, once('a', 'x', 1), once('a', 'y', 2))
    await lost(world, peer)
    world.storage.faults.release()
    await world.settle()
    await world.crash()
    const { words } = await come(world, 'sub')
    expect(words.slice(1)).toEqual(['publish 1 q1 x'])
  })
})

describe('closing', () => {
  it('writes everything, how far sessions have come included', async () => {
    const world = await DurableWorld.open()
    const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 1 }])
    await published(world, 'a', 1, ['x', 'y'])
    expect(await said(world, peer, ack('puback', 1))).toEqual(['publish 1 q1 x', 'publish 2 q1 y'])
    await world.restart()
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 2 q1 dup y'])
  })

  it('waits for what is under way, and answers nothing that is not stored', async () => {
    const world = await withReceiver()
    const { peer } = await world.client('pub')
    world.storage.faults.hold()
    await said(world, peer, once('a', 'x'))
    const closing = world.now.broker.close()
    await world.settle()
    expect(inWords(peer.take())).toEqual(['disconnect 0x8b'])
    world.storage.faults.release()
    await world.settle()
    await closing
    await world.crash()
    expect((await come(world, 'sub')).words.slice(1)).toEqual(['publish 1 q1 x'])
  })
})

/** A world with somebody who is away and wants all of `a`. */
async function withReceiver(
  limits: { receiveMaximum?: number } = {},
  more: { journalBytesMax?: number } = {},
): Promise<DurableWorld> {
  const world = await DurableWorld.open({ limits: { ...limits, ...more } })
  await away(world, 'sub', [{ filter: 'a', qos: 2 }])
  return world
}
