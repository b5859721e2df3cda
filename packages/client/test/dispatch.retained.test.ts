/** Retained messages where several streams want one filter: for whom they are. */
import { describe, expect, it } from 'vitest'
import { FakeLink, frameOf, readerOf, SubscriptionWorld, textsOf } from './subscription-world.ts'

describe('retained messages for the second stream on a filter', () => {
  const retained = { topic: 'a', text: 'r', retain: true } as const

  it('are asked for again, and are not for the first one again', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a')
    world.deliver(retained, 'a')
    const reader = readerOf(first)
    expect((await reader.next()).value?.text()).toBe('r')
    world.clock.advance(10_000)
    const second = await world.subscribe('a')
    expect(world.link.said).toEqual(['+0 a', '+0 a'])
    world.deliver(retained, 'a')
    world.deliver({ topic: 'a', text: 'live' }, 'a')
    expect(await textsOf(second)).toEqual(['r', 'live'])
    expect(await textsOf(first)).toEqual(['live'])
  })

  it('are for both while those of the first may not all have come', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a/+')
    world.deliver({ topic: 'a/1', text: '1', retain: true }, 'a/+')
    world.clock.advance(9999)
    world.deliver({ topic: 'a/2', text: '2', retain: true }, 'a/+')
    world.clock.advance(1)
    const second = await world.subscribe('a/+')
    for (const text of ['1', '2', '3']) {
      world.deliver({ topic: `a/${text}`, text, retain: true }, 'a/+')
    }
    expect(await textsOf(second)).toEqual(['1', '2', '3'])
    expect(await textsOf(first)).toEqual(['1', '2', '1', '2', '3'])
  })

  it('are for both where a reader that is behind may have held them up', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a', { qos: 1 })
    world.deliver({ ...retained, qos: 1, packetId: 1 }, 'a')
    world.clock.advance(60_000)
    const second = await world.subscribe('a', { qos: 1 })
    world.deliver({ ...retained, qos: 1, packetId: 2 }, 'a')
    expect(await textsOf(first)).toEqual(['r', 'r'])
    expect(await textsOf(second)).toEqual(['r'])
  })

  it('that the first still gets under the older number are for the first alone', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a')
    const identifier = world.link.identifierOf('a') ?? 0
    world.clock.advance(10_000)
    const second = await world.subscribe('a')
    const properties = { subscriptionIdentifier: [identifier] }
    world.subscriptions.deliver(frameOf({ ...retained, properties }), world.link)
    expect(await textsOf(first)).toEqual(['r'])
    expect(await textsOf(second)).toEqual([])
  })

  it('that still come under the older number are not kept from the first', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a/+')
    const properties = { subscriptionIdentifier: [world.link.identifierOf('a/+') ?? 0] }
    world.deliver({ ...retained, topic: 'a/1' }, 'a/+')
    const second = await world.subscribe('a/+')
    world.deliver({ ...retained, topic: 'a/2', text: 's', properties })
    expect(await textsOf(first)).toEqual(['r', 's'])
    expect(await textsOf(second)).toEqual([])
  })

  it.each([
    ['a Shared Subscription has none', '$share/g/a', {}],
    ['they are sent to new subscriptions only', 'a', { retainHandling: 1 as const }],
    ['nobody wants them', 'a', { retainHandling: 2 as const }],
  ])('are not asked for where %s', async (_, filter, options) => {
    const world = new SubscriptionWorld()
    world.connect()
    await world.subscribe(filter, options)
    const second = await world.subscriptions.subscribe(filter, options)
    expect(second.granted).toEqual([{ filter, qos: 0 }])
    expect(world.link.said).toEqual([`+0 ${filter}`])
  })

  it('need no second SUBSCRIBE if none has come since the first', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = world.subscriptions.subscribe('a')
    const second = world.subscriptions.subscribe('a')
    world.deliver(retained, 'a')
    const third = world.subscriptions.subscribe('a')
    world.deliver({ topic: 'a', text: 'early' }, 'a')
    world.answer()
    world.deliver(retained, 'a')
    world.answer()
    expect(world.link.said).toEqual(['+0 a', '+0 a'])
    expect(await textsOf(await first)).toEqual(['r', 'early', 'r'])
    expect(await textsOf(await second)).toEqual(['r', 'early', 'r'])
    expect(await textsOf(await third)).toEqual(['r'])
  })

  it('are for all where RETAIN says how a message was published', async () => {
    const world = new SubscriptionWorld()
    world.connect()
    const first = await world.subscribe('a', { retainAsPublished: true })
    world.clock.advance(10_000)
    const second = await world.subscribe('a', { retainAsPublished: true })
    world.deliver(retained, 'a')
    expect(await textsOf(first)).toEqual(['r'])
    expect(await textsOf(second)).toEqual(['r'])
  })

  it('are for all where the server has no identifiers', async () => {
    const world = new SubscriptionWorld()
    world.connect(new FakeLink(4))
    const first = await world.subscribe('a')
    world.clock.advance(10_000)
    const second = await world.subscribe('a')
    expect(world.link.said).toEqual(['+0 a', '+0 a'])
    world.deliver(retained)
    expect(await textsOf(first)).toEqual(['r'])
    expect(await textsOf(second)).toEqual(['r'])
  })
})
