// The router by itself: the same receivers as a search of every subscription would find, remembered
// within bounds and never when they are out of date.

import { Publication } from '@godwit/codec'
import { naiveMatches } from '@godwit/topic/testing'
import { VirtualClock } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deadlines } from '../src/deadlines.ts'
import { DEFAULT_LIMITS } from '../src/index.ts'
import { Outbox } from '../src/outbox.ts'
import type { HeldSubscription, Receiver, Route } from '../src/route.ts'
import { Router } from '../src/router.ts'
import { BrokerSession } from '../src/session.ts'
import { SlabPool } from '../src/slab.ts'
import { Counters } from '../src/stats.ts'
import { Turn } from '../src/turn.ts'
import { publish } from './peer.ts'

describe('the router', () => {
  it('finds what a search of every subscription finds', () => {
    fc.assert(
      fc.property(fc.array(steps(), { maxLength: 60 }), (sequence) => {
        const router = new Router({ ...DEFAULT_LIMITS, routesCachedBytesMax: 900 })
        const sessions = [0, 1, 2].map((index) => sessionNamed(`s${index}`, router))
        const held = new Map<string, Held>()
        const found: (readonly PlainRoute[])[] = []
        const wanted: (readonly PlainRoute[])[] = []
        for (const step of sequence) {
          if (step.do === 'route') {
            found.push(plain(router.routes(step.topic)))
            wanted.push(plain(searched(held, step.topic)))
            continue
          }
          const { session: index, filter } = step
          const session = sessions[index]!
          const key = `${index} ${filter}`
          if (step.do === 'subscribe') {
            const subscription = subscriptionTo(filter, step)
            router.subscribe(session, subscription)
            held.set(key, { session, subscription })
          } else {
            router.unsubscribe(session, filter)
            held.delete(key)
          }
        }
        expect(found).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  })

  it('gives overlapping subscriptions the highest QoS among them [MQTT-3.3.4-2]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const session = sessionNamed('s', router)
    for (const [filter, qos] of [
      ['#', 1],
      ['a', 2],
      ['+', 0],
    ] as const) {
      router.subscribe(session, { ...subscriptionTo(filter), qos })
    }
    expect(router.routes('a')).toMatchObject([{ receiver: session, terms: { qos: 2 } }])
    expect(router.routes('b')).toMatchObject([{ receiver: session, terms: { qos: 1 } }])
  })

  it('remembers what it found until a subscription changes', () => {
    const router = new Router(DEFAULT_LIMITS)
    const session = sessionNamed('s', router)
    router.subscribe(session, subscriptionTo('a'))
    const found = router.routes('a')
    expect(router.routes('a')).toBe(found)
    router.subscribe(session, subscriptionTo('b'))
    expect(router.routes('a')).not.toBe(found)
    expect(router.routes('a')).toEqual(found)
    router.unsubscribe(session, 'a')
    expect(router.routes('a')).toEqual([])
  })

  it('remembers no more than it may: names, receivers and identifiers count', () => {
    // Each Topic Name takes about 400 bytes here.
    const router = new Router({ ...DEFAULT_LIMITS, routesCachedBytesMax: 1_300 })
    for (const name of ['s', 't']) router.subscribe(sessionNamed(name, router), subscriptionTo('#'))
    const [a, b, c] = ['a', 'b', 'c'].map((topic) => router.routes(topic))
    expect(['a', 'b', 'c'].map((topic) => router.routes(topic))).toEqual([a, b, c])
    expect(router.routes('a')).toBe(a)
    router.routes('d')
    expect(router.routes('a')).not.toBe(a)
    expect(router.routes('a')).toEqual(a)
  })

  it('does not remember what alone is more than it may', () => {
    const router = new Router({ ...DEFAULT_LIMITS, routesCachedBytesMax: 1_300 })
    router.subscribe(sessionNamed('s', router), subscriptionTo('#'))
    const short = router.routes('a')
    const long = 'x'.repeat(1_000)
    expect(router.routes(long)).not.toBe(router.routes(long))
    expect(router.routes('a')).toEqual(short)
  })

  it('shares one route of a subscription among all its topics', () => {
    const router = new Router(DEFAULT_LIMITS)
    router.subscribe(sessionNamed('s', router), subscriptionTo('#'))
    expect(router.routes('a')[0]).toBe(router.routes('b')[0])
  })

  it('refuses a Topic Name beyond the limits with 0x90', () => {
    const router = new Router({ ...DEFAULT_LIMITS, topicLengthMax: 3, topicLevelsMax: 2 })
    expect(router.routes('a/b')).toEqual([])
    for (const topic of ['abcd', '//']) {
      const publication = new Publication(publish(topic))
      expect(() => router.route(publication, undefined)).toThrow('too long or too deep')
    }
  })
})

interface Held {
  readonly session: BrokerSession
  readonly subscription: HeldSubscription
}

/** A route in a form that can be compared, whatever the order of what was found. */
interface PlainRoute {
  readonly clientId: string
  readonly qos: number
  readonly retainAsPublished: boolean
  readonly identifiers: readonly number[]
  readonly own: boolean
  readonly ownIdentifiers: readonly number[]
}

function plain(routes: readonly Route[]): readonly PlainRoute[] {
  const ascending = (numbers: readonly number[] = []): readonly number[] =>
    numbers.toSorted((one, other) => one - other)
  return routes
    .map(({ receiver, terms, ownTerms }) => ({
      clientId: nameOf(receiver),
      qos: terms.qos,
      retainAsPublished: terms.retainAsPublished,
      identifiers: ascending(terms.subscriptionIdentifiers),
      own: ownTerms !== undefined,
      ownIdentifiers: ascending(ownTerms?.subscriptionIdentifiers),
    }))
    .toSorted((one, other) => one.clientId.localeCompare(other.clientId))
}

function nameOf(receiver: Receiver): string {
  if (!(receiver instanceof BrokerSession)) throw new TypeError('This is no session')
  return receiver.client.clientId
}

/** The routes by looking at every subscription, without a trie, a cache or merging. */
function searched(held: ReadonlyMap<string, Held>, topic: string): readonly Route[] {
  const matching = [...held.values()].filter((one) => naiveMatches(one.subscription.filter, topic))
  return [...new Set(matching.map(({ session }) => session))].map((session) => {
    const its = matching.filter((one) => one.session === session).map((one) => one.subscription)
    const own = its.filter(({ noLocal }) => !noLocal)
    const ownTerms = own.length === 0 ? undefined : termsOf(own)
    return { receiver: session, terms: termsOf(its), ownTerms }
  })
}

function termsOf(subscriptions: readonly HeldSubscription[]): Route['terms'] {
  const subscriptionIdentifiers = subscriptions.flatMap(({ identifier }) => identifier ?? [])
  const retainAsPublished = subscriptions.some((one) => one.retainAsPublished)
  const granted = subscriptions.map(({ qos }) => qos)
  const qos = granted.includes(2) ? 2 : granted.includes(1) ? 1 : 0
  return { qos, retainAsPublished, subscriptionIdentifiers }
}

function steps(): fc.Arbitrary<
  | ({ readonly do: 'subscribe' | 'unsubscribe'; readonly session: number } & HeldSubscription)
  | { readonly do: 'route'; readonly topic: string }
> {
  const level = fc.constantFrom('a', 'b', '', '$x')
  const names = fc.array(level, { minLength: 1, maxLength: 3 }).map((levels) => levels.join('/'))
  const topics = names.filter((name) => name !== '')
  const filters = fc
    .tuple(
      fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '/#'),
    )
    .map(([levels, end]) => levels.join('/') + end)
    .filter((filter) => filter !== '')
  const change = fc.record({
    do: fc.constantFrom('subscribe' as const, 'subscribe' as const, 'unsubscribe' as const),
    session: fc.nat({ max: 2 }),
    filter: fc.oneof(filters, fc.constant('#')),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    noLocal: fc.boolean(),
    retainAsPublished: fc.boolean(),
    retainHandling: fc.constant(0 as const),
    identifier: fc.integer({ min: 1, max: 9 }),
  })
  return fc.oneof(change, fc.record({ do: fc.constant('route' as const), topic: topics }))
}

function subscriptionTo(filter: string, options: Partial<HeldSubscription> = {}): HeldSubscription {
  const { qos = 0, noLocal = false, retainAsPublished = false, identifier } = options
  const subscription = { filter, qos, noLocal, retainAsPublished, retainHandling: 0 } as const
  return identifier === undefined ? subscription : { ...subscription, identifier }
}

/** A session that nobody is connected to: the router only needs to know it. */
function sessionNamed(clientId: string, router: Router): BrokerSession {
  const clock = new VirtualClock()
  const surroundings = {
    limits: DEFAULT_LIMITS,
    terms: {
      ...DEFAULT_LIMITS,
      maximumQoS: 0,
      retainAvailable: false,
      sharedSubscriptionAvailable: false,
    } as const,
    turn: new Turn(clock, () => {}),
    slabs: new SlabPool(),
    router,
    deadlines: new Deadlines(clock),
    counters: new Counters(),
    observers: {},
  }
  const transport = {
    remoteAddress: '',
    bufferedBytes: 0,
    onData: () => {},
    onDrain: () => {},
    onClose: () => {},
    write: () => true,
    pause: () => {},
    resume: () => {},
    close: () => {},
    destroy: () => {},
  }
  const client = { clientId, username: undefined, version: 5, remoteAddress: '' } as const
  const outbox = new Outbox(transport, surroundings, () => {})
  return new BrokerSession(client, outbox, Infinity, surroundings)
}
