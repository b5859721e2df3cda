// A store that is full, or has failed: what goes on, what is refused, and what is written later.

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
import { disconnect, PINGREQ, publish, subscribe, VERSIONS } from './peer.ts'
import type { Peer } from './peer.ts'

describe('where the store is full', () => {
  it.each(VERSIONS)('a client of version %i is told so, or nothing', async (version) => {
    const world = await withReceiver()
    const { peer } = await world.client('pub', { version })
    full(world)
    const answers = await said(world, peer, once('a', 'x', 1), exactly('a', 'y', 2))
    expect(answers).toEqual(version === 5 ? ['puback 1 0x97', 'pubrec 2 0x97'] : [])
    expect(world.now.seen).toContain('store full')
    recovers(world)
    await world.crash()
    expect((await come(world, 'sub')).words).toEqual(['connack present'])
  })

  it('a client that is known comes in, though nobody knows yet that there is no room', async () => {
    const world = await withReceiver()
    full(world)
    await world.crash()
    const { peer, words } = await come(world, 'sub')
    expect(words).toEqual(['connack present'])
    expect(world.now.seen).toContain('store full')
    await lost(world, peer)
    recovers(world)
    await passes(world, 1000)
    await world.crash({}, 4_000_000)
    expect((await come(world, 'sub')).words).toEqual(['connack'])
  })

  it('QoS 0, whoever wants nothing stored, and reads go on', async () => {
    const world = await withReceiver()
    await published(world, 'a', 1, ['before'])
    const { peer } = await world.client('pub')
    await filled(world, peer)
    const watcher = await world.client('watcher')
    expect(inWords(watcher.taken)).toEqual(['connack'])
    expect(await said(world, watcher.peer, subscribe({ filter: 'b', qos: 2 }))).toEqual([
      'suback 1',
    ])
    expect(await said(world, peer, publish('b', '0'), once('b', '1', 2))).toEqual(['puback 2'])
    expect(await said(world, watcher.peer)).toEqual(['publish q0 0', 'publish 1 q1 1'])
    expect((await come(world, 'sub')).words).toEqual(['connack present', 'publish 1 q1 before'])
  })

  it.each(VERSIONS)(
    'a client of version %i with a Will, and no session, comes in',
    async (version) => {
      const world = await withReceiver()
      await filled(world, (await world.client('pub')).peer)
      const will = { topic: 'w', payload: new Uint8Array(1), qos: 0, retain: false } as const
      expect((await come(world, 'mortal', { version, will })).words).toEqual(['connack'])
    },
  )

  it('a new session that is to be kept is refused', async () => {
    const world = await withReceiver()
    await filled(world, (await world.client('pub')).peer)
    expect((await come(world, 'new')).words).toEqual(['connack 0x97'])
    expect((await come(world, 'new', lasting(4))).words[0]).toMatch('connack 0x')
  })

  it('a subscription that is to be kept is refused, and the client heard further', async () => {
    const world = await withReceiver()
    const { peer } = await come(world, 'c')
    await filled(world, (await world.client('pub')).peer)
    expect(await said(world, peer, subscribe({ filter: 'x', qos: 1 }), PINGREQ)).toEqual([
      'suback 1',
      'pingresp',
    ])
    recovers(world)
    await passes(world, 1000)
    expect(world.now.broker.stats()).toMatchObject({ subscriptions: 1 })
  })

  it('nobody has a message that is refused', async () => {
    const world = await withReceiver()
    const watcher = await subscriber(world, 'watcher', ['a'], {})
    const { peer } = await world.client('pub')
    await filled(world, peer)
    await said(world, watcher)
    expect(await said(world, peer, once('a', 'x', 2), publish('a', 'y'))).toEqual(['puback 2 0x97'])
    expect(await said(world, watcher)).toEqual(['publish q0 y'])
  })

  it('that is said once, and once that there is room again', async () => {
    const world = await withReceiver()
    const { peer } = await world.client('pub')
    await filled(world, peer)
    await passes(world, 5000)
    await said(world, peer, once('a', 'x', 2))
    recovers(world)
    await passes(world, 1000)
    expect(await said(world, peer, once('a', 'y', 3))).toEqual(['puback 3'])
    expect(world.now.seen.filter((line) => line.startsWith('store'))).toEqual([
      'store full',
      'store has room',
    ])
    expect(world.now.broker.stats().store).toMatchObject({ isFull: false })
    await world.crash()
    expect((await come(world, 'sub')).words).toEqual(['connack present', 'publish 1 q1 y'])
  })

  it('a message before MQTT 5.0 is taken once there is room again', async () => {
    const world = await withReceiver()
    const { peer } = await world.client('pub', { version: 4 })
    await filled(world, (await world.client('other')).peer)
    expect(await said(world, peer, once('a', 'x', 1))).toEqual([])
    recovers(world)
    await passes(world, 500)
    await passes(world, 500)
    expect(await said(world, peer)).toEqual(['puback 1'])
    await world.crash()
    expect((await come(world, 'sub')).words).toEqual(['connack present', 'publish 1 q1 x'])
  })

  it('records that could not be written are written later', async () => {
    const world = await withReceiver()
    const reader = await subscriber(world, 'reader', [{ filter: 'r', qos: 2 }])
    const leaves = await subscriber(world, 'leaves', [{ filter: 'r', qos: 0 }])
    const { peer: pub } = await come(world, 'pub')
    expect(await said(world, pub, exactly('a', 'x', 7))).toEqual(['pubrec 7'])
    await published(world, 'r', 1, ['1', '2'])
    await filled(world, (await world.client('other')).peer)
    await said(world, reader, ack('puback', 1))
    expect(await said(world, pub, ack('pubrel', 7))).toEqual([])
    await said(world, leaves, { type: 'unsubscribe', packetId: 3, filters: ['r'] })
    await said(world, pub, publish('kept', 'k', { retain: true }))
    await passes(world, 3000)
    recovers(world)
    await passes(world, 1000)
    expect(await said(world, pub)).toEqual(['pubcomp 7'])
    expect(await said(world, leaves)).toEqual(['unsuback 3'])
    await passes(world, 1000)
    await world.crash()
    expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 1, subscriptions: 2 })
    expect((await come(world, 'reader')).words.slice(1)).toEqual(['publish 2 q1 dup 2'])
    const again = await come(world, 'pub')
    expect(await said(world, again.peer, exactly('a', 'y', 7))).toEqual(['pubrec 7'])
  })

  it('a client that comes back is let in, and its session ends in time', async () => {
    const world = await withReceiver()
    await away(world, 'c', ['x'], lasting(5, { sessionExpiryInterval: 10 }))
    await filled(world, (await world.client('pub')).peer)
    const { peer, words } = await come(world, 'c', lasting(5, { sessionExpiryInterval: 10 }))
    expect(words).toEqual(['connack present'])
    await said(world, peer, disconnect())
    await passes(world, 11_000)
    recovers(world)
    await passes(world, 1000)
    await world.crash({}, -5000)
    expect(world.now.broker.stats()).toMatchObject({ sessions: 1 })
  })

  it('what a client without session is to get of a batch that was lost, it gets', async () => {
    const world = await withReceiver()
    const watcher = await subscriber(world, 'watcher', [{ filter: 'a', qos: 1 }], {})
    const { peer } = await world.client('pub')
    full(world)
    expect(await said(world, peer, once('a', 'x'))).toEqual(['puback 1 0x97'])
    expect(await said(world, watcher)).toEqual(['publish 1 q1 x'])
  })

  it('a QoS 2 message that was lost is a new one when it comes again', async () => {
    const world = await withReceiver()
    const { peer } = await come(world, 'pub')
    full(world)
    expect(await said(world, peer, exactly('a', 'x', 7))).toEqual(['pubrec 7 0x97'])
    recovers(world)
    await passes(world, 1000)
    expect(await said(world, peer, exactly('a', 'x', 7))).toEqual(['pubrec 7'])
    await world.crash()
    expect((await come(world, 'sub')).words).toEqual(['connack present', 'publish 1 q2 x'])
  })

  it('an orderly end does not wait for room', async () => {
    const world = await withReceiver()
    await filled(world, (await world.client('pub')).peer)
    await world.restart()
    recovers(world)
    expect((await come(world, 'sub')).words).toEqual(['connack present'])
  })
})

