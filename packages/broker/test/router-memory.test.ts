// What the router remembers of who gets the messages on a Topic Name: within bounds, and never when
// it is out of date.

import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import type { Route } from '../src/route.ts'
import { Router } from '../src/router.ts'
import { membersNamed, messageTo, RecordingMember, subscriptionTo } from './recording-member.ts'

describe('what the router remembers', () => {
  it.each([
    ['the Topic Name itself', 'a/b'],
    ['a filter that matches it', 'a/+'],
    ['a share of the Topic Name', '$share/g/a/b'],
    ['a share of a filter that matches it', '$share/g/#'],
  ])('is good until somebody subscribes to %s, or no longer', (_, filter) => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('a/#'))
    const first = router.routes('a/b')
    router.subscribe(t, subscriptionTo(filter))
    expect(router.routes('a/b')).toHaveLength(2)
    router.unsubscribe(t, filter)
    expect(router.routes('a/b')).toEqual(first)
  })

  it('outlasts what has nothing to do with it', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('a'))
    router.subscribe(s, subscriptionTo('$share/g/+'))
    const found = router.routes('a')
    const hidden = router.routes('$x')
    router.subscribe(t, subscriptionTo('b'))
    router.subscribe(t, subscriptionTo('a/+'))
    router.subscribe(t, subscriptionTo('$share/g/c'))
    router.unsubscribe(t, '$share/g/c')
    router.unsubscribe(t, 'a/+')
    router.unsubscribe(t, 'b')
    router.unsubscribe(t, 'a')
    router.unsubscribe(t, '$share/g/+')
    expect(() => router.subscribe(t, subscriptionTo('a#'))).toThrow(RangeError)
    expect(router.routes('a')).toBe(found)
    router.subscribe(t, subscriptionTo('#'))
    expect(router.routes('a')).not.toBe(found)
    expect(router.routes('$x')).toBe(hidden)
  })

  it('outlasts members of a group that come and go, but for the first and the last', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('$share/g/#'))
    const found = router.routes('a')
    router.subscribe(t, subscriptionTo('$share/g/#', { qos: 2 }))
    router.unsubscribe(s, '$share/g/#')
    expect(router.routes('a')).toBe(found)
    router.route(messageTo('a'), undefined)
    expect(t.taken).toMatchObject([{ terms: { qos: 2 } }])
    router.unsubscribe(t, '$share/g/#')
    expect(router.routes('a')).toEqual([])
  })

  it('outlasts a filter without wildcards, however much it is', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('+'))
    const found = TOPICS.map((topic) => router.routes(topic))
    router.subscribe(t, subscriptionTo('7'))
    const again = TOPICS.map((topic) => router.routes(topic))
    expect(TOPICS.filter((_, at) => again[at] !== found[at])).toEqual(['7'])
    expect(again[7]).toHaveLength(2)
  })

  it('is found anew for any wildcard if it is much', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('+'))
    const found = TOPICS.map((topic) => router.routes(topic))
    router.subscribe(t, subscriptionTo('+/+'))
    const again = TOPICS.map((topic) => router.routes(topic))
    expect(again).toEqual(found)
    expect(TOPICS.filter((_, at) => again[at] === found[at])).toEqual([])
  })

  it('gives its memory back with what is forgotten', () => {
    // Each Topic Name takes about 300 bytes here.
    const router = new Router({ ...DEFAULT_LIMITS, routesCachedBytesMax: 700 })
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('+'))
    const found = router.routes('a')
    for (let count = 0; count < 10; count++) {
      router.routes('b')
      router.subscribe(t, subscriptionTo('b'))
      router.unsubscribe(t, 'b')
    }
    expect(router.routes('a')).toBe(found)
  })

  it('is no more than it may be: names, subscribers and identifiers count', () => {
    // Each Topic Name takes about 400 bytes here.
    const router = new Router({ ...DEFAULT_LIMITS, routesCachedBytesMax: 1_300 })
    for (const member of membersNamed('s', 't')) router.subscribe(member, subscriptionTo('#'))
    const [a, b, c] = ['a', 'b', 'c'].map((topic) => router.routes(topic))
    expect(['a', 'b', 'c'].map((topic) => router.routes(topic))).toEqual([a, b, c])
    expect(router.routes('a')).toBe(a)
    router.routes('d')
    expect(router.routes('a')).not.toBe(a)
    expect(router.routes('a')).toEqual(a)
  })

  it('is not what alone is more than it may be', () => {
    const router = new Router({ ...DEFAULT_LIMITS, routesCachedBytesMax: 1_300 })
    router.subscribe(new RecordingMember('s'), subscriptionTo('#'))
    const short = router.routes('a')
    const long = 'x'.repeat(1_000)
    expect(router.routes(long)).not.toBe(router.routes(long))
    expect(router.routes('a')).toBe(short)
  })

  it('is one route of a subscription for all its topics', () => {
    const router = new Router(DEFAULT_LIMITS)
    router.subscribe(new RecordingMember('s'), subscriptionTo('#'))
    expect(router.routes('a')[0]).toBe(router.routes('b')[0])
  })

  it('is nothing of a Topic Name beyond the limits, which gets 0x90', () => {
    const router = new Router({ ...DEFAULT_LIMITS, topicLengthMax: 3, topicLevelsMax: 2 })
    expect(router.routes('a/b')).toEqual([])
    for (const topic of ['abcd', '//']) {
      expect(() => router.route(messageTo(topic), undefined)).toThrow('too long or too deep')
    }
  })

  it('comes in the same order from the same seed', () => {
    const orders = [1, 1].map((seed) => {
      const router = new Router(DEFAULT_LIMITS, { seed })
      for (let index = 0; index < 40; index++) {
        const filter = ['a/b', '+/b', 'a/+', '#'][index % 4]!
        router.subscribe(new RecordingMember(`${index}`), subscriptionTo(filter))
      }
      return router.routes('a/b').map(nameOf)
    })
    expect(orders[0]).toHaveLength(40)
    expect(orders[0]).toEqual(orders[1])
  })
})

const TOPICS = Array.from({ length: 100 }, (_, index) => `${index}`)

function nameOf({ subscriber }: Route): string {
  if (!(subscriber instanceof RecordingMember)) throw new TypeError('This is no member')
  return subscriber.name
}
