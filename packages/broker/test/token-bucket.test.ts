// Token buckets alone, and by name.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BucketTable } from '../src/bucket-table.ts'
import { TokenBucket } from '../src/token-bucket.ts'

describe('a token bucket', () => {
  it('gives at once what was saved up, and then as many as come back', () => {
    const bucket = new TokenBucket(10, 10, 0)
    for (let taken = 0; taken < 10; taken++) {
      expect(bucket.delayMs(0)).toBe(0)
      bucket.take(1, 0)
    }
    expect(bucket.delayMs(0)).toBe(100)
    expect(bucket.delayMs(99)).toBe(1)
    expect(bucket.delayMs(100)).toBe(0)
  })

  it('is waited for when more was taken than was there', () => {
    const bucket = new TokenBucket(1000, 1000, 0)
    bucket.take(5000, 0)
    expect(bucket.delayMs(0)).toBe(4001)
    expect(bucket.isFull(4999)).toBe(false)
    expect(bucket.isFull(5000)).toBe(true)
  })

  it('lets somebody pass now and then, however slow it is', () => {
    const bucket = new TokenBucket(0.1, 0.1, 0)
    expect(bucket.delayMs(0)).toBe(0)
    bucket.take(1, 0)
    expect(bucket.delayMs(0)).toBe(10_000)
  })

  it('never gives more than its rate and what was saved up', () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(3000), take: fc.nat(50) }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), steps, (perSecond, all) => {
        const bucket = new TokenBucket(perSecond, perSecond, 0)
        let now = 0
        let given = 0
        for (const { waitMs, take } of all) {
          now += waitMs
          if (bucket.delayMs(now) > 0) continue
          expect(given).toBeLessThan(perSecond + (perSecond * now) / 1000 + 1e-3)
          bucket.take(take, now)
          given += take
        }
      }),
    )
  })
})

describe('buckets by name', () => {
  it('are found again as they were left, by whoever holds them and by others', () => {
    const table = new BucketTable({ perSecond: 1, most: 1 })
    const bucket = table.hold('a', 0)
    bucket.take(10, 0)
    table.giveBack('a', 0)
    expect(table.find('a', 0)).toBe(bucket)
    expect(table.find('b', 0)).not.toBe(bucket)
  })

  it('are forgotten when nobody holds them and nothing is missing', () => {
    const table = new BucketTable({ perSecond: 1, most: 1 })
    table.hold('a', 0)
    table.hold('a', 0)
    table.giveBack('a', 0)
    expect(table.size).toBe(1)
    table.giveBack('a', 0)
    expect(table.size).toBe(0)
    table.giveBack('a', 0)
    expect(table.size).toBe(0)
  })

  it('are swept when there are many, but for those that are held or owe something', () => {
    const table = new BucketTable({ perSecond: 1, most: 1 })
    const held = table.hold('held', 0)
    const owing = table.find('owing', 0)
    owing.take(1e6, 0)
    for (let number = 0; number < 5000; number++) table.find(`${number}`, number)
    expect(table.size).toBeLessThan(1100)
    expect(table.find('held', 0)).toBe(held)
    expect(table.find('owing', 0)).toBe(owing)
  })

  it('are bounded, even if all of them owe something', () => {
    const table = new BucketTable({ perSecond: 1, most: 1 })
    for (let number = 0; number < 150_000; number++) table.find(`${number}`, 0).take(1e9, 0)
    expect(table.size).toBeLessThanOrEqual(100_000)
  })
})
