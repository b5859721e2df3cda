// What a review found: traces by which something acknowledged could be lost, or a client wait for
// ever.

import { MemoryEngine } from '@godwit/store'
import type { LogEntry } from '@godwit/store'
import { expect, it } from 'vitest'
import { away, come, exactly, lost, passes, published, said, subscriber } from './durable-steps.ts'
import { DurableWorld } from './durable-world.ts'
import { ack, lasting } from './lasting.ts'
import { publish } from './peer.ts'

it('a start that fails at an entry takes nothing out of the log', async () => {
  const world = await DurableWorld.open()
  const fast = await subscriber(world, 'fast', [{ filter: 'a', qos: 1 }])
  await away(world, 'slow', [{ filter: 'b', qos: 1 }])
  await away(world, 'first', [{ filter: 'c', qos: 1 }])
  await published(world, 'c', 1, ['c1'])
  await published(
    world,
    'a',
    1,
    Array.from({ length: 100 }, (_, n) => `a${n}`),
  )
  for (let packetId = 1; packetId <= 100; packetId++)
    await said(world, fast, ack('puback', packetId))
  await published(world, 'b', 1, ['b1'])
  await said(world, (await come(world, 'first')).peer, ack('puback', 1))
  await passes(world, 2000)
  const before = await entriesOf(world)
  world.storage.corruptEntry(before.at(-2)?.position ?? 0)
  await expect(world.crash()).rejects.toThrow(/not what was written/)
  world.storage.crash()
  const engine = await MemoryEngine.open(world.storage)
  expect((await engine.log.read([before.at(-1)?.position ?? 0]))[0]).toBeDefined()
})

it('closing ends although a read fails while it waits for a commit', async () => {
  const world = await DurableWorld.open()
  await away(world, 'sub', [{ filter: 'a', qos: 1 }])
  await published(world, 'a', 1, ['1'])
  world.storage.corruptEntry(1)
  world.storage.faults.holdReads()
  await come(world, 'sub')
  world.storage.faults.hold()
  world.now.broker.publish({ topic: 'a', qos: 1, payload: new Uint8Array(1) })
  const closed = world.now.broker.close()
  await world.settle()
  await passes(world, 10_000)
  world.storage.faults.releaseReads()
  await world.settle()
  world.storage.faults.release()
  await passes(world, 10_000)
  await expect(closed).resolves.toBeUndefined()
})

it.each([1, 2] as const)(
  'what could not be passed on for want of room, at QoS %i, stays where it was',
  async (qos) => {
    const world = await DurableWorld.open()
    const share = [{ filter: '$share/g/t', qos }]
    const a = await subscriber(world, 'A', share, lasting(5, { receiveMaximum: 1 }))
    await published(world, 't', qos, ['m1', 'm2'])
    const b = await subscriber(world, 'B', share, lasting(5, { receiveMaximum: 1 }))
    world.storage.faults.fail('full', { times: 3 })
    await lost(world, a)
    await lost(world, b)
    world.storage.faults.mend()
    await passes(world, 2000)
    await passes(world, 2000)
    await world.crash()
    const got = [...(await come(world, 'A')).words, ...(await come(world, 'B')).words]
    expect(got.filter((word) => word.includes('m2'))).not.toEqual([])
  },
)

it('a client with a QoS 2 exchange is not told of it before it is stored', async () => {
  const world = await DurableWorld.open()
  await away(world, 'sub', [{ filter: 'a', qos: 2 }])
  const publisher = await come(world, 'pub')
  expect(await said(world, publisher.peer, exactly('a', 'one', 1))).toEqual(['pubrec 1'])
  world.storage.faults.fail('full', { times: Infinity })
  expect(await said(world, publisher.peer, ack('pubrel', 1))).toEqual([])
  await lost(world, publisher.peer)
  const again = await come(world, 'pub')
  expect(again.words).toEqual([])
  world.storage.faults.mend()
  await passes(world, 1000)
  const { peer } = await come(world, 'pub')
  expect(await said(world, peer, ack('pubrel', 1))).toEqual(['pubcomp 1 0x92'])
})

it('a will that could not be stored is published after the next start', async () => {
  const world = await DurableWorld.open()
  await away(world, 'sub', [{ filter: 'w', qos: 1 }])
  const payload = new TextEncoder().encode('gone')
  const will = { topic: 'w', payload, qos: 1, retain: false } as const
  const { peer } = await come(world, 'mortal', { will, ...lasting() })
  world.storage.faults.fail('full', { times: Infinity })
  await lost(world, peer)
  world.storage.faults.mend()
  await passes(world, 1000)
  await world.crash()
  await passes(world, 1000)
  expect((await come(world, 'sub')).words).toContain('publish 1 q1 gone')
})

it('what is tried again while there is no room does not grow', async () => {
  const world = await DurableWorld.open()
  await away(world, 'sub', [{ filter: 'a', qos: 2 }])
  world.storage.faults.fail('full', { times: Infinity })
  const { peer } = await world.client('pub')
  for (let n = 0; n < 100; n++) {
    peer.send(publish('r', `${n}`, { retain: true }))
    await passes(world, 250)
  }
  world.storage.faults.mend()
  await passes(world, 1000)
  expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 1, store: { isFull: false } })
  await world.crash()
  expect(world.now.broker.stats()).toMatchObject({ retainedMessages: 1 })
})

async function entriesOf(world: DurableWorld): Promise<readonly LogEntry[]> {
  world.storage.crash()
  const engine = await MemoryEngine.open(world.storage)
  const entries: LogEntry[] = []
  for await (const some of engine.log.scan(0, 1)) entries.push(...some)
  await engine.close()
  await world.start()
  return entries
}
