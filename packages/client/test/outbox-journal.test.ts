// An outbox with a store: what is accepted is kept before it is sent, and forgotten when over.
import { describe, expect, it } from 'vitest'
import { ClientError } from '../src/errors.ts'
import type { OutboxOptions } from '../src/options.ts'
import { MemoryOutboxStore } from './memory-outbox-store.ts'
import { CLOSED, failure, isPending, OutboxWorld } from './outbox-world.ts'
import type { FakeLink } from './outbox-world.ts'

describe('accepting', () => {
  it('sends a message when the store has it, and forgets it when its handshake is over', async () => {
    const { world, store, link } = await connected()
    store.isHeld = true
    const promise = world.outbox.publish('a', 'one', { qos: 1 })
    await world.clock.settled()
    expect(store.calls).toEqual(['append 1'])
    expect(link.sent).toEqual([])
    store.answer()
    await world.clock.settled()
    expect(link.texts).toEqual(['one'])
    expect([...store.messages.keys()]).toEqual([1])
    world.acknowledge(link)
    expect(await promise).toBe(0)
    await world.clock.settled()
    store.answer()
    expect(store.calls).toEqual(['append 1', 'remove 1'])
    expect(store.messages.size).toBe(0)
  })

  it('asks the store once for what a turn has brought', async () => {
    const { world, store, link } = await connected()
    const promises = ['one', 'two', 'three'].map((text) =>
      world.outbox.publish('a', text, { qos: 1 }),
    )
    await world.clock.settled()
    expect(link.texts).toEqual(['one', 'two', 'three'])
    for (let n = 0; n < 3; n++) world.acknowledge(link)
    await Promise.all(promises)
    await world.clock.settled()
    expect(store.calls).toEqual(['append 1,2,3', 'remove 1,2,3'])
  })

  it('keeps the order, in whatever order the store answers', async () => {
    const { world, store, link } = await connected()
    store.isHeld = true
    const waits: (() => void)[] = []
    store.append = () => new Promise((resolve) => waits.push(resolve))
    void world.outbox.publish('a', 'one', { qos: 1 })
    await world.clock.settled()
    void world.outbox.publish('a', 'two', { qos: 0 })
    await world.clock.settled()
    expect(waits).toHaveLength(2)
    waits[1]!()
    await world.clock.settled()
    expect(link.sent).toEqual([])
    waits[0]!()
    await world.clock.settled()
    expect(link.texts).toEqual(['one', 'two'])
  })

  it('stores no QoS 0 that is sent at once, and forgets what has waited when it is sent', async () => {
    const { world, store, link } = await connected()
    expect(await world.outbox.publish('a', 'straight')).toBe(0)
    link.room = 0
    const promise = world.outbox.publish('a', 'waits')
    await world.clock.settled()
    expect(store.calls).toEqual(['append 1'])
    link.room = 1
    world.outbox.flush()
    expect(await promise).toBe(0)
    await world.clock.settled()
    expect(store.calls).toEqual(['append 1', 'remove 1'])
  })

  it('never stores what is taken back in the same turn', async () => {
    const { world, store } = await connected()
    const controller = new AbortController()
    void world.outbox.publish('a', 'x', { qos: 1, signal: controller.signal })
    controller.abort()
    await world.clock.settled()
    expect(store.calls).toEqual([])
  })

  it('forgets what is taken back, superseded and expired', async () => {
    const { world, store } = await opened()
    const controller = new AbortController()
    void world.outbox.publish('a', 'aborted', { signal: controller.signal })
    void world.outbox.publish('a', 'superseded', { offline: 'keep-last' })
    void world.outbox.publish('b', 'expired', { timeToLiveMs: 5 })
    await world.clock.settled()
    controller.abort()
    void world.outbox.publish('a', 'last', { offline: 'keep-last' })
    world.clock.advance(10)
    await world.clock.settled()
    expect(store.calls).toEqual(['append 1,2,3', 'append 4', 'remove 1,2', 'remove 3'])
    expect(world.connect().texts).toEqual(['last'])
  })
})

