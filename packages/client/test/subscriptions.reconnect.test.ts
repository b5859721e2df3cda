/** What becomes of subscriptions when the connection breaks, at any moment. */
import { describe, expect, it } from 'vitest'
import { FakeLink, readerOf, SubscriptionWorld, textsOf } from './subscription-world.ts'

describe('after the loss of a connection', () => {
  it('nothing is subscribed again where the server has kept the session', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe(['a', 'b'], { qos: 1 })
    const first = world.link
    world.lose()
    world.connect(new FakeLink(), true)
    expect(world.link.said).toEqual([])
    const identifier = first.identifierOf('a') ?? 0
    world.deliver({ topic: 'a', text: 'x', properties: { subscriptionIdentifier: [identifier] } })
    expect(await textsOf(stream)).toEqual(['x'])
  })

  it.each([5, 4, 3] as const)(
    'everything is, where it has not: protocol level %i',
    async (level) => {
      const world = new SubscriptionWorld()
      world.connect(new FakeLink(level))
      const stream = await world.subscribe(['a', 'b'], { qos: 1 })
      const other = await world.subscribe('b', { qos: 2 })
      world.lose()
      world.connect(new FakeLink(level))
      expect(world.link.said).toEqual(['+1 a', '+2 b'])
      world.answerAll()
      world.deliver({ topic: 'b', text: 'x', retain: true }, ...(level === 5 ? ['b'] : []))
      expect(await textsOf(stream)).toEqual(['x'])
      expect(await textsOf(other)).toEqual(['x'])
    },
  )

  it('what had no answer is asked for again', async () => {
    for (const sessionPresent of [true, false]) {
      const world = new SubscriptionWorld()
      world.connect()
      const stream = world.subscriptions.subscribe('a')
      expect(world.link.said).toEqual(['+0 a'])
      world.lose()
      world.connect(new FakeLink(), sessionPresent)
      expect(world.link.said).toEqual(['+0 a'])
      world.answer()
      expect((await stream).granted).toEqual([{ filter: 'a', qos: 0 }])
    }
  })

  it('a second stream is asked for again, and the first is left as it is', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a')
    world.clock.advance(10_000)
    const second = world.subscriptions.subscribe('a')
    world.lose()
    world.connect(new FakeLink(), true)
    expect(world.link.said).toEqual(['+0 a'])
    world.answer(0x80)
    await expect(second).rejects.toMatchObject({ code: 'subscribe-refused' })
    world.deliver({ topic: 'a', text: 'x' })
    expect(await textsOf(first)).toEqual(['x'])
    expect(world.link.said).toEqual(['+0 a'])
  })

  it('what nobody wants any more is unsubscribed from, if the server still has it', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    world.lose()
    await stream.close()
    world.connect(new FakeLink(), true)
    expect(world.link.said).toEqual(['-a'])
    world.answer()
    const other = new SubscriptionWorld()
    other.connect()
    const gone = await other.subscribe('a')
    other.lose()
    await gone.close()
    other.connect(new FakeLink(), false)
    expect(other.link.said).toEqual([])
  })

  it('an UNSUBSCRIBE that had no answer is sent again', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 1 }, 'a')
    const first = world.link
    const closing = stream.close()
    expect(first.settled).toEqual([])
    world.lose()
    await closing
    expect(first.settled).toEqual([[1, 0]])
    world.connect(new FakeLink(), true)
    expect(world.link.said).toEqual(['-a'])
    world.deliver({ topic: 'a', qos: 1, packetId: 1, dup: true }, 'a')
    expect(world.link.settled).toEqual([[1, 0]])
    world.answer()
    expect(world.link.asked).toEqual([])
  })

  it('what was aborted while its SUBSCRIBE was on the way is not left behind', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const controller = new AbortController()
    const stream = world.subscriptions.subscribe('a', { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(stream).rejects.toThrow('enough')
    world.lose()
    world.connect(new FakeLink(), true)
    expect(world.link.said).toEqual(['-a'])
  })

  it('a filter that the server kept against our will is tried again', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    const closing = stream.close()
    world.answer(0x80)
    await expect(closing).rejects.toMatchObject({ code: 'unsubscribe-refused' })
    world.lose()
    world.connect(new FakeLink(), true)
    expect(world.link.said).toEqual(['-a'])
  })

  it('a stream whose subscription is refused this time ends, after what waits', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe(['a', 'b'])
    world.deliver({ topic: 'a', text: 'x' }, 'a')
    world.lose()
    world.connect()
    world.answer()
    world.answer(0x87, { reasonString: 'not any more' })
    expect(world.link.said).toEqual(['+0 a', '+0 b', '-a'])
    const reader = readerOf(stream)
    expect((await reader.next()).value?.text()).toBe('x')
    const next = reader.next()
    await expect(next).rejects.toMatchObject({ code: 'subscribe-refused', reasonCode: 0x87 })
    await expect(next).rejects.toThrow('"not any more"')
    expect(await reader.next()).toEqual({ done: true, value: undefined })
    await stream.close()
    expect(world.link.said).toHaveLength(3)
  })

  it('goes on with what is left, if some may be refused', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe(['a', 'b'], { allowPartial: true })
    world.lose()
    world.connect()
    world.answer(0x87)
    world.answer()
    expect(stream.granted).toEqual([{ filter: 'b', qos: 0 }])
    expect(stream.refused).toEqual([{ filter: 'a', reasonCode: 0x87 }])
    world.lose()
    world.connect()
    expect(world.link.said).toEqual(['+0 b'])
    world.answer(0x80)
    await expect(readerOf(stream).next()).rejects.toMatchObject({ reasonCode: 0x80 })
  })

  it('a stream ends if the next server does not offer what it needs', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { noLocal: true })
    const next = readerOf(stream).next()
    world.lose()
    world.connect(new FakeLink(4))
    await expect(next).rejects.toMatchObject({ code: 'not-allowed' })
    expect(world.link.said).toEqual([])
  })

  it('a filter that was refused can be wanted anew, and is not forgotten', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const refused = world.subscriptions.subscribe(['a', 'b'])
    world.answer(0x80)
    await expect(refused).rejects.toMatchObject({ code: 'subscribe-refused' })
    world.answerAll()
    const stream = await world.subscribe('a')
    world.lose()
    world.connect()
    expect(world.link.said).toEqual(['+0 a'])
    world.answer()
    world.deliver({ topic: 'a', text: 'x' }, 'a')
    expect(await textsOf(stream)).toEqual(['x'])
  })

  it('an answer of the connection before is not taken for one of this', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = world.subscriptions.subscribe('a')
    const [request] = world.link.asked
    world.lose()
    world.connect()
    if (request?.type !== 'subscribe') throw new Error('Nothing was asked')
    const effect = { type: 'subscribed', request, reasonCodes: [0x80], properties: {} } as const
    world.subscriptions.subscribed(effect)
    world.answer()
    expect((await stream).granted).toHaveLength(1)
  })
})

