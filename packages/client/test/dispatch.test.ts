/** Which stream a message is for, and when it is acknowledged. */
import { describe, expect, it } from 'vitest'
import { FakeLink, frameOf, readerOf, SubscriptionWorld, textsOf } from './subscription-world.ts'
import type { Publish } from './subscription-world.ts'

/** Two streams with the filters, and what each of them gets of a message. */
async function received(
  filters: readonly [string | readonly string[], string | readonly string[]],
  link: FakeLink,
  ...messages: readonly (readonly [publish: Publish, ...identified: readonly string[]])[]
): Promise<readonly (readonly string[])[]> {
  const world = new SubscriptionWorld()
  world.connect(link)
  const streams = [await world.subscribe(filters[0]), await world.subscribe(filters[1])]
  for (const [publish, ...identified] of messages) world.deliver(publish, ...identified)
  return Promise.all(streams.map(textsOf))
}

describe('with Subscription Identifiers', () => {
  it('a message is for the streams of those filters, and for no other that matches', async () => {
    const texts = await received(
      ['a/#', 'a/b'],
      new FakeLink(),
      [{ topic: 'a/b', text: 'x' }, 'a/#'],
      [{ topic: 'a/b', text: 'y' }, 'a/b'],
      [{ topic: 'a/b', text: 'z' }, 'a/#', 'a/b'],
    )
    expect(texts).toEqual([
      ['x', 'z'],
      ['y', 'z'],
    ])
  })

  it('a message reaches a stream once, however many of its filters are named', async () => {
    const texts = await received([['a/#', 'a/b', '+/b'], 'c'], new FakeLink(), [
      { topic: 'a/b', text: 'x' },
      'a/#',
      'a/b',
      '+/b',
    ])
    expect(texts).toEqual([['x'], []])
  })

  it('a message whose topic the server has rewritten finds its stream', async () => {
    const texts = await received(['$queue/a', 'b'], new FakeLink(), [
      { topic: 'a', text: 'x' },
      '$queue/a',
    ])
    expect(texts).toEqual([['x'], []])
  })

  it('a message with none, or with unknown ones only, goes by its topic', async () => {
    const texts = await received(
      ['a/#', 'b/+'],
      new FakeLink(),
      [{ topic: 'a/b', text: 'x' }],
      [{ topic: 'b/c', text: 'y', properties: { subscriptionIdentifier: [77] } }],
    )
    expect(texts).toEqual([['x'], ['y']])
  })

  it('an unknown one beside one of ours changes nothing', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const streams = [await world.subscribe('a/#'), await world.subscribe('a/b')]
    const ours = world.link.identifierOf('a/#') ?? 0
    const properties = { subscriptionIdentifier: [4711, ours] }
    world.subscriptions.deliver(frameOf({ topic: 'a/b', text: 'x', properties }), world.link)
    expect(await Promise.all(streams.map(textsOf))).toEqual([['x'], []])
  })

  it('an old one that is forgotten leaves the message to its topic', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    const subscriptionIdentifier = [world.link.identifierOf('a') ?? 0]
    for (let count = 0; count < 20; count++) {
      const closing = (await world.subscribe('a')).close()
      world.answerAll()
      await closing
    }
    world.deliver({ topic: 'b', text: 'x', properties: { subscriptionIdentifier } })
    world.deliver({ topic: 'a', text: 'y', properties: { subscriptionIdentifier } })
    expect(await textsOf(stream)).toEqual(['y'])
    expect(world.statistics.messagesUnclaimed).toBe(1)
  })

  it('a Shared Subscription is told from an ordinary one', async () => {
    const texts = await received(
      ['$share/g/a', 'a'],
      new FakeLink(),
      [{ topic: 'a', text: 'x' }, '$share/g/a'],
      [{ topic: 'a', text: 'y' }, 'a'],
    )
    expect(texts).toEqual([['x'], ['y']])
  })
})

