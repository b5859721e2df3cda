// Taking up what the store holds, also where it is not what one broker would have left: halves of
// what a crash tore, records of sessions that have ended, and bytes of another program.

import type { Unit } from '@godwit/store'
import { MemoryEngine, pageOf } from '@godwit/store'
import { describe, expect, it } from 'vitest'
import type { RestorationProgress } from '../src/restoration.ts'
import { away, come, exactly, lost, passes, published, said, subscriber } from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import type { DurableOptions } from './durable-world.ts'
import { ack, lasting } from './lasting.ts'
import { disconnect, publish } from './peer.ts'

it('says how far it has come', async () => {
  const told: RestorationProgress[] = []
  const world = await DurableWorld.open({ restoring: (progress) => told.push(progress) })
  expect(told.at(-1)).toEqual({ sessions: 0, retainedMessages: 0, messages: 0 })
  for (let n = 0; n < 100; n++) await away(world, `c${n}`, [{ filter: 'a', qos: 1 }])
  await published(world, 'a', 1, Array.from({ length: 200 }, String))
  world.now.broker.publish({ topic: 'r', payload: new Uint8Array(1), retain: true })
  await world.settle()
  told.length = 0
  await world.crash()
  expect(told.at(-1)).toEqual({ sessions: 100, retainedMessages: 1, messages: 200 })
  expect(told.length).toBeGreaterThan(5)
  expect(world.now.broker.stats()).toMatchObject({
    sessions: 100,
    messagesQueued: 20_000,
    store: { messages: 200 },
  })
})

describe.each([
  { shards: 1, atomic: 'all' },
  { shards: 4, atomic: 'shard' },
  { shards: 7, atomic: 'key' },
] as const)('with $shards shards, and $atomic whole', (engine) => {
  it('every message is found, those of a topic and QoS in order [MQTT-4.6.0-6]', async () => {
    const world = await DurableWorld.open({ engine, limits: { inFlightMax: 1000 } })
    await away(world, 'c', [{ filter: '#', qos: 2 }])
    const topics = ['a', 'b', 'c', 'd', 'e']
    for (let n = 0; n < 20; n++) {
      for (const topic of topics)
        await published(world, topic, n % 2 === 0 ? 1 : 2, [`${topic}${n}`])
    }
    await world.crash()
    const { peer, words } = await come(world, 'c')
    for (const topic of topics) {
      for (const [qos, first] of [
        ['q1', 0],
        ['q2', 1],
      ] as const) {
        const texts = words.flatMap((line) => line.split(` ${qos} ${topic}`)[1] ?? [])
        expect(texts).toEqual(Array.from({ length: 10 }, (_, n) => String(2 * n + first)))
      }
    }
    const acks = words.slice(1).map((line) => {
      const [, packetId, qos] = line.split(' ')
      return ack(qos === 'q1' ? 'puback' : 'pubrec', Number(packetId))
    })
    await said(world, peer, ...acks)
    await said(world, peer, ...acks.map(({ packetId }) => ack('pubcomp', packetId)))
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c')).words).toEqual(['connack present'])
  })

  it('what is in flight, received and subscribed is found', async () => {
    const world = await DurableWorld.open({ engine })
    const peer = await subscriber(world, 'c', [{ filter: '+', qos: 2 }])
    await published(world, 'a', 2, ['1'])
    await published(world, 'b', 2, ['2'])
    await published(world, 'c', 1, ['3'])
    expect(await said(world, peer, ack('pubrec', 2), exactly('other/topic', 'x', 9))).toContain(
      'pubrel 2',
    )
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c')).words).toEqual([
      'connack present',
      'pubrel 2',
      'publish 1 q2 dup 1',
      'publish 3 q1 dup 3',
    ])
  })

  it('a new subscription gets nothing of what was there before', async () => {
    const world = await DurableWorld.open({ engine })
    await away(world, 'old', [{ filter: '#', qos: 1 }])
    for (const topic of ['a', 'b', 'c']) await published(world, topic, 1, ['before'])
    await away(world, 'new', [{ filter: '#', qos: 1 }])
    for (const topic of ['a', 'b', 'c']) await published(world, topic, 1, ['after'])
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 9 })
    expect((await come(world, 'new')).words.slice(1).toSorted()).toEqual([
      'publish 1 q1 after',
      'publish 2 q1 after',
      'publish 3 q1 after',
    ])
  })
})

