// Instants of the broker's clock, and what they are on a clock on the wall.

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { TimeOfDay } from '../src/time-of-day.ts'

it('an instant becomes a time of day, and back', () => {
  const time = new TimeOfDay({ now: () => 250 }, () => 1_700_000_000_000)
  expect([time.at(250), time.at(1250.4)]).toEqual([1_700_000_000_000, 1_700_000_001_000])
  expect(time.instantOf(1_700_000_000_000)).toBe(250)
  expect(time.instantOf(1_600_000_000_000)).toBe(250 - 100_000_000_000)
})

it('both are read once: a clock on the wall that is put right changes nothing', () => {
  let wall = 1_700_000_000_000
  const time = new TimeOfDay({ now: () => 0 }, () => wall)
  wall -= 3_600_000
  expect(time.at(10)).toBe(1_700_000_000_010)
})

it('what was stored and is read in the same life is the same to a millisecond', () => {
  const instant = fc.double({ min: 0, max: 1e12, noNaN: true })
  const day = fc.integer({ min: 0, max: 4e12 })
  fc.assert(
    fc.property(instant, day, instant, (now, wall, when) => {
      const time = new TimeOfDay({ now: () => now }, () => wall)
      expect(Math.abs(time.instantOf(time.at(when)) - when)).toBeLessThanOrEqual(0.51)
    }),
  )
})
