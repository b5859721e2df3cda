/** Messages that no stream has asked for. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Message } from '../src/message.ts'
import { FakeLink, frameOf, readerOf, SubscriptionWorld, textsOf } from './subscription-world.ts'

describe('dropping what is unclaimed', () => {
  it('acknowledges and counts it', () => {
    const world = new SubscriptionWorld('drop')
    world.connect(new FakeLink(), true)
    world.deliver({ topic: 'a' })
    world.deliver({ topic: 'a', qos: 1, packetId: 1 })
    world.deliver({ topic: 'a', qos: 2, packetId: 2 })
    expect(world.link.settled).toEqual([
      [1, 0],
      [2, 0],
    ])
    expect(world.statistics).toMatchObject({ messagesReceived: 3, messagesUnclaimed: 3 })
  })
})

describe('holding what is unclaimed', () => {
  it('keeps it unacknowledged for a stream that asks for it, and in order', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect(new FakeLink(), true)
    for (const [packetId, topic] of [
      [1, 'a'],
      [2, 'b'],
      [3, 'a'],
      [4, 'b'],
    ] as const) {
      world.deliver({ topic, qos: 1, packetId, text: `${packetId}` })
    }
    expect(world.link.settled).toEqual([])
    const stream = world.subscriptions.subscribe('a', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 5, text: '5' }, 'a')
    world.answer()
    expect(await textsOf(await stream)).toEqual(['1', '3', '5'])
    expect(world.link.taken).toEqual([1, 3, 5])
    const other = await world.subscribe('b')
    expect(world.link.taken).toEqual([1, 3, 5, 2, 4])
    expect(await textsOf(other)).toEqual(['2', '4'])
    expect(world.statistics.messagesUnclaimed).toBe(0)
  })

  it('gives it up after a minute or two, for the server may wait for its acknowledgement', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect(new FakeLink(), true)
    world.deliver({ topic: 'a', qos: 1, packetId: 1 })
    world.deliver({ topic: 'b', qos: 1, packetId: 2, text: 'x' })
    world.clock.advance(60_000)
    world.deliver({ topic: 'a', qos: 1, packetId: 3 })
    const stream = await world.subscribe('b', { qos: 1 })
    world.clock.advance(59_999)
    expect(world.link.settled).toEqual([])
    world.clock.advance(1)
    expect(world.link.taken).toEqual([1])
    expect(await textsOf(stream)).toEqual(['x'])
    expect(world.link.taken).toEqual([1, 2])
    world.clock.advance(60_000)
    expect(world.link.taken).toEqual([1, 2, 3])
    expect(world.statistics.messagesUnclaimed).toBe(2)
    world.clock.advance(600_000)
    expect(world.link.taken).toEqual([1, 2, 3])
  })

  it('does not keep messages of QoS 0', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect(new FakeLink(), true)
    world.deliver({ topic: 'a', text: 'x' })
    expect(world.statistics.messagesUnclaimed).toBe(1)
    expect(await textsOf(await world.subscribe('a'))).toEqual([])
  })

  it('hands them to a stream that joins others on its filter', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect()
    const first = await world.subscribe('a', { qos: 1, retainHandling: 2 })
    const refused = world.subscriptions.subscribe('+', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' }, '+')
    world.answer(0x80)
    await expect(refused).rejects.toMatchObject({ code: 'subscribe-refused' })
    const second = await world.subscriptions.subscribe('a', { qos: 1, retainHandling: 2 })
    expect(world.link.said).toEqual(['+1 a', '+1 +'])
    expect(await textsOf(first)).toEqual([])
    expect(await textsOf(second)).toEqual(['x'])
  })

  it('takes back what a stream had that did not come about', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect(new FakeLink(), true)
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' })
    const refused = world.subscriptions.subscribe('a', { qos: 1 })
    world.answer(0x80)
    await expect(refused).rejects.toMatchObject({ code: 'subscribe-refused' })
    expect(world.link.settled).toEqual([])
    const stream = await world.subscribe('a', { qos: 1 })
    expect(await textsOf(stream)).toEqual(['x'])
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('does not take back what another stream has, too', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect(new FakeLink(4))
    const stream = await world.subscribe('a', { qos: 1 })
    const refused = world.subscriptions.subscribe('#', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' })
    world.answer(0x80)
    await expect(refused).rejects.toMatchObject({ code: 'subscribe-refused' })
    expect(await textsOf(stream)).toEqual(['x'])
    expect(world.link.settled).toEqual([[1, 0]])
    expect(await textsOf(await world.subscribe('#', { qos: 1 }))).toEqual([])
  })

  it('bounds what is left of sessions that are gone', async () => {
    const world = new SubscriptionWorld('hold')
    for (let round = 0; round < 3; round++) {
      world.connect(new FakeLink(4))
      for (let packetId = 1; packetId <= 700; packetId++) {
        world.deliver({ topic: 'a', qos: 1, packetId, text: `${round}:${packetId}` })
      }
      world.lose()
    }
    world.connect(new FakeLink(4))
    const texts = await textsOf(await world.subscribe('a', { qos: 1 }))
    expect(texts).toHaveLength(1000)
    expect(texts.at(-1)).toBe('2:700')
    expect(world.statistics.messagesUnclaimed).toBe(1100)
  })
})

describe('a session of an earlier life', () => {
  it('may have identifiers that mean something else in this one', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect(new FakeLink(), true)
    const stream = await world.subscribe('a/#', { qos: 1 })
    expect(world.link.identifierOf('a/#')).toBe(1)
    world.deliver({ topic: 'b', qos: 1, packetId: 1, text: 'x' }, 'a/#')
    world.deliver({ topic: 'a/b', qos: 1, packetId: 2, text: 'y' }, 'a/#')
    expect(await textsOf(stream)).toEqual(['y'])
    expect(world.link.settled).toEqual([[2, 0]])
  })

  it('does not outlast its end', async () => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(), true)
    world.lose()
    world.connect(new FakeLink(), false)
    const stream = await world.subscribe('$queue/a')
    world.deliver({ topic: 'a', text: 'x' }, '$queue/a')
    expect(await textsOf(stream)).toEqual(['x'])
  })
})

describe('a function for what is unclaimed', () => {
  const unhandled = vi.fn<(reason: unknown) => void>()
  let before: NodeJS.UnhandledRejectionListener[] = []

  beforeEach(() => {
    before = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', unhandled)
    unhandled.mockClear()
  })

  afterEach(() => {
    process.removeAllListeners('unhandledRejection')
    for (const listener of before) process.on('unhandledRejection', listener)
  })

  it('takes it, and has it acknowledged when it is done', async () => {
    const messages: Message[] = []
    let done = (): void => {}
    const world = new SubscriptionWorld((message) => {
      messages.push(message)
      return new Promise((resolve) => {
        done = resolve
      })
    })
    world.connect()
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' })
    expect(messages.map((message) => message.text())).toEqual(['x'])
    messages[0]?.acknowledge(0x80)
    await world.clock.settled()
    expect(world.link.settled).toEqual([])
    done()
    await world.clock.settled()
    expect(world.link.settled).toEqual([[1, 0]])
    expect(world.statistics.messagesUnclaimed).toBe(1)
  })

  it('refuses it by throwing, and its error is not hushed up', async () => {
    const error = new Error('mine')
    const world = new SubscriptionWorld(() => {
      throw error
    })
    world.connect()
    world.deliver({ topic: 'a', qos: 1, packetId: 1 })
    await world.clock.settled()
    expect(world.link.settled).toEqual([[1, 0x83]])
    expect(unhandled).toHaveBeenCalledTimes(1)
    expect(unhandled.mock.calls[0]?.[0]).toBe(error)
  })

  it('does not get what a stream asks for', async () => {
    const take = vi.fn<(message: Message) => void>()
    const world = new SubscriptionWorld(take)
    world.connect()
    const reader = readerOf(await world.subscribe('a'))
    world.subscriptions.deliver(frameOf({ topic: 'a', text: 'x' }), world.link)
    expect((await reader.next()).value?.text()).toBe('x')
    expect(take).not.toHaveBeenCalled()
  })
})
