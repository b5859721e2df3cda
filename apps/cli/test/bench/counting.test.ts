// What a benchmark counts: topics, marks, receipts, tallies and latencies.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { topicFilterPattern, topicNamePattern, TopicPattern } from '../../src/bench/bench-topics.ts'
import { DeliveryAccount } from '../../src/bench/delivery-account.ts'
import { Latencies } from '../../src/bench/latencies.ts'
import { filling, MARK_BYTES, Marking } from '../../src/bench/marks.ts'
import { Receipts } from '../../src/bench/receipts.ts'
import { Tally } from '../../src/bench/tally.ts'

describe('a pattern of topics', () => {
  it('has the numbers of clients and messages in it, and a filter for all of them', () => {
    const pattern = new TopicPattern('load/%r/%c/%i/%n/100%%', 'xyz')
    const participant = { number: 7, clientId: 'me' }
    expect(pattern.name(participant, 42)).toBe('load/xyz/7/me/42/100%')
    expect(pattern.filter(participant)).toBe('load/xyz/7/me/+/100%')
    expect(pattern.isNumbered).toBe(true)
    expect(new TopicPattern('a/%c/%%n', 'r').isNumbered).toBe(false)
  })

  it('is refused if it makes no topics', () => {
    expect(topicNamePattern('a/%c')).toBe('a/%c')
    expect(() => topicNamePattern('a/%x')).toThrow('There is no %x: there are %c %n %i %r %%.')
    expect(() => topicNamePattern('a/#')).toThrow('wildcard')
    expect(topicFilterPattern('a/#')).toBe('a/#')
    expect(() => topicFilterPattern('a/#/b')).toThrow('#')
  })
})

describe('a mark', () => {
  it('is read as it was written, within a payload of any size', () => {
    const marks = fc.record({
      publisher: fc.nat(100_000),
      sequence: fc.nat(2 ** 40),
      dueMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    })
    fc.assert(
      fc.property(marks, fc.integer({ min: MARK_BYTES, max: 500 }), (mark, size) => {
        const marking = new Marking(4_294_967_295, size)
        const payload = marking.payload(mark)
        expect(payload).toHaveLength(size)
        expect({ ...marking.read(payload) }).toEqual(mark)
      }),
    )
  })

  it('of another run, or none, is not read', () => {
    const [ours, theirs] = [new Marking(1, 64), new Marking(2, 64)]
    expect(ours.read(theirs.payload({ publisher: 0, sequence: 0, dueMs: 0 }))).toBeUndefined()
    expect(ours.read(Buffer.from('21.5'))).toBeUndefined()
    expect(ours.read(filling(64))).toBeUndefined()
    expect(() => new Marking(1, 23)).toThrow('A payload has at least 24 bytes: 23')
  })
})

describe('receipts', () => {
  it('tell messages that come again from those that come late', () => {
    const receipts = new Receipts(2)
    expect([0, 1, 4, 3, 1, 3].map((sequence) => receipts.take(0, sequence))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ])
    expect(receipts.take(1, 0)).toBe(true)
    expect(receipts).toMatchObject({ received: 5, repeated: 2 })
  })

  it('count every message once, whatever order and however often they come in', () => {
    const arrivals = fc.array(fc.nat(50), { maxLength: 200 })
    fc.assert(
      fc.property(arrivals, (sequences) => {
        const receipts = new Receipts(1)
        for (const sequence of sequences) receipts.take(0, sequence)
        const distinct = new Set(sequences).size
        expect(receipts.received).toBe(distinct)
        expect(receipts.repeated).toBe(sequences.length - distinct)
      }),
    )
  })

  it('remember only so many that are missing', () => {
    const receipts = new Receipts(1)
    receipts.take(0, 1e9)
    expect(receipts.take(0, 9_999)).toBe(true)
    expect(receipts.take(0, 10_000)).toBe(false)
  })

  it('of a publisher that there is not are none', () => {
    expect(new Receipts(1).take(1, 0)).toBe(false)
  })
})

describe('a tally', () => {
  it('counts in all and by seconds, those without anything included', () => {
    const tally = new Tally()
    tally.add(3, 100)
    tally.add(1, 999)
    tally.add(5, 3_500)
    expect(tally.count).toBe(9)
    expect(tally.perSecond).toEqual([4, 0, 0, 5])
    expect(tally.spanMs).toBe(3_400)
    expect(new Tally()).toMatchObject({ count: 0, perSecond: [], spanMs: 0 })
  })
})

describe('latencies', () => {
  it('are told by their percentiles, exact to three digits', () => {
    const latencies = new Latencies()
    for (let ms = 1; ms <= 10_000; ms++) latencies.add(ms / 10)
    const { p50, p99, p99_9, ...others } = latencies.summary()!
    expect(p50).toBeCloseTo(500, -1)
    expect(p99).toBeCloseTo(990, -1)
    expect(p99_9).toBeCloseTo(999, -1)
    expect(others).toMatchObject({ count: 10_000, min: 0.1, max: 1000 })
    expect(others.mean).toBeCloseTo(500, -1)
  })

  it('are nothing without any, and at least nothing, and at most half an hour', () => {
    const latencies = new Latencies()
    expect(latencies.summary()).toBeUndefined()
    latencies.add(-5)
    expect(latencies.summary()).toMatchObject({ count: 1, min: 0, p50: 0, max: 0 })
    latencies.add(1e12)
    expect(latencies.summary()!.max).toBe(1_800_000)
  })
})

describe('an account of deliveries', () => {
  it('expects one for each subscriber of what was published since the beginning', async () => {
    const account = new DeliveryAccount()
    account.subscribed('a')
    account.subscribed('a')
    account.subscribed('b')
    await account.published(Promise.resolve(), 'a', 0)
    expect(account.expected).toBe(0)
    account.begin(100)
    await account.published(Promise.resolve(), 'a', 100)
    await account.published(Promise.resolve(), 'c', 100)
    expect(account.expected).toBe(2)
    const failing = account.published(Promise.reject(new Error('no')), 'b', 200)
    expect(account.expected).toBe(3)
    await expect(failing).rejects.toThrow('no')
    expect(account.expected).toBe(2)
  })
})