describe('where the log has reached logBytesMax', () => {
  it('no message above QoS 0 is stored until somebody has taken some', async () => {
    const world = await DurableWorld.open({ limits: { logBytesMax: 1000 } })
    await away(world, 'sub', [{ filter: 'a', qos: 2 }])
    const { peer } = await world.client('pub')
    for (const n of [1, 2, 3, 4]) {
      expect(await said(world, peer, once('a', String(n), n))).toEqual([`puback ${n}`])
    }
    expect(await said(world, peer, once('a', '5', 5), publish('a', '0'))).toEqual(['puback 5 0x97'])
    expect(world.now.broker.stats().store).toMatchObject({ isFull: true, messages: 4 })
    await world.crash()
    expect(world.now.broker.stats().store).toMatchObject({ isFull: true })
    const { peer: sub, words } = await come(world, 'sub')
    expect(words).toHaveLength(5)
    await said(world, sub, ...[1, 2, 3, 4].map((packetId) => ack('puback', packetId)))
    expect(world.now.broker.stats().store).toMatchObject({ isFull: false })
    const { peer: again } = await world.client('pub')
    expect(await said(world, again, once('a', '6'))).toEqual(['puback 1'])
  })

  it('what is not durable yet counts as well', async () => {
    const world = await DurableWorld.open({ limits: { logBytesMax: 1000 } })
    await away(world, 'sub', [{ filter: 'a', qos: 2 }])
    const { peer } = await world.client('pub')
    const packets = [1, 2, 3, 4, 5].map((n) => once('a', String(n), n))
    expect(await said(world, peer, ...packets)).toEqual([
      'puback 1',
      'puback 2',
      'puback 3',
      'puback 4',
      'puback 5 0x97',
    ])
    await world.crash()
    expect((await come(world, 'sub')).words).toHaveLength(5)
  })
})