describe.each([
  ['MQTT 3.1.1', () => new FakeLink(4)],
  ['MQTT 3.1', () => new FakeLink(3)],
  ['a server without them', () => new FakeLink(5, { subscriptionIdentifierAvailable: false })],
])('without Subscription Identifiers: %s', (_, link) => {
  it('a message is for every stream whose filter matches, once', async () => {
    const texts = await received(
      [['a/#', '+/b'], 'a/b'],
      link(),
      [{ topic: 'a/b', text: 'x' }],
      [{ topic: 'a', text: 'y' }],
      [{ topic: 'c/b', text: 'z' }],
      [{ topic: 'c', text: '-' }],
    )
    expect(texts).toEqual([['x', 'y', 'z'], ['x']])
  })

  it('a message is for Shared Subscriptions whose filter inside matches', async () => {
    const texts = await received(
      ['$share/g/a/+', '$share/h/a'],
      link(),
      [{ topic: 'a/b', text: 'x' }],
      [{ topic: 'a', text: 'y' }],
    )
    expect(texts).toEqual([['x'], ['y']])
  })

  it('a message is for a stream that came, and not for one that went, since the last', async () => {
    const world = new SubscriptionWorld()
    world.connect(link())
    const first = await world.subscribe('a/#')
    world.deliver({ topic: 'a/b', text: 'x' })
    const second = await world.subscribe('+/b')
    world.deliver({ topic: 'a/b', text: 'y' })
    const closing = first.close()
    world.answer()
    await closing
    world.deliver({ topic: 'a/b', text: 'z' })
    expect(await textsOf(second)).toEqual(['y', 'z'])
  })

  it('any number of topics, of any length, finds its streams', async () => {
    const world = new SubscriptionWorld()
    world.connect(link())
    const stream = await world.subscribe(['a/#', 'b'], { messagesMax: 10_000 })
    const topics = Array.from({ length: 1500 }, (_, at) => `a/${at}`)
    const long = `a/${'x'.repeat(1000)}`
    for (const topic of [...topics, long, ...topics, long, 'b', 'c']) world.deliver({ topic })
    expect(await textsOf(stream)).toHaveLength(3003)
  })

  it('a topic that begins with $ is not for a filter that begins with a wildcard', async () => {
    const texts = await received(['#', '$SYS/#'], link(), [{ topic: '$SYS/uptime', text: 'x' }])
    expect(texts).toEqual([[], ['x']])
  })
})

describe('a message for several streams', () => {
  it('is acknowledged when all have taken it', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const streams = [
      await world.subscribe('a', { qos: 1 }),
      await world.subscribe('a', { qos: 1 }),
      await world.subscribe('a', { qos: 0 }),
    ]
    world.deliver({ topic: 'a', qos: 1, packetId: 1 }, 'a')
    const readers = streams.map(readerOf)
    for (const reader of readers) await reader.next()
    void readers[2]?.next()
    void readers[0]?.next()
    expect(world.link.settled).toEqual([])
    void readers[1]?.next()
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('is acknowledged at once if none of them asked for more than QoS 0', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    await world.subscribe('a')
    await world.subscribe('a')
    world.deliver({ topic: 'a', qos: 2, packetId: 1 }, 'a')
    expect(world.link.settled).toEqual([[1, 0]])
  })

  it('is refused if one of them refuses it', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a', { qos: 1, acknowledge: 'manual' })
    const second = await world.subscribe('a', { qos: 1, acknowledge: 'manual' })
    world.deliver({ topic: 'a', qos: 1, packetId: 1 }, 'a')
    ;(await readerOf(first).next()).value?.acknowledge(0x99)
    ;(await readerOf(second).next()).value?.acknowledge()
    expect(world.link.settled).toEqual([[1, 0x99]])
  })

  it('is acknowledged when the last of them is closed', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const streams = [
      await world.subscribe('a', { qos: 1 }),
      await world.subscribe('a/#', { qos: 1 }),
    ]
    world.deliver({ topic: 'a', qos: 1, packetId: 1 }, 'a', 'a/#')
    for (const stream of streams) {
      expect(world.link.settled).toEqual([])
      const closing = stream.close()
      world.answer()
      await closing
    }
    expect(world.link.settled).toEqual([[1, 0]])
  })
})

