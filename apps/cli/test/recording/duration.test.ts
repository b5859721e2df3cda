// Lengths of time as people write them.

import { describe, expect, it } from 'vitest'
import { duration, durationText } from '../../src/recording/duration.ts'

describe('a length of time', () => {
  it.each([
    ['90', 90_000],
    ['1.5', 1_500],
    ['0', 0],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5h', 5_400_000],
  ])('is read from %s', (text, ms) => {
    expect(duration(text)).toBe(ms)
  })

  it.each(['', '-1', 'soon', '1x', '5 s', 's', '30d', '1e3', 'Infinity'])(
    'is none: "%s"',
    (text) => {
      expect(() => duration(text)).toThrow('It is seconds, or a time such as 500ms')
    },
  )

  it('is told in the unit that fits', () => {
    expect([0.25, 12, 999, 1_500, 123_456].map(durationText)).toEqual([
      '0.3 ms',
      '12 ms',
      '999 ms',
      '1.5 s',
      '123.5 s',
    ])
  })
})