describe.each(['failed', 'unanswered'] as const)('where a commit has %s', (failure) => {
  it('nothing is acknowledged any more, and the broker closes', async () => {
    const world = await withReceiver()
    const { peer } = await world.client('pub')
    const { peer: other } = await come(world, 'other')
    world.storage.faults.fail(failure)
    expect(await said(world, peer, once('a', 'x', 1), exactly('a', 'y', 2))).toEqual([
      'disconnect 0x8b',
    ])
    await passes(world, 1000)
    expect(await said(world, other)).toEqual(['disconnect 0x8b'])
    expect(world.now.seen.filter((line) => line.startsWith('failed'))).toHaveLength(1)
    expect(world.now.seen.filter((line) => line.startsWith('fault'))).toEqual([])
    await world.now.broker.close()
    await world.crash()
    const { words } = await come(world, 'sub')
    expect(words.slice(1)).toEqual(failure === 'failed' ? [] : ['publish 1 q1 x', 'publish 2 q2 y'])
  })

  it('nothing is stored after it, though the engine would', async () => {
    const world = await withReceiver()
    const { peer } = await world.client('pub')
    world.storage.faults.fail(failure)
    await said(world, peer, once('a', 'x'))
    const before = commits(world)
    world.now.broker.publish({ topic: 'a', payload: new Uint8Array(1), qos: 1, retain: true })
    await passes(world, 10_000)
    expect(commits(world)).toBe(before)
  })
})

describe('an entry that is not what was written', () => {
  it('ends the broker when it is read, and is never delivered', async () => {
    const world = await withReceiver()
    await published(world, 'a', 1, ['1', '2', '3'])
    world.storage.corruptEntry(2)
    const { words } = await come(world, 'sub')
    expect(words).toEqual(['connack present', 'disconnect 0x8b'])
    expect(world.now.seen.filter((line) => line.startsWith('failed'))).toEqual([
      expect.stringContaining('position 2'),
    ])
  })

  it('ends it too where it is to be sent again', async () => {
    const world = await DurableWorld.open()
    const peer = await subscriber(world, 'sub', [{ filter: 'a', qos: 2 }])
    await published(world, 'a', 2, ['x'])
    await lost(world, peer)
    world.storage.corruptEntry(1)
    expect((await come(world, 'sub')).words).toEqual(['connack present', 'disconnect 0x8b'])
    expect(world.now.seen.at(-1)).not.toContain('fault')
  })

  it.each(['entry', 'record'] as const)('keeps a broker from starting: %s', async (what) => {
    const world = await withReceiver()
    await published(world, 'a', 1, ['x'])
    if (what === 'entry') world.storage.corruptEntry(1)
    else world.storage.corruptRecord('sessions', 'sub')
    await expect(world.crash()).rejects.toThrow(what === 'entry' ? 'position 1' : 'record "sub"')
  })
})

async function withReceiver(): Promise<DurableWorld> {
  const world = await DurableWorld.open()
  await away(world, 'sub', [{ filter: 'a', qos: 2 }])
  return world
}

/** From here on the store has no room. */
function full(world: DurableWorld): void {
  world.storage.faults.fail('full', { times: Infinity })
}

/** There is room again. */
function recovers(world: DurableWorld): void {
  world.storage.faults.mend()
}

/** The same as `full`, and the broker has noticed. */
async function filled(world: DurableWorld, peer: Peer): Promise<void> {
  full(world)
  await said(world, peer, once('a', 'too much', 1))
}