describe('streams on one filter', () => {
  it('share a subscription, which lasts as long as one of them', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const [first, second] = [
      world.subscriptions.subscribe('a', { qos: 1 }),
      world.subscriptions.subscribe('a'),
    ]
    expect(world.link.said).toEqual(['+1 a'])
    world.answer()
    expect((await first).granted).toEqual([{ filter: 'a', qos: 1 }])
    expect((await second).granted).toEqual([{ filter: 'a', qos: 0 }])
    world.deliver({ topic: 'a', qos: 1, packetId: 5 }, 'a')
    await (await first).close()
    expect(world.link.said).toEqual(['+1 a'])
    expect(world.link.taken).toEqual([5])
    const closing = (await second).close()
    expect(world.link.said).toEqual(['+1 a', '-a'])
    world.answer()
    await closing
  })

  it('have the highest QoS that one of them wants', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a', { qos: 0, retainHandling: 2 })
    const second = world.subscriptions.subscribe('a', { qos: 2, retainHandling: 2 })
    expect(world.link.said).toEqual(['+0 a', '+2 a'])
    world.answer(0x01)
    expect((await second).granted).toEqual([{ filter: 'a', qos: 1 }])
    expect(first.granted).toEqual([{ filter: 'a', qos: 0 }])
  })

  it('must agree on everything else', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    await world.subscribe('a', { retainHandling: 1 })
    const other = world.subscriptions.subscribe(['b', 'a'], { retainHandling: 1, noLocal: true })
    await expect(other).rejects.toThrow(TypeError)
    await expect(other).rejects.toThrow('"a" has a stream with noLocal false already, got true')
    const third = world.subscriptions.subscribe('a', { retainHandling: 0 })
    await expect(third).rejects.toThrow('"a" has a stream with retainHandling 1 already, got 0')
    expect(world.link.said).toEqual(['+0 a'])
  })

  it('may have other options when all who had these are gone', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a', { retainHandling: 1 })
    void first.close()
    const second = world.subscriptions.subscribe('a', { noLocal: true })
    world.answerAll()
    expect((await second).granted).toHaveLength(1)
  })

  it('ask for more again where the server has refused it to another', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    await world.subscribe('a', { retainHandling: 2 })
    const options = { retainHandling: 2, qos: 1 } as const
    const refused = world.subscriptions.subscribe('a', options)
    world.answer(0x97)
    await expect(refused).rejects.toMatchObject({ code: 'subscribe-refused' })
    const granted = world.subscriptions.subscribe('a', options)
    expect(world.link.said).toEqual(['+0 a', '+1 a', '+1 a'])
    world.answer()
    expect((await granted).granted).toEqual([{ filter: 'a', qos: 1 }])
  })

  it('are not disturbed when the server refuses one more', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a', { qos: 1 })
    const second = world.subscriptions.subscribe('a', { qos: 2 })
    world.answer(0x97)
    await expect(second).rejects.toMatchObject({ code: 'subscribe-refused' })
    expect(world.link.said).toEqual(['+1 a', '+2 a'])
    world.deliver({ topic: 'a', text: 'x' }, 'a')
    expect(await textsOf(first)).toEqual(['x'])
  })
})

describe('a message that comes too late', () => {
  it('for a stream that is being closed is taken, and is for nobody else', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect()
    const left = await world.subscribe('a/#', { qos: 1 })
    const other = await world.subscribe('a/b', { qos: 1 })
    const closing = left.close()
    world.deliver({ topic: 'a/b', qos: 1, packetId: 1 }, 'a/#')
    expect(world.link.taken).toEqual([1])
    world.answer()
    await closing
    world.deliver({ topic: 'a/b', qos: 1, packetId: 2 }, 'a/#')
    expect(world.link.taken).toEqual([1, 2])
    expect(await textsOf(other)).toEqual([])
    expect(world.statistics.messagesUnclaimed).toBe(0)
  })

  it('is taken without identifiers, too, and is not held', async () => {
    const world = new SubscriptionWorld('hold')
    world.connect(new FakeLink(4))
    const left = await world.subscribe(['a/#', 'b'], { qos: 1 })
    const closing = left.close()
    world.answerAll()
    await closing
    world.deliver({ topic: 'a/b', qos: 1, packetId: 1 })
    world.deliver({ topic: 'b', qos: 2, packetId: 2 })
    expect(world.link.taken).toEqual([1, 2])
  })

  it('is nobody’s when many others were given up since', async () => {
    const world = new SubscriptionWorld('drop')
    world.connect(new FakeLink(4))
    const filters = Array.from({ length: 257 }, (_, at) => `${at}/${at === 0 ? '#' : ''}`)
    const stream = await world.subscribe(filters)
    const closing = stream.close()
    world.answerAll()
    await closing
    world.deliver({ topic: '0/x' })
    world.deliver({ topic: '1/' })
    expect(world.statistics.messagesUnclaimed).toBe(1)
  })
})