describe('a store that fails', () => {
  it('rejects what it could not keep, with its cause, and the client lives', async () => {
    const { world, store, link } = await connected()
    const full = new Error('ENOSPC: no space left on device')
    store.failure = full
    const promises = [1, 2].map((n) => world.outbox.publish('a', `${n}`, { qos: 1 }))
    const errors = Promise.all(promises.map(failure))
    await world.clock.settled()
    const [error] = await errors
    expect(error).toBeInstanceOf(ClientError)
    expect(error).toMatchObject({ code: 'store-failed', cause: full })
    expect(String(error)).toBe(
      'ClientError: Publishing to "a" failed: the store of the outbox says "ENOSPC: no space left ' +
        'on device". Mend the store, or connect without `outbox.store`.',
    )
    expect(world.statistics).toMatchObject({ outboxMessages: 0, outboxBytes: 0 })
    store.failure = undefined
    void world.outbox.publish('a', 'three', { qos: 1 })
    await world.clock.settled()
    expect(link.texts).toEqual(['three'])
  })

  it('is asked again to forget, with what is over next', async () => {
    const { world, store, link } = await connected()
    void world.outbox.publish('a', 'one', { qos: 1 })
    void world.outbox.publish('a', 'two', { qos: 1 })
    await world.clock.settled()
    store.failure = 'broken'
    world.acknowledge(link)
    await world.clock.settled()
    store.failure = undefined
    world.acknowledge(link)
    await world.clock.settled()
    expect(store.calls).toEqual(['append 1,2', 'remove 1', 'remove 1,2'])
    expect(store.messages.size).toBe(0)
  })

  it('that throws instead of rejecting is no different', async () => {
    const { world, store } = await connected()
    store.append = () => {
      throw new TypeError('thrown')
    }
    const error = failure(world.outbox.publish('a', 'x', { qos: 1 }))
    await world.clock.settled()
    expect(await error).toMatchObject({ code: 'store-failed', cause: new TypeError('thrown') })
  })

  it('cannot be opened', async () => {
    const store = new MemoryOutboxStore()
    store.failure = 'locked'
    const world = new OutboxWorld({ store })
    const waiting = world.outbox.publish('a', 'x')
    const error = await failure(world.outbox.open())
    expect(error).toMatchObject({ code: 'store-failed', cause: 'locked' })
    expect(String(error)).toContain('Loading what was accepted earlier failed: the store')
    await world.outbox.close(CLOSED)
    expect(await failure(waiting)).toBe(CLOSED)
  })
})

