// The router by itself: the same subscribers as a search of every subscription would find, shared
// and not.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS } from '../src/limits.ts'
import { Router } from '../src/router.ts'
import type { ShareStrategy } from '../src/share-group.ts'
import { membersNamed, messageTo, subscriptionTo } from './recording-member.ts'
import { RouterModel, steps } from './router-model.ts'
import type { Handling, Step } from './router-model.ts'

describe('the router', () => {
  it('hands each message to whom a search of every subscription finds, each group once', () => {
    fc.assert(
      fc.property(plans(), ({ shareStrategy, routesCachedBytesMax, sequence }) => {
        const router = new Router({ ...DEFAULT_LIMITS, routesCachedBytesMax }, { shareStrategy })
        const members = membersNamed('a', 'b', 'c', 'd')
        const model = new RouterModel(members, shareStrategy)
        const found: Handling[] = []
        const wanted: Handling[] = []
        for (const [index, step] of sequence.entries()) {
          const member = members[step.member]!
          if (step.do === 'route') {
            const { topic, qos } = step
            const publisher = step.published === 'by-member' ? member : undefined
            const clientId = step.published === 'by-program' ? undefined : member.name
            wanted.push(model.wanted(topic, qos, clientId))
            const outcome = router.route(messageTo(topic, qos, clientId), publisher)
            found.push(model.observed(outcome, qos))
          } else if (step.do === 'change') {
            Object.assign(member, step.state)
          } else if (step.do === 'subscribe') {
            // The number tells the copies of one member apart.
            const subscription = { ...step.subscription, identifier: index + 1 }
            router.subscribe(member, subscription)
            model.subscribe(member, subscription)
          } else {
            router.unsubscribe(member, step.subscription.filter)
            model.unsubscribe(member, step.subscription.filter)
          }
        }
        expect(found).toEqual(wanted)
      }),
      { numRuns: 500 },
    )
  })

  it('says whether anybody was there, and whether anybody took it', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [a, b] = membersNamed('a', 'b')
    expect(router.route(messageTo('t'), undefined)).toBe('none')
    router.subscribe(a, subscriptionTo('t', { noLocal: true }))
    expect(router.route(messageTo('t'), a)).toBe('none')
    expect(router.route(messageTo('t'), b)).toBe('taken')
    a.takes = false
    expect(router.route(messageTo('t'), b)).toBe('refused')
    router.subscribe(b, subscriptionTo('+'))
    expect(router.route(messageTo('t'), undefined)).toBe('taken')
    b.takes = false
    expect(router.route(messageTo('t'), undefined)).toBe('refused')
  })

  it('gives overlapping subscriptions the highest QoS among them [MQTT-3.3.4-2]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    router.subscribe(s, subscriptionTo('#', { qos: 1 }))
    router.subscribe(s, subscriptionTo('a', { qos: 2 }))
    router.subscribe(s, subscriptionTo('+', { qos: 0 }))
    expect(router.routes('a')).toMatchObject([{ subscriber: s, terms: { qos: 2 } }])
    expect(router.routes('b')).toMatchObject([{ subscriber: s, terms: { qos: 1 } }])
    const [route] = router.routes('a')
    expect(route?.ownTerms).toBe(route?.terms)
  })

  it('gives their one copy the identifiers of all [MQTT-3.3.4-3] [MQTT-3.3.4-4]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    router.subscribe(s, subscriptionTo('a', { identifier: 3 }))
    router.subscribe(s, subscriptionTo('+', { identifier: 268_435_455 }))
    router.subscribe(s, subscriptionTo('#'))
    router.route(messageTo('a'), undefined)
    expect(s.taken.map(({ terms }) => ascending(terms.subscriptionIdentifiers))).toEqual([
      [3, 268_435_455],
    ])
  })

  it('keeps from a publisher what it does not want of its own [MQTT-3.8.3-3]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('a', { noLocal: true, qos: 2, identifier: 1 }))
    router.route(messageTo('a'), s)
    expect(s.takeTopics()).toEqual([])
    router.route(messageTo('a'), t)
    expect(s.takeTopics()).toEqual(['a'])
    router.subscribe(s, subscriptionTo('+', { qos: 0, identifier: 2 }))
    router.route(messageTo('a'), s)
    expect(s.taken).toMatchObject([{ terms: { qos: 0, subscriptionIdentifiers: [2] } }])
  })

  it('keeps it from any session of the client that published it [MQTT-3.8.3-3]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [former, present, other] = membersNamed('c', 'c', 'd')
    router.subscribe(present, subscriptionTo('a', { noLocal: true }))
    expect(router.route(messageTo('a', 1, 'c'), former)).toBe('none')
    expect(router.route(messageTo('a', 1, 'd'), other)).toBe('taken')
    expect(router.route(messageTo('a'), undefined)).toBe('taken')
    router.subscribe(present, subscriptionTo('a'))
    expect(router.route(messageTo('a', 1, 'c'), former)).toBe('taken')
  })

  it('does without subscribers that are gone, as if they had unsubscribed', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [gone, alsoGone, full] = membersNamed('s', 't', 'u')
    for (const filter of ['a', '$share/g/a', '$share/g/#']) {
      router.subscribe(gone, subscriptionTo(filter))
      router.subscribe(alsoGone, subscriptionTo(filter, { qos: 0 }))
    }
    gone.leave()
    alsoGone.leave()
    for (const qos of [0, 1, 2] as const) {
      expect(router.route(messageTo('a', qos), undefined)).toBe('none')
    }
    for (const filter of ['a', '$share/g/a']) {
      full.takes = false
      router.subscribe(full, subscriptionTo(filter))
      expect(router.route(messageTo('a'), undefined)).toBe('refused')
      full.takes = true
      expect(router.route(messageTo('a'), undefined)).toBe('taken')
      router.unsubscribe(full, filter)
    }
    expect([gone, alsoGone].flatMap(({ offered }) => offered)).toEqual([])
  })

  it('makes one copy of 10,000 subscriptions that overlap [MQTT-3.3.4-4]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    for (let number = 1; number <= 10_000; number++) {
      const options = { identifier: number, noLocal: number % 2 === 0 }
      router.subscribe(s, subscriptionTo(overlapping(number), options))
      router.subscribe(t, subscriptionTo(overlapping(number), { noLocal: true, qos: 0 }))
    }
    const routes = router.routes(overlapping(0))
    expect(routes).toHaveLength(2)
    const [one, other] = routes.toSorted((a, b) => b.terms.qos - a.terms.qos)
    expect(new Set(one?.terms.subscriptionIdentifiers).size).toBe(10_000)
    expect(new Set(one?.ownTerms?.subscriptionIdentifiers).size).toBe(5_000)
    expect(other).toMatchObject({ terms: { subscriptionIdentifiers: undefined } })
    expect(other?.ownTerms).toBeUndefined()
  })

  it('replaces a subscription to the same filter [MQTT-3.8.4-3]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    router.subscribe(s, subscriptionTo('a', { qos: 2, identifier: 1 }))
    expect(router.subscribe(s, subscriptionTo('a', { qos: 0 }))?.qos).toBe(0)
    router.route(messageTo('a'), undefined)
    expect(s.taken).toMatchObject([{ terms: { qos: 0, subscriptionIdentifiers: undefined } }])
  })

  it('removes exactly the filter that is given [MQTT-3.10.4-1] [MQTT-3.10.4-2]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    for (const filter of ['a', '+', '$share/g/a']) router.subscribe(s, subscriptionTo(filter))
    for (const filter of ['#', 'A', 'a/', '$share/h/a', '$share/g/+', '$share/g', '$share//a']) {
      router.unsubscribe(s, filter)
    }
    router.route(messageTo('a'), undefined)
    expect(s.takeTopics()).toEqual(['a', 'a'])
    router.unsubscribe(s, 'a')
    router.unsubscribe(s, '$share/g/a')
    router.route(messageTo('a'), undefined)
    expect(s.takeTopics()).toEqual(['a'])
    router.unsubscribe(s, '+')
    expect(router.route(messageTo('a'), undefined)).toBe('none')
  })

  it('compares characters as they are, without normalising them [MQTT-4.7.3-4]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    for (const prefix of ['', '$share/g/']) {
      router.subscribe(s, subscriptionTo(`${prefix}caf\u00e9`))
    }
    expect(router.route(messageTo('cafe\u0301'), undefined)).toBe('none')
    expect(router.route(messageTo('CAF\u00c9'), undefined)).toBe('none')
    expect(router.route(messageTo('caf\u00e9'), undefined)).toBe('taken')
  })

  it('matches no leading wildcard with a leading $, shared or not [MQTT-4.7.2-1]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    for (const filter of ['#', '+/a', '$share/g/#', '$share/g/+/a']) {
      router.subscribe(s, subscriptionTo(filter))
    }
    expect(router.route(messageTo('$SYS/a'), undefined)).toBe('none')
    router.subscribe(s, subscriptionTo('$share/g/$SYS/#'))
    expect(router.route(messageTo('$SYS/a'), undefined)).toBe('taken')
  })

  it.each(['', '#/a', 'a#', 'a+', '+a/b', 'a\0'])(
    'takes no subscription to %j, shared or not [MQTT-4.7.1-1] [MQTT-4.7.1-2]',
    (filter) => {
      const router = new Router(DEFAULT_LIMITS)
      const [s] = membersNamed('s')
      for (const text of [filter, `$share/g/${filter}`]) {
        expect(() => router.subscribe(s, subscriptionTo(text))).toThrow(RangeError)
      }
      expect(router.route(messageTo('a'), undefined)).toBe('none')
    },
  )
})

