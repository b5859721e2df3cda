// What waits for durable sessions: how much may, how little it takes where many wait for the same,
// and when it is let go.

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
import type { DurableOptions } from './durable-world.ts'
import { ack, lasting } from './lasting.ts'

describe('a message for many durable sessions', () => {
  it('is one entry of the log', async () => {
    const world = await DurableWorld.open()
    for (let n = 0; n < 50; n++) await away(world, `c${n}`, [{ filter: 'a', qos: 2 }])
    const { peer } = await world.client('pub')
    const before = commits(world)
    expect(await said(world, peer, exactly('a', 'x'))).toEqual(['pubrec 1'])
    expect(world.now.broker.stats()).toMatchObject({
      messagesQueued: 50,
      store: { messages: 1, commits: before + 1 },
    })
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 50, store: { messages: 1 } })
    for (let n = 0; n < 50; n++) {
      expect((await come(world, `c${n}`)).words).toEqual(['connack present', 'publish 1 q2 x'])
    }
  })

  it('is kept until the slowest has it', async () => {
    const world = await DurableWorld.open()
    await away(world, 'slow', [{ filter: 'a', qos: 1 }])
    const fast = await subscriber(world, 'fast', [{ filter: 'a', qos: 1 }])
    await published(world, 'a', 1, ['x', 'y'])
    await said(world, fast, ack('puback', 1), ack('puback', 2))
    await passes(world, 1000)
    expect(world.now.broker.stats().store).toMatchObject({ messages: 2 })
    await world.crash()
    const { peer } = await come(world, 'slow')
    await said(world, peer, ack('puback', 1))
    expect(world.now.broker.stats().store).toMatchObject({ messages: 2 })
    await said(world, peer, ack('puback', 2))
    expect(world.now.broker.stats().store).toMatchObject({ messages: 0, bytes: 0 })
  })

  it.each(['expires', 'is ended by a clean start'])(
    'is let go when the last session that wants it %s',
    async (how) => {
      const world = await DurableWorld.open()
      await away(world, 'c', [{ filter: 'a', qos: 1 }], lasting(5, { sessionExpiryInterval: 10 }))
      await published(world, 'a', 1, Array.from({ length: 300 }, String))
      await world.crash()
      expect(world.now.broker.stats().store).toMatchObject({ messages: 300 })
      if (how === 'expires') await passes(world, 11_000)
      else await come(world, 'c', {})
      await passes(world, 100)
      expect(world.now.broker.stats().store).toMatchObject({ messages: 0, bytes: 0 })
      await world.crash()
      expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 0, store: { messages: 0 } })
    },
  )

  it('is let go page by page: the oldest first', async () => {
    const world = await DurableWorld.open({ limits: { inFlightMax: 300 } })
    await away(world, 'c', [{ filter: 'a', qos: 1 }])
    await published(world, 'a', 1, Array.from({ length: 600 }, String))
    const { peer } = await come(world, 'c')
    await said(world, peer, ...Array.from({ length: 300 }, (_, n) => ack('puback', n + 1)))
    expect(world.now.broker.stats().store?.messages).toBeGreaterThan(300)
    expect(world.now.broker.stats().store?.messages).toBeLessThan(400)
    await passes(world, 1000)
    await world.crash()
    expect(world.now.broker.stats().store?.messages).toBeLessThan(400)
    expect(world.now.broker.stats().messagesQueued + 300).toBeLessThanOrEqual(600)
  })
})

