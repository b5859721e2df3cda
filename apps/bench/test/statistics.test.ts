/** Medians, ratios and verdicts. */
import { describe, expect, it } from 'vitest'
import { rotated } from '../src/interleave.ts'
import { rowOf } from '../src/report.ts'
import { spreadOf } from '../src/statistics.ts'
import { atLeast, atMost, judge } from '../src/target.ts'

describe('spreadOf', () => {
  it('takes the middle sample of an odd number, by size and not by text', () => {
    const samples = [9, 100, 10, 8, 11]
    expect(spreadOf(samples)).toEqual({ min: 8, median: 10, max: 100, samples })
  })

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5)
  })

  it('refuses to speak about nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError)
  })
})

describe('judge', () => {
  it.each([
    [8, atLeast(8), 'reached'],
    [7.99, atLeast(8), 'falls short'],
    [0.15, atMost(0.15), 'reached'],
    [0.16, atMost(0.15), 'falls short'],
  ] as const)('finds that %d with the target %o is %s', (figure, target, verdict) => {
    expect(judge(figure, target)).toBe(verdict)
  })
})

describe('rowOf', () => {
  it('divides the medians as the relation says', () => {
    const samples = [
      [1, 2, 3],
      [30, 10, 20],
    ]
    expect(rowOf('decode', samples, 'peer / ours', atLeast(8))).toMatchObject({
      ratio: 10,
      verdict: 'reached',
    })
    expect(rowOf('deliver', samples, 'ours / peer', atMost(0.05))).toMatchObject({
      ratio: 0.1,
      verdict: 'falls short',
    })
  })

  it('judges our own median where there is no ratio', () => {
    const row = rowOf('heap', [[135], [369]], 'ours', atMost(300))
    expect(row).toMatchObject({ verdict: 'reached' })
    expect(row).not.toHaveProperty('ratio')
  })

  it('has neither ratio nor verdict when a side has no samples', () => {
    const row = rowOf('deliver', [[1], []], 'ours / peer', atMost(0.15))
    expect(row).not.toHaveProperty('ratio')
    expect(row).not.toHaveProperty('verdict')
    expect(row.spreads[1]).toBeUndefined()
  })
})

describe('rotated', () => {
  it('lets each be the first in turn', () => {
    const orders = [0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))
    expect(orders).toEqual(['abc', 'bca', 'cab', 'abc'])
  })
})