describe('a new life of the program', () => {
  it('sends first what an earlier one has left, in its order', async () => {
    const store = new MemoryOutboxStore()
    const earlier = await opened({ store })
    const properties = { userProperty: [['a', 'b']] } as const
    void earlier.world.outbox.publish('a', 'one', { qos: 2, retain: true, properties })
    void earlier.world.outbox.publish('b', 'two')
    await earlier.world.clock.settled()
    const world = new OutboxWorld({ store })
    const early = world.outbox.publish('c', 'early', { qos: 1 })
    await world.outbox.open()
    await world.clock.settled()
    expect(world.statistics).toMatchObject({ outboxMessages: 3, outboxBytes: 4 + 4 + 2 + 6 })
    const link = world.connect()
    expect(link.sent).toEqual([
      { topic: 'a', text: 'one', properties },
      { topic: 'b', text: 'two' },
      { topic: 'c', text: 'early' },
    ])
    expect(link.inFlight[0]).toMatchObject({ qos: 2, retain: true })
    world.acknowledge(link)
    world.acknowledge(link)
    expect(await early).toBe(0)
    await world.clock.settled()
    expect(store.messages.size).toBe(0)
    expect([...store.calls].slice(-3)).toEqual(['append 3', 'remove 2', 'remove 1,3'])
  })

  it('takes the time of day for what happened in between', async () => {
    const store = new MemoryOutboxStore()
    const earlier = await opened({ store })
    earlier.world.clock.advance(500)
    const { outbox } = earlier.world
    void outbox.publish('a', 'short', { timeToLiveMs: 10_000 })
    void outbox.publish('a', 'long', { timeToLiveMs: 30_000 })
    void outbox.publish('a', 'old', { properties: { messageExpiryInterval: 20 } })
    void outbox.publish('a', 'young', { properties: { messageExpiryInterval: 60 } })
    await earlier.world.clock.settled()
    const world = new OutboxWorld({ store }, earlier.world.epoch + 20_500)
    await world.outbox.open()
    expect(world.connect().sent).toEqual([
      { topic: 'a', text: 'long' },
      { topic: 'a', text: 'young', properties: { messageExpiryInterval: 40 } },
    ])
    await world.clock.settled()
    expect(store.messages.size).toBe(0)
  })

  it('drops what its server refuses, for nobody waits for it', async () => {
    const store = new MemoryOutboxStore()
    const earlier = await opened({ store })
    void earlier.world.outbox.publish('forbidden', 'x', { qos: 1 })
    void earlier.world.outbox.publish('a', 'y', { qos: 1 })
    await earlier.world.clock.settled()
    const { world } = await opened({ store })
    const link = world.connect()
    world.acknowledge(link, 0x87)
    await world.clock.settled()
    expect(store.messages.size).toBe(0)
    expect(world.statistics).toMatchObject({ messagesSent: 0, outboxMessages: 0 })
  })

  it('is not begun by an outbox that was closed while it was opened', async () => {
    const store = new MemoryOutboxStore()
    const earlier = await opened({ store })
    void earlier.world.outbox.publish('a', 'x')
    await earlier.world.clock.settled()
    const world = new OutboxWorld({ store })
    const opening = world.outbox.open()
    const closing = world.outbox.close(CLOSED)
    await Promise.all([opening, closing])
    expect(world.statistics.outboxMessages).toBe(0)
    expect(store.messages.size).toBe(1)
  })
})

describe('closing', () => {
  it('leaves in the store what is not over, what came last included, and closes it', async () => {
    const { world, store, link } = await connected()
    link.quota = 1
    const promises = [1, 2].map((n) => world.outbox.publish('a', `${n}`, { qos: 1 }))
    await world.clock.settled()
    const last = world.outbox.publish('a', 'last', { qos: 1 })
    store.isHeld = true
    const closing = world.outbox.close(CLOSED)
    for (const promise of [...promises, last]) expect(await failure(promise)).toBe(CLOSED)
    expect(await isPending(closing)).toBe(true)
    store.answer()
    await closing
    expect(store.calls).toEqual(['append 1,2', 'append 3', 'close'])
    expect([...store.messages.keys()]).toEqual([1, 2, 3])
  })

  it('does not wait for ever for a store that does not answer', async () => {
    const { world, store } = await connected()
    store.isHeld = true
    void world.outbox.publish('a', 'x')
    void world.outbox.publish('a', 'y', { qos: 1 })
    await world.clock.settled()
    const closing = world.outbox.close(CLOSED)
    world.clock.advance(4999)
    expect(await isPending(closing)).toBe(true)
    world.clock.advance(1)
    await closing
    expect(store.calls).toEqual(['append 1'])
  })

  it('bears a store that fails to close', async () => {
    const { world, store } = await connected()
    store.failure = 'broken'
    await world.outbox.close(CLOSED)
    expect(store.calls).toEqual(['close'])
  })
})

interface Opened {
  readonly world: OutboxWorld
  readonly store: MemoryOutboxStore
}

async function opened(
  options: OutboxOptions & { store?: MemoryOutboxStore } = {},
): Promise<Opened> {
  const { store = new MemoryOutboxStore() } = options
  const world = new OutboxWorld({ ...options, store })
  await world.outbox.open()
  return { world, store }
}

async function connected(): Promise<Opened & { readonly link: FakeLink }> {
  const { world, store } = await opened()
  return { world, store, link: world.connect() }
}
