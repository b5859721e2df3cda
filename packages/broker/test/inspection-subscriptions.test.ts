// Who is subscribed to what, and who would get a message.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Broker, SubscriptionRequest } from '../src/index.ts'
import { lasting, lose } from './lasting.ts'
import { openWorld, publish, subscribe } from './peer.ts'

describe('the list of subscriptions', () => {
  it('is that of all sessions, those of each together', async () => {
    const { broker } = await subscribed()
    expect(listed(broker)).toEqual(['a x/+', 'a #', 'c $share/g/x/y', 'c x/y'])
  })

  it('is of one client, with one filter, or of those that match a topic', async () => {
    const { broker } = await subscribed()
    expect(listed(broker, { clientId: 'c' })).toEqual(['c $share/g/x/y', 'c x/y'])
    expect(listed(broker, { filter: 'x/y' })).toEqual(['c x/y'])
    expect(listed(broker, { topic: 'x/y' })).toEqual(['a x/+', 'a #', 'c $share/g/x/y', 'c x/y'])
    expect(listed(broker, { topic: 'x/z' })).toEqual(['a x/+', 'a #'])
    expect(listed(broker, { clientId: 'a', filter: '#', topic: '$SYS/x' })).toEqual([])
    expect(listed(broker, { clientId: 'nobody' })).toEqual([])
  })

  it('is the same in pages of any length', async () => {
    const { broker } = await subscribed()
    for (const limit of [1, 2, 3]) {
      expect(listed(broker, { limit })).toEqual(listed(broker))
      expect(listed(broker, { limit, clientId: 'a' })).toEqual(['a x/+', 'a #'])
    }
  })

  it('goes on where it was although its page was asked for long ago', async () => {
    const { broker } = await subscribed()
    const pages = [1, 2, 3].map((limit) => broker.inspection.subscriptions({ limit }).next ?? '')
    for (let n = 0; n < 5; n++) listed(broker, { limit: 1 })
    const after = pages.map((page) => listed(broker, { after: page }).length)
    expect(after).toEqual([3, 2, 1])
  })

  it('is not for what is no topic, or no page', async () => {
    const { broker } = await subscribed()
    const { inspection } = broker
    expect(() => inspection.subscriptions({ topic: 'a/#' })).toThrow(/got "a\/#"$/)
    expect(() => inspection.subscriptions({ after: '1.x' })).toThrow('got "x"')
    expect(() => inspection.subscriptions({ after: 'x' })).toThrow('got "x"')
  })
})

describe('who would get a message', () => {
  it('is every subscription that matches, members of shares included', async () => {
    const { broker } = await subscribed()
    const plain = { qos: 0, noLocal: false, retainAsPublished: false, readiness: 'ready' }
    const { subscriptions, total } = broker.inspection.matching('x/y')
    expect(total).toBe(5)
    expect(subscriptions.toSorted((a, b) => (a.filter < b.filter ? -1 : 1))).toEqual([
      { ...plain, clientId: 'a', filter: '#', qos: 1, noLocal: true, identifier: 9 },
      { ...plain, clientId: 'c', filter: '$share/g/x/y', shareName: 'g', readiness: 'away' },
      { ...plain, clientId: 'a', filter: 'x/+' },
      {
        ...plain,
        clientId: 'c',
        filter: 'x/y',
        qos: 2,
        retainAsPublished: true,
        readiness: 'away',
      },
      { ...plain, filter: 'x/y', qos: 2 },
    ])
  })

  it('is told of one client, or the first of many', async () => {
    const { broker } = await subscribed()
    const { inspection } = broker
    const filters = ({
      subscriptions,
      total,
    }: ReturnType<typeof inspection.matching>): string[] => [
      ...subscriptions.map(({ filter }) => filter).toSorted(),
      String(total),
    ]
    expect(filters(inspection.matching('x/y', { clientId: 'a' }))).toEqual(['#', 'x/+', '2'])
    expect(inspection.matching('x/y', { limit: 1 })).toMatchObject({ total: 5 })
    expect(inspection.matching('x/y', { limit: 1 }).subscriptions).toHaveLength(1)
    expect(inspection.matching('nobody/has/it', { clientId: 'c' })).toEqual({
      subscriptions: [],
      total: 0,
    })
  })

  it('is not asked about what is no topic', async () => {
    const { broker } = await openWorld({ limits: { topicLevelsMax: 2 } })
    expect(() => broker.inspection.matching('a/+')).toThrow(RangeError)
    expect(() => broker.inspection.matching('a/b/c')).toThrow('too deep')
    expect(() => broker.inspection.matching('a', { limit: 0 })).toThrow(RangeError)
  })

  it('is who gets it', async () => {
    const filters = fc.uniqueArray(
      fc.constantFrom('#', '+', 'a', 'b', 'a/#', '+/b', 'a/b', '$share/g/a', '$share/g/#', '/#'),
    )
    const topics = fc.constantFrom('a', 'b', 'a/b', 'a/b/c', '/', '$x')
    await fc.assert(
      fc.asyncProperty(fc.array(filters, { maxLength: 4 }), topics, async (held, topic) => {
        const { broker, client } = await openWorld({ systemTopicsEveryMs: 0 })
        const peers = held.map((some, index) => {
          const peer = client(`c${index}`)
          for (const filter of some) peer.send(subscribe(filter))
          return peer
        })
        for (const peer of peers) peer.take()
        const { subscriptions } = broker.inspection.matching(topic)
        client('p').send(publish(topic, 'x'))
        const got = peers.map((peer) => peer.takeTexts().length)
        const own = subscriptions.filter(({ shareName }) => shareName === undefined)
        const direct = new Set(own.map(({ clientId }) => clientId)).size
        const shares = new Set(subscriptions.map(({ filter }) => filter))
        for (const { filter } of own) shares.delete(filter)
        expect(got.reduce((sum, texts) => sum + texts, 0)).toBe(direct + shares.size)
      }),
      { numRuns: 50 },
    )
  })
})

/** `a` is connected, `b` has none, `c` is away, and the program has one. */
async function subscribed(): Promise<{ broker: Broker }> {
  const world = await openWorld({ systemTopicsEveryMs: 0 })
  const { broker, client } = world
  const a = client('a')
  a.send(subscribe('x/+'))
  a.send(subscribe({ filter: '#', qos: 1, noLocal: true, identifier: 9 }))
  client('b')
  const c = client('c', lasting())
  c.send(subscribe('$share/g/x/y', { filter: 'x/y', qos: 2, retainAsPublished: true }))
  lose(world, c)
  broker.subscribe('x/y', () => {})
  return world
}

/** All pages, a line each. */
function listed(broker: Broker, request: SubscriptionRequest = {}): readonly string[] {
  const lines: string[] = []
  let next = request.after
  do {
    const after = next === undefined ? {} : { after: next }
    const page = broker.inspection.subscriptions({ ...request, ...after })
    lines.push(...page.items.map(({ clientId, filter }) => `${clientId} ${filter}`))
    next = page.next
  } while (next !== undefined)
  return lines
}
