/** Subscribing and unsubscribing, with a server that answers. */
import { describe, expect, it } from 'vitest'
import { ClientError } from '../src/errors.ts'
import { FakeLink, readerOf, SubscriptionWorld } from './subscription-world.ts'

describe('subscribing', () => {
  it('resolves when the server has granted the filter, and says what it has granted', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a/+', { qos: 2 })
    expect(world.link.said).toEqual(['+2 a/+'])
    expect(stream.granted).toEqual([{ filter: 'a/+', qos: 2 }])
    expect(stream.refused).toEqual([])
  })

  it('says what was granted where that is less than was asked for', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = world.subscriptions.subscribe('a', { qos: 2 })
    world.answer(0x01)
    expect((await stream).granted).toEqual([{ filter: 'a', qos: 1 }])
  })

  it('waits for a connection', async () => {
    const world = new SubscriptionWorld()
    const stream = world.subscriptions.subscribe(['a', 'b'])
    world.connect()
    expect(world.link.said).toEqual(['+0 a', '+0 b'])
    world.answerAll()
    expect((await stream).granted).toHaveLength(2)
  })

  it('asks for each filter once, in a SUBSCRIBE of its own, all in one turn', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe(['a', 'b', 'a'])
    expect(world.link.said).toEqual(['+0 a', '+0 b'])
    expect(stream.granted.map(({ filter }) => filter)).toEqual(['a', 'b'])
  })

  it('gives each SUBSCRIBE an identifier where the server takes them', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const streams = [world.subscriptions.subscribe(['a', 'b'])]
    const [first, second] = world.link.asked
    expect(first).toMatchObject({ properties: { subscriptionIdentifier: 1 } })
    expect(second).toMatchObject({ properties: { subscriptionIdentifier: 2 } })
    world.answerAll()
    await Promise.all(streams)
    const without = new SubscriptionWorld()
    without.connect(new FakeLink(5, { subscriptionIdentifierAvailable: false }))
    await without.subscribe('a')
    expect(without.link.said).toEqual(['+0 a'])
    expect(without.link.identifierOf('a')).toBeUndefined()
  })

  it('passes on the Subscription Options and the User Properties', () => {
    const world = new SubscriptionWorld()
    world.connect()
    const options = { noLocal: true, retainAsPublished: true, retainHandling: 2 } as const
    void world.subscriptions.subscribe('a', { ...options, userProperty: [['k', 'v']] })
    expect(world.link.asked).toEqual([
      {
        type: 'subscribe',
        packetId: 1,
        subscriptions: [{ filter: 'a', qos: 0, ...options }],
        properties: { subscriptionIdentifier: 1, userProperty: [['k', 'v']] },
      },
    ])
  })

  it('rejects with what the server said and what to do', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = world.subscriptions.subscribe('a/#')
    world.answer(0x87, { reasonString: 'no access to a', userProperty: [['k', 'v']] })
    const error: unknown = await stream.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ClientError)
    expect(error).toMatchObject({
      code: 'subscribe-refused',
      reasonCode: 0x87,
      reasonString: 'no access to a',
      userProperty: [['k', 'v']],
    })
    expect(String(error)).toContain(
      'Subscribing to "a/#" was refused: Not authorized (0x87), "no access to a".',
    )
    expect(world.link.said).toEqual(['+0 a/#'])
  })

  it('rejects if one of several filters is refused, and gives the others back', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = world.subscriptions.subscribe(['a', 'b', 'c'])
    world.answer()
    world.answer(0x97)
    await expect(stream).rejects.toMatchObject({ code: 'subscribe-refused', reasonCode: 0x97 })
    world.answerAll()
    expect(world.link.said).toEqual(['+0 a', '+0 b', '+0 c', '-a', '-c'])
  })

  it('goes on with what was granted if some may be refused', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const options = { allowPartial: true, qos: 1 } as const
    const stream = world.subscriptions.subscribe(['a', 'b'], options)
    world.answer(0x80)
    world.answer()
    expect((await stream).granted).toEqual([{ filter: 'b', qos: 1 }])
    expect((await stream).refused).toEqual([{ filter: 'a', reasonCode: 0x80 }])
    const nothing = world.subscriptions.subscribe(['c', 'd'], options)
    world.answer(0x87)
    world.answer(0x80)
    await expect(nothing).rejects.toMatchObject({ reasonCode: 0x80 })
  })

  it('rejects what the server has said it does not offer, without a packet', async () => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(5, { wildcardSubscriptionAvailable: false }))
    const stream = world.subscriptions.subscribe(['a', 'a/#', 'b'])
    await expect(stream).rejects.toMatchObject({ code: 'not-allowed', reasonCode: 0xa2 })
    await expect(stream).rejects.toThrow('Subscribing to "a/#" is not possible: ')
    world.answerAll()
    expect(world.link.said).toEqual(['+0 a', '-a'])
  })

  it.each([
    { noLocal: true },
    { retainAsPublished: true },
    { retainHandling: 1 as const },
    { userProperty: [['a', 'b']] as const },
  ])('rejects options that MQTT 3.1.1 does not have: %o', async (options) => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(4))
    await expect(world.subscriptions.subscribe('a', options)).rejects.toMatchObject({
      code: 'not-allowed',
    })
    expect(world.link.said).toEqual([])
  })

  it.each([
    ['a/#/b', {}, /last one \[.*4\.7\.1-1\], got "a\/#\/b"$/],
    [[], {}, /at least one Topic Filter, got an array$/],
    [7, {}, /got 7$/],
    [['a', null], {}, /A Topic Filter is a string, got null$/],
    ['a', { qos: 3 }, /A QoS is 0, 1 or 2, got 3$/],
    ['a', { retainHandling: 3 }, /retainHandling is one of 0, 1, 2, got 3$/],
    ['a', { acknowledge: 'never' }, /acknowledge is one of next, manual, got "never"$/],
    ['a', { whenFull: 'block' }, /got "block"$/],
    ['a', { messagesMax: 0 }, /messagesMax is a number from 1 on, got 0$/],
    ['a', { bytesMax: 0 }, /bytesMax is a number from 1 on, got 0$/],
    ['$share/g/a', { noLocal: true }, /noLocal \[.*3\.8\.3-4\], got "\$share\/g\/a"$/],
  ])('refuses what makes no sense with what it got: %o %o', async (...given) => {
    const [filters, options, message] = given
    const world = new SubscriptionWorld()
    world.connect()
    const stream = world.subscriptions.subscribe(filters as string, options as never)
    await expect(stream).rejects.toThrow(TypeError)
    await expect(stream).rejects.toThrow(message)
    expect(world.link.said).toEqual([])
  })

  it('leaves Packet Identifiers to others, however many filters there are', async () => {
    const world = new SubscriptionWorld()
    const filters = Array.from({ length: 3000 }, (_, at) => `a/${at}`)
    const stream = world.subscriptions.subscribe(filters)
    world.connect()
    expect(world.link.asked).toHaveLength(1024)
    world.answer()
    expect(world.link.asked).toHaveLength(1024)
    world.answerAll()
    expect((await stream).granted).toHaveLength(3000)
  })
})