describe('messages of QoS 1 that were not acknowledged when the connection was lost', () => {
  it('are not handed out twice when they come again', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { qos: 1 })
    const reader = readerOf(stream)
    for (const packetId of [1, 2, 3]) {
      world.deliver({ topic: 'a', qos: 1, packetId, text: `${packetId}` }, 'a')
    }
    const before = world.link
    await reader.next()
    world.lose()
    await reader.next()
    expect(before.taken).toEqual([1])
    world.connect(new FakeLink(), true)
    for (const packetId of [1, 2, 3]) {
      world.deliver({ topic: 'a', qos: 1, dup: true, packetId, text: `${packetId}` })
    }
    world.deliver({ topic: 'a', qos: 1, packetId: 4, text: '4' })
    expect(world.link.taken).toEqual([1])
    expect((await reader.next()).value?.text()).toBe('3')
    expect((await reader.next()).value?.text()).toBe('4')
    void reader.next()
    expect(world.link.taken).toEqual([1, 2, 3, 4])
    expect(world.statistics.messagesReceived).toBe(4)
  })

  it('are, if they are not the same', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a/#', { qos: 1 })
    for (const packetId of [1, 2, 3, 4]) {
      world.deliver({ topic: 'a', qos: 1, packetId, text: 'x' }, 'a/#')
    }
    world.lose()
    world.connect(new FakeLink(), true)
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' })
    world.deliver({ topic: 'a', qos: 1, dup: true, packetId: 2, text: 'xy' })
    world.deliver({ topic: 'a', qos: 1, dup: true, packetId: 3, text: 'y' })
    world.deliver({ topic: 'a/b', qos: 1, dup: true, packetId: 4, text: 'x' })
    expect(await textsOf(stream)).toEqual(['x', 'x', 'x', 'x', 'x', 'xy', 'y', 'x'])
    expect(world.link.taken).toEqual([1, 2, 3, 4])
  })

  it('are, if the session is another one', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' }, 'a')
    world.lose()
    world.connect()
    world.answer()
    world.deliver({ topic: 'a', qos: 1, dup: true, packetId: 1, text: 'x' }, 'a')
    expect(await textsOf(stream)).toEqual(['x', 'x'])
    expect(world.link.taken).toEqual([1])
  })

  it('are recognised after several losses, by all streams that have them', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const streams = [await world.subscribe('a', { qos: 1 }), await world.subscribe('a', { qos: 2 })]
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' }, 'a')
    world.lose()
    world.connect(new FakeLink(), true)
    world.lose()
    world.connect(new FakeLink(), true)
    world.deliver({ topic: 'a', qos: 1, dup: true, packetId: 1, text: 'x' })
    expect(world.link.settled).toEqual([])
    expect(await Promise.all(streams.map(textsOf))).toEqual([['x'], ['x']])
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('are recognised in MQTT 3.1, whose servers cannot say that the session goes on', async () => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(3))
    const stream = await world.subscribe('a', { qos: 1 })
    world.deliver({ topic: 'a', qos: 1, packetId: 1, text: 'x' })
    world.lose()
    world.link = new FakeLink(3)
    world.subscriptions.connected(world.link, false, true)
    expect(world.link.said).toEqual(['+1 a'])
    world.answer()
    world.deliver({ topic: 'a', qos: 1, dup: true, packetId: 1, text: 'x' })
    expect(await textsOf(stream)).toEqual(['x'])
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('do not add up where the reader stands still and the session goes on', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { qos: 1, messagesMax: 10 })
    for (let round = 0; round < 5; round++) {
      for (let packetId = 1; packetId <= 100; packetId++) {
        const [dup, text] = [round > 0, `${packetId}`]
        world.deliver({ topic: 'a', qos: 1, dup, packetId, text })
      }
      world.lose()
      world.connect(new FakeLink(), true)
    }
    expect(await textsOf(stream)).toHaveLength(100)
    expect(stream.dropped).toBe(0)
  })

  it('give way where the server has used their Packet Identifiers for others', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a', { qos: 1, messagesMax: 10 })
    for (let round = 0; round < 5; round++) {
      for (let packetId = 1; packetId <= 100; packetId++) {
        world.deliver({ topic: 'a', qos: 1, packetId, text: `${round}:${packetId}` })
      }
      world.lose()
      world.connect(new FakeLink(), true)
    }
    expect(stream.dropped).toBe(400)
    const texts = await textsOf(stream)
    expect(texts).toHaveLength(100)
    expect(texts[0]).toBe('4:1')
  })

  it('give way, and so do those of QoS 2, where their session is gone', async () => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(4))
    const stream = await world.subscribe('a', { qos: 2, messagesMax: 10 })
    const links = [world.link]
    for (let round = 0; round < 5; round++) {
      for (let packetId = 1; packetId <= 100; packetId++) {
        const qos = packetId % 2 === 0 ? 1 : 2
        world.deliver({ topic: 'a', qos, packetId, text: `${round}:${packetId}` })
      }
      world.lose()
      links.push(world.connect(new FakeLink(4)))
      world.answerAll()
      world.clock.advance(1)
    }
    const texts = await textsOf(stream)
    expect(texts).toHaveLength(10)
    expect(texts.at(-1)).toBe('4:100')
    expect(stream.dropped).toBe(490)
    expect(links.map(({ settled }) => settled.length)).toEqual([100, 100, 100, 100, 100, 0])
  })
})