describe('what a crash may leave', () => {
  it('records without a session are deleted', async () => {
    const world = await prepared([
      { records: [{ table: 'progress', key: '8', value: new Uint8Array([1, 0, 0]) }] },
      { records: [{ table: 'received', key: '8/1', value: new Uint8Array([1]) }] },
      { records: [{ table: 'subscriptions', key: '8/a', value: new Uint8Array([1]) }] },
    ])
    expect(world.now.broker.stats()).toMatchObject({ sessions: 1, subscriptions: 1 })
    await world.restart()
    const engine = await engineOf(world)
    for (const [table, key] of [
      ['progress', '8'],
      ['received', '8/1'],
      ['subscriptions', '8/a'],
    ] as const) {
      expect(await engine.records.get(table, key)).toBeUndefined()
    }
    await engine.close()
  })

  it('the numbers of sessions may be behind: none is used twice', async () => {
    const world = await prepared([
      { records: [{ table: 'settings', key: 'numbers', value: null }] },
    ])
    await away(world, 'new', [{ filter: 'b', qos: 1 }])
    await world.crash()
    await published(world, 'a', 1, ['x'])
    expect((await come(world, 'c')).words.slice(1)).toEqual(['publish 1 q1 kept', 'publish 2 q1 x'])
    expect((await come(world, 'new')).words.slice(1)).toEqual([])
  })

  it('a session without progress gets what comes from then on', async () => {
    const world = await prepared([{ records: [{ table: 'progress', key: '1', value: null }] }])
    expect(world.now.broker.stats().store).toMatchObject({ messages: 1 })
    await published(world, 'a', 1, ['x'])
    expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 x'])
  })

  it('what was acknowledged may be gone, though nobody has noted that', async () => {
    const world = await DurableWorld.open()
    const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 2 }])
    await published(world, 'a', 1, ['1'])
    await published(world, 'a', 2, ['2', '3'])
    await said(world, peer, ack('pubrec', 2))
    await passes(world, 1000)
    await world.crash()
    await world.now.broker.close()
    world.storage.crash()
    const engine = await MemoryEngine.open(world.storage)
    engine.log.release([pageOf(1, 1)])
    await engine.commit([{ records: [{ table: 'settings', key: 'x', value: null }] }])
    await engine.close()
    await world.start()
    const again = await come(world, 'c')
    expect(again.words).toEqual(['connack present', 'pubrel 2'])
    expect(await said(world, again.peer, ack('pubcomp', 2))).toEqual([])
    await published(world, 'a', 2, ['4'])
    expect(await said(world, again.peer)).toHaveLength(1)
  })

  it('an entry for a session that is no more is let go', async () => {
    const world = await prepared([{ records: [{ table: 'sessions', key: 'c', value: null }] }])
    await world.settle()
    expect(world.now.broker.stats()).toMatchObject({ sessions: 0, messagesQueued: 0 })
    await published(world, 'x', 0, ['x'])
    await passes(world, 100)
    await world.restart()
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0 })
  })
})

describe('what another program has written', () => {
  it.each(['sessions', 'subscriptions', 'progress', 'retained'] as const)(
    'keeps the broker from starting, and says so: %s',
    async (table) => {
      const key = { sessions: 'x', subscriptions: '1/x', progress: '1', retained: 'x' }[table]
      const value = new Uint8Array([0xff])
      await expect(prepared([{ records: [{ table, key, value }] }])).rejects.toThrow(/255|0xff|ff/i)
    },
  )

  it('is found in the log as well', async () => {
    const bytes = new Uint8Array([0xff, 1, 2])
    await expect(prepared([{ appends: [{ topic: 'a', bytes }] }])).rejects.toThrow(/255|0xff|ff/i)
  })
})

it('a subscription that was given up is not counted for what came before it ended', async () => {
  const world = await DurableWorld.open()
  const peer = await subscriber(world, 'c', [
    { filter: 'a', qos: 1 },
    { filter: '#', qos: 2 },
  ])
  await said(world, peer, disconnect())
  await published(world, 'a', 2, ['1'])
  await world.crash()
  const again = await come(world, 'c')
  expect(again.words).toEqual(['connack present', 'publish 1 q2 1'])
  await said(world, again.peer, { type: 'unsubscribe', packetId: 1, filters: ['#'] })
  await lost(world, again.peer)
  await published(world, 'a', 2, ['2'])
  await world.crash()
  const last = await come(world, 'c')
  expect(last.words).toEqual(['connack present', 'publish 1 q2 dup 1', 'publish 2 q1 2'])
})

it('own messages are left out where that was asked for, after a kill too [MQTT-3.8.3-3]', async () => {
  const world = await DurableWorld.open()
  const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 1, noLocal: true }])
  await away(world, 'other', [{ filter: 'a', qos: 1 }])
  await said(world, peer, publish('a', 'own', { qos: 1, packetId: 1 }))
  await lost(world, peer)
  await published(world, 'a', 1, ['of the program'])
  await world.crash()
  expect((await come(world, 'c')).words).toEqual(['connack present', 'publish 1 q1 of the program'])
  expect((await come(world, 'other')).words).toHaveLength(3)
})

/** A session `c` with the number 1, subscribed to `a`, with one message, and then these units. */
async function prepared(
  units: readonly Unit[],
  options: DurableOptions = {},
): Promise<DurableWorld> {
  const world = await DurableWorld.open(options)
  await away(world, 'c', [{ filter: 'a', qos: 1 }], lasting())
  await published(world, 'a', 1, ['kept'])
  const engine = await engineOf(world)
  await engine.commit(units)
  await engine.close()
  await world.start()
  return world
}

/** The broker is killed, and this is an engine on what it left. */
async function engineOf(world: DurableWorld): Promise<MemoryEngine> {
  world.storage.crash()
  return MemoryEngine.open(world.storage)
}
