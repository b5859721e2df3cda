/** The ends of subscriptions that were not their own will: a signal, the end of the client. */
import { describe, expect, it } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { readerOf, SubscriptionWorld, textsOf } from './subscription-world.ts'

describe('aborting', () => {
  const reason = new Error('enough')

  it('rejects a call whose signal is aborted already', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = world.subscriptions.subscribe('a', { signal: AbortSignal.abort(reason) })
    await expect(stream).rejects.toBe(reason)
    expect(world.link.said).toEqual([])
  })

  it('takes back a call that waits for a connection', async () => {
    const world = new SubscriptionWorld()
    const controller = new AbortController()
    const stream = world.subscriptions.subscribe('a', { signal: controller.signal })
    await Promise.resolve()
    controller.abort(reason)
    await expect(stream).rejects.toBe(reason)
    world.connect()
    expect(world.link.said).toEqual([])
  })

  it('ends the stream later: its reader is told why, and what waits is not read', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const controller = new AbortController()
    const { signal } = controller
    const stream = await world.subscribe('a', { signal, qos: 1 })
    const reader = readerOf(stream)
    world.deliver({ topic: 'a', qos: 1, packetId: 1 }, 'a')
    world.deliver({ topic: 'a', qos: 1, packetId: 2 }, 'a')
    await reader.next()
    controller.abort(reason)
    expect(world.link.said).toEqual(['+1 a', '-a'])
    expect(world.link.taken).toEqual([])
    await expect(reader.next()).rejects.toBe(reason)
    expect(world.link.taken).toEqual([1])
    world.answer()
    expect(world.link.taken).toEqual([1, 2])
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('wakes a reader that waits', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const controller = new AbortController()
    const stream = await world.subscribe('a', { signal: controller.signal })
    const reader = readerOf(stream)
    const [first, second] = [reader.next(), reader.next()]
    controller.abort(reason)
    await expect(first).rejects.toBe(reason)
    expect(await second).toEqual({ done: true, value: undefined })
  })

  it('does nothing to a stream that was closed', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const controller = new AbortController()
    const stream = await world.subscribe('a', { signal: controller.signal })
    const closing = stream.close()
    world.answer()
    await closing
    controller.abort(reason)
    expect(await readerOf(stream).next()).toEqual({ done: true, value: undefined })
    expect(world.link.said).toEqual(['+0 a', '-a'])
  })
})

describe('closing the client', () => {
  const byUs = new ClientError('The client is closed.', { code: 'closed' })
  const cause = new ClientError('Gone.', { code: 'connection-lost' })
  const forGood = new ClientError('The client is closed.', { code: 'closed', cause })

  it('ends streams without an error if it was our own will, and acknowledges nothing', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { qos: 1 })
    const reader = readerOf(stream)
    for (const packetId of [1, 2]) world.deliver({ topic: 'a', qos: 1, packetId }, 'a')
    await reader.next()
    world.subscriptions.close(byUs)
    expect(await reader.next()).toEqual({ done: true, value: undefined })
    await stream.close()
    world.lose()
    expect(world.link.settled).toEqual([])
    expect(world.link.said).toEqual(['+1 a'])
  })

  it('lets readers have what waits, and then why it failed', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    world.deliver({ topic: 'a', text: 'x' }, 'a')
    world.subscriptions.close(forGood)
    const reader = readerOf(stream)
    expect((await reader.next()).value?.text()).toBe('x')
    await expect(reader.next()).rejects.toBe(forGood)
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it('rejects every call that waits, and every one that comes', async () => {
    const world = new SubscriptionWorld()
    const offline = world.subscriptions.subscribe('a')
    const waiting = world.subscriptions.connection()
    world.subscriptions.close(byUs)
    await expect(offline).rejects.toBe(byUs)
    await expect(waiting).rejects.toBe(byUs)
    await expect(world.subscriptions.subscribe('a')).rejects.toBe(byUs)
    await expect(world.subscriptions.connection()).rejects.toBe(byUs)
    await world.subscriptions.ended
  })

  it('rejects a call whose answer has not come', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = world.subscriptions.subscribe('a', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 1 })
    world.subscriptions.close(forGood)
    await expect(stream).rejects.toBe(forGood)
    expect(world.link.settled).toEqual([])
  })

  it('ends the wait of a stream that was being closed', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 1 }, 'a')
    const closing = stream.close()
    world.subscriptions.close(byUs)
    await expect(closing).resolves.toBeUndefined()
    expect(world.link.settled).toEqual([])
  })

  it('leaves nothing that could still do something', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    world.subscriptions.close(byUs)
    world.subscriptions.close(forGood)
    world.deliver({ topic: 'a', qos: 1, packetId: 1 }, 'a')
    world.connect()
    expect(await textsOf(stream)).toEqual([])
    expect(world.link.said).toEqual([])
    expect(world.statistics.messagesReceived).toBe(0)
  })
})