describe.each(['one by one', 'in one turn'])('where too much is published %s', (pace) => {
  it('the oldest is dropped, and stays so after a kill', async () => {
    const world = await bounded('drop-oldest', { storedBacklogMessagesMax: 3 })
    expect(await publishing(world, pace, 5)).toEqual([1, 2, 3, 4, 5].map((n) => `puback ${n}`))
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 3 })
    expect(world.now.broker.stats().messagesDropped).toMatchObject({ 'backlog-full': 2 })
    await passes(world, 1000)
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 3 })
    expect((await come(world, 'c')).words.slice(1)).toEqual([
      'publish 1 q1 3',
      'publish 2 q1 4',
      'publish 3 q1 5',
    ])
  })

  it('the newest is refused, and stays so after a kill', async () => {
    const world = await bounded('refuse', { storedBacklogMessagesMax: 3 })
    expect(await publishing(world, pace, 5)).toEqual(
      ['puback 1', 'puback 2', 'puback 3', 'puback 4 0x97', 'puback 5 0x97'].toSorted(
        pace === 'in one turn' ? undefined : () => 0,
      ),
    )
    await world.crash()
    expect(await publishing(world, pace, 1)).toEqual(['puback 1 0x97'])
    expect((await come(world, 'c')).words.slice(1)).toEqual([
      'publish 1 q1 1',
      'publish 2 q1 2',
      'publish 3 q1 3',
    ])
  })

  it('the bytes are bounded as well', async () => {
    const world = await bounded('drop-oldest', { storedBacklogBytesMax: 1000 })
    await publishing(world, pace, 5)
    const { messagesQueued } = world.now.broker.stats()
    expect(messagesQueued).toBe(3)
    await passes(world, 1000)
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued })
    await publishing(world, pace, 2)
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued })
    expect((await come(world, 'c')).words.slice(1)).toEqual([
      'publish 1 q1 5',
      'publish 2 q1 1',
      'publish 3 q1 2',
    ])
  })
})

describe('the bounds of a durable session', () => {
  it('are not those of one in memory', async () => {
    const world = await bounded('drop-oldest', { backlogMessagesMax: 1, backlogBytesMax: 1 })
    await publishing(world, 'one by one', 5)
    expect(world.now.broker.stats()).toMatchObject({ messagesQueued: 5 })
  })

  it('hold for a message that is larger than all there may be', async () => {
    const world = await bounded('drop-oldest', { storedBacklogBytesMax: 1000 })
    await published(world, 'a', 1, ['x', 'y'.repeat(2000)])
    await world.crash()
    expect((await come(world, 'c')).words.slice(1)).toEqual(['publish 1 q1 x'])
  })

  it('hold for what waits behind a full window of a client that is connected', async () => {
    const world = await DurableWorld.open({
      limits: { inFlightMax: 1, storedBacklogMessagesMax: 2 },
    })
    const peer = await subscriber(world, 'c', [{ filter: 'a', qos: 1 }])
    await published(world, 'a', 1, ['1', '2', '3', '4'])
    expect(await said(world, peer)).toEqual(['publish 1 q1 1'])
    expect(await said(world, peer, ack('puback', 1))).toEqual(['publish 2 q1 3'])
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'c')).words.slice(1)).toEqual(['publish 2 q1 dup 3'])
  })

  it('let those who are not bounded have it all', async () => {
    const world = await bounded('refuse', { storedBacklogMessagesMax: 1 })
    const other = await subscriber(world, 'other', [{ filter: 'a', qos: 1 }])
    expect(await publishing(world, 'one by one', 2)).toEqual(['puback 1', 'puback 2'])
    expect(await said(world, other)).toEqual(['publish 1 q1 1', 'publish 2 q1 2'])
    await passes(world, 1000)
    await world.crash()
    expect((await come(world, 'other')).words.slice(1)).toEqual([
      'publish 1 q1 dup 1',
      'publish 2 q1 dup 2',
    ])
  })
})

async function bounded(
  backlogPolicy: 'drop-oldest' | 'refuse',
  limits: NonNullable<DurableOptions['limits']>,
): Promise<DurableWorld> {
  const world = await DurableWorld.open({ backlogPolicy, limits })
  await away(world, 'c', [{ filter: 'a', qos: 1 }])
  return world
}

/** A client publishes the numbers from 1 on; what it was answered. */
async function publishing(
  world: DurableWorld,
  pace: string,
  messages: number,
): Promise<readonly string[]> {
  const { peer } = await world.client('pub')
  const packets = Array.from({ length: messages }, (_, n) => once('a', String(n + 1), n + 1))
  const words: string[] = []
  if (pace === 'in one turn') words.push(...(await said(world, peer, ...packets)))
  else for (const packet of packets) words.push(...(await said(world, peer, packet)))
  await lost(world, peer)
  return words
}