describe('a Shared Subscription', () => {
  it('needs a Share Name and a Topic Filter [MQTT-4.8.2-1] [MQTT-4.8.2-2]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    for (const filter of ['$share/', '$share//a', '$share/g', '$share/g/', '$share/+/a']) {
      expect(() => router.subscribe(s, subscriptionTo(filter))).toThrow(RangeError)
    }
    router.subscribe(s, subscriptionTo('$share'))
    expect(router.route(messageTo('$share'), undefined)).toBe('taken')
  })

  it('gives each message to one of its sessions, in turn by default', () => {
    const router = new Router(DEFAULT_LIMITS)
    const members = membersNamed('s', 't', 'u')
    for (const member of members) router.subscribe(member, subscriptionTo('$share/g/a/+'))
    for (const topic of ['a/1', 'a/2', 'a/3', 'a/4', 'b/1']) {
      router.route(messageTo(topic), undefined)
    }
    const taken = members.map((member) => member.takeTopics())
    expect(taken).toEqual([['a/1', 'a/4'], ['a/2'], ['a/3']])
  })

  it('works by the strategy that the router was given', () => {
    const router = new Router(DEFAULT_LIMITS, { shareStrategy: 'sticky' })
    const members = membersNamed('s', 't')
    for (const member of members) router.subscribe(member, subscriptionTo('$share/g/a'))
    for (let count = 0; count < 3; count++) router.route(messageTo('a'), undefined)
    expect(members.map((member) => member.takeTopics().length)).toEqual([3, 0])
  })

  it('is another one for another Share Name and for another filter that matches', () => {
    const router = new Router(DEFAULT_LIMITS)
    const members = membersNamed('s', 't')
    const filters = ['$share/g/a', '$share/h/a', '$share/g/+', '$share/g/#', '$share/g/b']
    for (const member of members) {
      for (const filter of filters) router.subscribe(member, subscriptionTo(filter))
    }
    expect(router.route(messageTo('a'), undefined)).toBe('taken')
    expect(members.flatMap((member) => member.takeTopics())).toEqual(['a', 'a', 'a', 'a'])
  })

  it('gives its copy beside that of an ordinary subscription, with its own identifier and QoS [MQTT-3.3.4-5] [MQTT-4.8.2-3]', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    router.subscribe(s, subscriptionTo('a', { qos: 2, identifier: 1 }))
    router.subscribe(s, subscriptionTo('$share/g/a', { qos: 0, identifier: 2 }))
    router.route(messageTo('a'), undefined)
    const own = { qos: 2, subscriptionIdentifiers: [1], share: undefined }
    const shared = { qos: 0, subscriptionIdentifiers: [2], share: { filter: 'a' } }
    expect(s.taken.map(({ terms }) => terms)).toMatchObject([own, shared])
  })

  it('gives a member what it published itself', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    router.subscribe(s, subscriptionTo('$share/g/a'))
    expect(router.route(messageTo('a'), s)).toBe('taken')
    expect(s.takeTopics()).toEqual(['a'])
  })

  it('has terms for retained messages only where it is not shared', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s] = membersNamed('s')
    const terms = router.subscribe(s, subscriptionTo('a', { qos: 2, identifier: 5 }))
    expect(terms).toMatchObject({ qos: 2, subscriptionIdentifiers: [5], share: undefined })
    expect(router.subscribe(s, subscriptionTo('$share/g/a'))).toBeUndefined()
  })

  it('is gone with its last member, and new with the next', () => {
    const router = new Router(DEFAULT_LIMITS)
    const [s, t] = membersNamed('s', 't')
    router.subscribe(s, subscriptionTo('$share/g/a'))
    router.subscribe(t, subscriptionTo('$share/g/a'))
    const [route] = router.routes('a')
    router.unsubscribe(s, '$share/g/a')
    expect(router.routes('a')).toEqual([route])
    router.unsubscribe(s, '$share/g/a')
    router.unsubscribe(t, '$share/g/a')
    expect(router.routes('a')).toEqual([])
    router.subscribe(t, subscriptionTo('$share/g/a'))
    expect(router.routes('a')).toHaveLength(1)
    expect(router.routes('a')[0]?.subscriber).not.toBe(route?.subscriber)
  })
})

/** A filter of 14 levels for a number; that of 0 is a Topic Name which all of them match. */
function overlapping(number: number): string {
  return Array.from({ length: 14 }, (_, bit) => ((number >> bit) % 2 === 0 ? 'x' : '+')).join('/')
}

function ascending(numbers: readonly number[] = []): readonly number[] {
  return numbers.toSorted((one, other) => one - other)
}

/** With a memory for three Topic Names or for all of them. */
function plans(): fc.Arbitrary<{
  readonly shareStrategy: ShareStrategy
  readonly routesCachedBytesMax: number
  readonly sequence: readonly Step[]
}> {
  return fc.record({
    shareStrategy: fc.constantFrom('round-robin', 'sticky', 'least-in-flight', 'hash-topic'),
    routesCachedBytesMax: fc.constantFrom(900, 1_000_000),
    sequence: fc.array(steps(), { maxLength: 60 }),
  })
}
