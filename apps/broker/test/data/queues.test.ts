/** Who is still to get which message of a log. */
import { describe, expect, it } from 'vitest'
import { Queues } from '../../src/data/queues.ts'
import type { QueuedMessage, QueueFilter, QueueHolder } from '../../src/data/queues.ts'

describe('a message', () => {
  it('is for whoever has a filter that matches its topic', () => {
    const [one, two] = [holder(1, [filter('a/+')]), holder(2, [filter('b')])]
    expect(numbers([one, two], message())).toEqual([1])
  })

  it('is once for a session with several that match, on all their terms together', () => {
    const held = [
      filter('a/#', { qos: 1, identifier: 7 }),
      filter('+/b', { qos: 2, identifier: 3, retainAsPublished: true }),
      filter('#', { qos: 0, identifier: 9 }),
    ]
    const terms = { qos: 2, retain: true, subscriptionIdentifiers: [3, 7, 9], share: undefined }
    expect(received([holder(1, held)], message({ qos: 2, retain: true }))).toEqual([terms])
  })

  it('has the lower QoS of message and subscription', () => {
    const holders = [holder(1, [filter('#', { qos: 2 })]), holder(2, [filter('#', { qos: 1 })])]
    expect(received(holders, message({ qos: 1 })).map(({ qos }) => qos)).toEqual([1, 1])
    expect(received(holders, message({ qos: 2 })).map(({ qos }) => qos)).toEqual([2, 1])
  })

  it('does not wait for a subscription of QoS 0, nor if it has QoS 0 itself', () => {
    expect(numbers([holder(1, [filter('#', { qos: 0 })])], message())).toEqual([])
    expect(numbers([holder(1, [filter('#')])], message({ qos: 0 }))).toEqual([])
  })

  it('is retained for its receiver if it was, and the receiver wants to know', () => {
    const asPublished = [holder(1, [filter('#', { retainAsPublished: true })])]
    expect(received(asPublished, message({ retain: true }))[0]?.retain).toBe(true)
    expect(received(asPublished, message())[0]?.retain).toBe(false)
    expect(received([holder(1, [filter('#')])], message({ retain: true }))[0]?.retain).toBe(false)
  })

  it('does not come back to its publisher through a subscription with No Local', () => {
    const held = [filter('#', { noLocal: true })]
    expect(numbers([holder(1, held), holder(2, held)], message({ publisher: 'c1' }))).toEqual([2])
    const other = [...held, filter('a/b', { identifier: 4 })]
    expect(received([holder(1, other)], message({ publisher: 'c1' }))).toEqual([
      { qos: 1, retain: false, subscriptionIdentifiers: [4], share: undefined },
    ])
  })

  it('on a topic that begins with $ is for those who say so', () => {
    const holders = [holder(1, [filter('#')]), holder(2, [filter('$a/#')])]
    expect(numbers(holders, message({ topic: '$a/b' }))).toEqual([2])
  })
})

describe('a place in the log', () => {
  it('counts from where a session reads on', () => {
    const one = holder(1, [filter('#')], [5])
    expect([4, 5, 6].map((place) => numbers([one], message({ place })))).toEqual([[], [1], [1]])
  })

  it('counts from where a subscription was made', () => {
    const one = holder(1, [
      filter('#', { since: [5] }),
      filter('a/#', { since: [7], identifier: 2 }),
    ])
    const identifiers = [4, 5, 7].map((place) =>
      received([one], message({ place })).map((terms) => terms.subscriptionIdentifiers),
    )
    expect(identifiers).toEqual([[], [undefined], [[2]]])
  })

  it('belongs to one of several shards, each of which is read by itself', () => {
    const one = holder(1, [filter('#', { since: [0, 0] })], [6, 3])
    const found = [3, 4, 5, 6].map((place) => numbers([one], message({ place }), 2))
    expect(found).toEqual([[1], [], [1], [1]])
  })
})

describe('a message for one session', () => {
  const audience = {
    type: 'session',
    number: 1,
    qos: 1,
    retain: true,
    subscriptionIdentifiers: [4, 2],
  } as const

  it('is for nobody else, on its own terms', () => {
    const holders = [holder(1, []), holder(2, [filter('#')])]
    expect(numbers(holders, message({ audience, qos: 2 }))).toEqual([1])
    expect(received(holders, message({ audience, qos: 2 }))).toEqual([
      { qos: 1, retain: true, subscriptionIdentifiers: [2, 4], share: undefined },
    ])
  })

  it('is for nobody if that one has had it, or is gone', () => {
    expect(numbers([holder(1, [], [9])], message({ audience, place: 8 }))).toEqual([])
    expect(numbers([holder(2, [filter('#')])], message({ audience }))).toEqual([])
  })
})

describe('a Shared Subscription', () => {
  const share = '$share/g/a/#'
  const audience = { type: 'subscribers', chosen: [{ filter: share, number: 2 }] } as const

  it('brings a message to the member that was chosen', () => {
    const holders = [holder(1, [filter(share)]), holder(2, [filter(share, { qos: 2 })])]
    expect(numbers(holders, message())).toEqual([])
    expect(numbers(holders, message({ audience }))).toEqual([2])
    expect(received(holders, message({ audience }))).toMatchObject([{ qos: 1, share }])
  })

  it('brings it beside what the session gets for itself', () => {
    const holders = [holder(2, [filter(share), filter('#', { identifier: 5 })])]
    expect(received(holders, message({ audience }))).toMatchObject([
      { subscriptionIdentifiers: [5], share: undefined },
      { subscriptionIdentifiers: undefined, share },
    ])
  })

  it('brings it although it was given up since, as it was published', () => {
    expect(received([holder(2, [])], message({ audience, qos: 2 }))).toEqual([
      { qos: 2, retain: false, subscriptionIdentifiers: undefined, share },
    ])
  })
})

function holder(number: number, filters: readonly QueueFilter[], next = [0]): QueueHolder {
  return { clientId: `c${number}`, number, next, filters }
}

function filter(text: string, other: Partial<QueueFilter> = {}): QueueFilter {
  const usual = { qos: 1, noLocal: false, retainAsPublished: false, since: [0] } as const
  return { filter: text, ...usual, ...other }
}

function message(other: Partial<QueuedMessage> = {}): QueuedMessage {
  const audience = { type: 'subscribers', chosen: [] } as const
  const usual = { topic: 'a/b', qos: 1, retain: false, publisher: undefined, audience } as const
  return { place: 10, ...usual, ...other }
}

function received(holders: readonly QueueHolder[], one: QueuedMessage) {
  return new Queues(holders, 1).receiversOf(one).map(({ terms }) => terms)
}

function numbers(holders: readonly QueueHolder[], one: QueuedMessage, shards = 1) {
  return new Queues(holders, shards).receiversOf(one).map(({ holder }) => holder.number)
}
