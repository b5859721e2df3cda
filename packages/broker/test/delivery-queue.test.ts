// What waits for one session: in memory only, or in the log as well.

import { expect, it } from 'vitest'
import { Delivery } from '../src/delivery.ts'
import { DeliveryQueue } from '../src/delivery-queue.ts'
import type { StoredBacklogOwner } from '../src/stored-backlog.ts'
import { QueuedBytes } from '../src/waiting-messages.ts'
import { openJournal } from './journal-world.ts'
import type { JournalWorld } from './journal-world.ts'
import { messageTo } from './recording-member.ts'

const TERMS = {
  qos: 2,
  retainAsPublished: false,
  subscriptionIdentifiers: undefined,
  share: undefined,
} as const

it('of a session in memory everything is in memory', async () => {
  const queue = new DeliveryQueue(new QueuedBytes())
  const [first, second] = [delivery('a', 1), delivery('b', 2)]
  queue.push(first)
  queue.push(second)
  queue.store(true)
  expect([queue.length, queue.isEmpty, queue.awaitsEntry]).toEqual([2, false, false])
  expect(queue.bytes).toBe(first.bytes + second.bytes)
  expect(queue.peek()).toBe(first)
  queue.shift()
  expect(queue.drop()).toBe(second)
  expect([queue.drop(), queue.peek(), queue.isEmpty]).toEqual([undefined, undefined, true])
})

it('what has its place in the log leaves memory where nobody takes it soon', async () => {
  const { world, queue } = await durable()
  const sent = await filled(world, queue, ['a', 'b'])
  const { bytes } = queue
  queue.store(true)
  expect([[...queue.recent()], queue.length, queue.bytes]).toEqual([[], 2, bytes])
  expect(queue.peek()).toBeUndefined() // It is read, and then asked for again.
  await world.settle()
  expect(queue.peek()).toMatchObject({ qos: 1, entry: { position: 1 }, message: { topic: 'a' } })
  queue.shift()
  expect(queue.peek()).toMatchObject({ entry: { position: 2 }, message: { topic: 'b' } })
  expect(sent.map(({ entry }) => entry?.position)).toEqual([1, 2])
})

it('what has no place yet stays in memory, behind what has', async () => {
  const { world, queue } = await durable()
  await filled(world, queue, ['a'])
  world.storage.faults.hold()
  const [later] = await filled(world, queue, ['b'])
  queue.store(true)
  expect([[...queue.recent()], queue.length, queue.awaitsEntry]).toEqual([[later], 2, true])
  world.storage.faults.release()
  await world.settle()
  expect(queue.awaitsEntry).toBe(false)
})

it('of a client that is connected it stays in memory, up to 256 KiB', async () => {
  const { world, queue } = await durable()
  const texts = Array.from({ length: 600 }, () => 'a')
  await filled(world, queue, texts)
  queue.store(false)
  expect([...queue.recent()]).toHaveLength(600)
  await filled(world, queue, texts)
  queue.store(false)
  expect([[...queue.recent()], queue.length]).toEqual([[], 1200])
})

it('QoS 2 cannot be taken before it has its place, QoS 1 can', async () => {
  const { world, queue } = await durable()
  world.storage.faults.hold()
  await filled(world, queue, ['a'], 2)
  expect([queue.peek(), queue.isEmpty]).toEqual([undefined, false])
  world.storage.faults.release()
  await world.settle()
  expect(queue.peek()).toMatchObject({ qos: 2 })
  queue.shift()
  world.storage.faults.hold()
  await filled(world, queue, ['b'], 1)
  expect(queue.peek()).toMatchObject({ qos: 1 })
})

it('what is dropped is let go, wherever it is, and says where that was', async () => {
  const { world, queue } = await durable()
  await filled(world, queue, ['a'])
  queue.store(true)
  await filled(world, queue, ['b'])
  world.storage.faults.hold()
  await filled(world, queue, ['c'])
  expect([queue.drop()?.entry?.position, queue.drop()?.entry?.position]).toEqual([1, 2])
  const { entry } = queue.drop() ?? {}
  expect([entry?.position, entry?.holders]).toEqual([0, 0])
  world.storage.faults.release()
  await world.settle()
  expect(entry?.position).toBe(3)
  expect(world.journal.stats).toMatchObject({ messages: 0 })
})

it('what there was no room for is taken out', async () => {
  const { world, queue } = await durable()
  await filled(world, queue, ['a'])
  world.storage.faults.fail('full')
  await filled(world, queue, ['b', 'c'])
  expect([queue.dropLost(), queue.length, queue.dropLost()]).toEqual([2, 1, 0])
})

it('of what is in the log nobody knows without reading when it expires', async () => {
  const { world, queue } = await durable()
  expect(queue.expiresAt).toBe(Infinity)
  const [first] = await filled(world, queue, ['a'])
  const expiring = new Delivery(messageTo('b'), { terms: TERMS, qos: 1, retain: false })
  expect(queue.expiresAt).toBe(first?.message?.expiresAt)
  queue.push(expiring)
  queue.store(true)
  expect(queue.expiresAt).toBe(Infinity)
})

it('clear forgets everything, and takeStored gives it back', async () => {
  const { world, queue } = await durable()
  await filled(world, queue, ['a', 'b'])
  queue.store(true)
  expect(queue.takeStored()).toMatchObject({ length: 2 })
  expect([queue.takeStored(), queue.length]).toEqual([undefined, 0])
  await filled(world, queue, ['c'])
  expect(queue.takeRecent().length).toBe(1)
  queue.clear()
  expect(queue.isEmpty).toBe(true)
})

function delivery(topic: string, qos: 1 | 2): Delivery {
  return new Delivery(messageTo(topic, qos), { terms: TERMS, qos, retain: false })
}

async function durable(): Promise<{ world: JournalWorld; queue: DeliveryQueue }> {
  const world = await openJournal()
  const queue = new DeliveryQueue(new QueuedBytes())
  const owner: StoredBacklogOwner = {
    read: (positions) => world.journal.read(positions),
    loaded: () => {},
  }
  queue.keepIn(world.journal, owner)
  return { world, queue }
}

async function filled(
  world: JournalWorld,
  queue: DeliveryQueue,
  topics: readonly string[],
  qos: 1 | 2 = 1,
): Promise<readonly Delivery[]> {
  world.turn.begin()
  const deliveries = topics.map((topic) => {
    const one = delivery(topic, qos)
    one.entry = world.journal.enter(one.message!)
    queue.push(one)
    return one
  })
  await world.settle()
  return deliveries
}
