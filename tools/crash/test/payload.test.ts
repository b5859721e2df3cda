import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from '../src/filter.ts'
import { decodePayload, encodePayload } from '../src/payload.ts'
import { planRound } from '../src/plan.ts'
import { Random } from '../src/random.ts'

const MARK = { publisher: 'c1-p1', topic: 'c1/t/p1/q2', sequence: 17 }

describe('a payload', () => {
  it('says which message it is', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(1_000), (sequence, paddingBytes) => {
        const mark = { ...MARK, sequence }
        expect(decodePayload(encodePayload(mark, paddingBytes))).toEqual(mark)
      }),
    )
  })

  it('tells of any bit that is not as it was', () => {
    const whole = encodePayload(MARK, 5)
    fc.assert(
      fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
        const damaged = whole.with(bit >> 3, whole[bit >> 3]! ^ (1 << (bit & 7)))
        expect(decodePayload(damaged)).toBeUndefined()
      }),
    )
  })

  it('tells of what is missing', () => {
    const whole = encodePayload(MARK, 5)
    for (let length = 0; length < whole.length; length++) {
      expect(decodePayload(whole.subarray(0, length))).toBeUndefined()
    }
  })
})

describe('a filter', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/b/c', 'a/b', false],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['a/+/c', 'a/b/c', true],
    ['a/+', 'a/b/c', false],
    ['$share/g/a/#', 'a/b', true],
    ['$share/g/a/#', 'b', false],
  ])('%s against %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected)
  })
})

describe('a plan', () => {
  const SEVERITY = { strikesMax: 5, strikeMsMax: 2_000, calmMs: 1_000 }

  it('is the same for the same seed', () => {
    const [one, same, other] = [7, 7, 8].map((seed) => {
      return planRound('c1', SEVERITY, new Random(seed))
    })
    expect(one).toEqual(same)
    expect(one).not.toEqual(other)
  })

  it('strikes between once and as often as it may', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { strikes } = planRound('c1', SEVERITY, new Random(seed))
        expect(strikes.length).toBeGreaterThanOrEqual(1)
        expect(strikes.length).toBeLessThanOrEqual(5)
        expect(strikes[0]?.from).toBe('listening')
      }),
    )
  })
})
