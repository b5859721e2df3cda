/** How filters lie to each other, against all topics of a small world. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from '@godwit/topic'
import { covers, levelsOf, overlaps } from '../src/rule-filter.ts'

// A level more than filters have, and a name that no filter has: what holds here holds everywhere.
// The text of one empty level is no Topic Name, and no harm is done by taking it for one.
const LEVELS = ['a', 'b', '', '$x', 'other']

const TOPICS = words(LEVELS, 4)

const filters = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b', '', '$x', '+'), { maxLength: 3 }),
    fc.constantFrom([], ['#']),
  )
  .map(([levels, end]) => [...levels, ...end].join('/'))
  .filter((filter) => filter !== '')

describe('two filters', () => {
  it('overlap if, and only if, some topic is matched by both', () => {
    fc.assert(
      fc.property(filters, filters, (one, other) => {
        const some = TOPICS.some((topic) => matches(one, topic) && matches(other, topic))
        expect(overlaps(levelsOf(one), levelsOf(other))).toBe(some)
      }),
      { numRuns: 300 },
    )
  })

  it('cover each other if, and only if, one matches all that the other does', () => {
    fc.assert(
      fc.property(filters, filters, (outer, inner) => {
        const all = TOPICS.every((topic) => !matches(inner, topic) || matches(outer, topic))
        expect(covers(levelsOf(outer), levelsOf(inner))).toBe(all)
      }),
      { numRuns: 300 },
    )
  })
})

function words(levels: readonly string[], length: number): readonly string[] {
  if (length === 1) return levels
  const shorter = words(levels, length - 1)
  const ofLength = shorter.filter((word) => word.split('/').length === length - 1)
  return [...shorter, ...ofLength.flatMap((word) => levels.map((level) => `${word}/${level}`))]
}