describe('unsubscribing', () => {
  it('resolves when the server has let go', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe(['a', 'b'])
    let closed = false
    const closing = stream.close().then(() => (closed = true))
    await world.clock.settled()
    expect(world.link.said.slice(2)).toEqual(['-a', '-b'])
    world.answer()
    await world.clock.settled()
    expect(closed).toBe(false)
    world.answer()
    await closing
    expect(closed).toBe(true)
    await stream.close()
    expect(world.link.said).toHaveLength(4)
  })

  it('rejects if the server refuses, and takes the stream for ended all the same', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    const closing = stream.close()
    world.answer(0x83, { reasonString: 'not today' })
    await expect(closing).rejects.toThrow('Unsubscribing from "a" was refused')
    await expect(closing).rejects.toMatchObject({ code: 'unsubscribe-refused', reasonCode: 0x83 })
    expect(await readerOf(stream).next()).toEqual({ done: true, value: undefined })
    world.deliver({ topic: 'a', qos: 1, packetId: 4 }, 'a')
    expect(world.link.taken).toEqual([4])
    const again = await world.subscribe('a')
    expect(again.granted).toEqual([{ filter: 'a', qos: 0 }])
  })

  it('is content with a subscription that the server did not have', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    const closing = stream.close()
    world.answer(0x11)
    await expect(closing).resolves.toBeUndefined()
  })

  it('does not wait for ever for a server that does not answer', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    const closing = stream.close()
    world.clock.advance(10_000)
    await expect(closing).resolves.toBeUndefined()
  })

  it('happens when the loop is left, and when `await using` ends', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const stream = await world.subscribe('a')
    const loop = (async () => {
      for await (const message of stream) return message.text()
      return undefined
    })()
    await world.clock.settled()
    world.deliver({ topic: 'a', text: 'x' }, 'a')
    await world.clock.settled()
    expect(world.link.said).toEqual(['+0 a', '-a'])
    world.answer()
    expect(await loop).toBe('x')
    const other = await world.subscribe('b')
    const disposed = other[Symbol.asyncDispose]()
    world.answer()
    await disposed
    expect(world.link.said).toEqual(['+0 a', '-a', '+0 b', '-b'])
  })

  it('waits for the answer to SUBSCRIBE that is on its way', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const controller = new AbortController()
    const stream = world.subscriptions.subscribe('a', { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(stream).rejects.toThrow('enough')
    expect(world.link.said).toEqual(['+0 a'])
    world.answer()
    expect(world.link.said).toEqual(['+0 a', '-a'])
    world.answer()
    expect(world.link.asked).toEqual([])
  })

  it('is not needed where the SUBSCRIBE that was on its way is refused', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const controller = new AbortController()
    const stream = world.subscriptions.subscribe('a', { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(stream).rejects.toThrow('enough')
    world.answer(0x87)
    expect(world.link.said).toEqual(['+0 a'])
  })

  it('is over before the filter is subscribed to again', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a')
    const closing = first.close()
    const second = world.subscriptions.subscribe('a', { retainHandling: 2 })
    expect(world.link.said).toEqual(['+0 a', '-a'])
    world.answer()
    await closing
    expect(world.link.said).toEqual(['+0 a', '-a', '+0 a'])
    world.answer()
    expect((await second).granted).toEqual([{ filter: 'a', qos: 0 }])
  })

  it('is over, too, where somebody else comes before it was even asked for', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a')
    const controller = new AbortController()
    const second = world.subscriptions.subscribe('a', { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(second).rejects.toThrow('enough')
    const closing = first.close()
    const third = world.subscriptions.subscribe('a')
    await closing
    world.answerAll()
    expect((await third).granted).toHaveLength(1)
    expect(world.link.said).toEqual(['+0 a', '+0 a'])
  })
})
