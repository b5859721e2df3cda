/*
 * Arbitraries of Topic Names and Topic Filters. Levels come from a small stock, so that filters and
 * names drawn apart match often, share levels and end where others go on.
 */
import * as fc from 'fast-check'

const COMMON_LEVELS = ['', 'a', 'b', 'c', 'ab', 'ba', '$SYS', '$', '$share', ' ']
const HOSTILE_LEVELS = ['__proto__', 'constructor', 'hasOwnProperty', '\ufeff', '\u{1f426}', 'é']
// Beyond eight characters a level is not packed into integers.
const LONG_LEVELS = ['temperature', 'temperaturf', '01234567', '012345678', 'température']
const SHARE_NAMES = ['g', 'group', '$share', 'é', '__proto__']
const LEVELS_MAX = 6

/** Levels without wildcards: common, hostile, long, and now and then any characters at all. */
export function topicLevels(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...COMMON_LEVELS) },
    { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_LEVELS) },
    { weight: 2, arbitrary: fc.constantFrom(...LONG_LEVELS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 10 }).map(withoutSpecials) },
  )
}

/** Valid Topic Names of up to six levels. */
export function topicNames(): fc.Arbitrary<string> {
  return fc
    .array(topicLevels(), { minLength: 1, maxLength: LEVELS_MAX })
    .map((levels) => levels.join('/'))
    .filter((topicName) => topicName !== '')
}

/** Valid Topic Filters of up to six levels, not shared; two in three have a wildcard. */
export function topicFilters(): fc.Arbitrary<string> {
  const level = fc.oneof(
    { weight: 3, arbitrary: topicLevels() },
    { weight: 1, arbitrary: fc.constant('+') },
  )
  return fc
    .tuple(fc.array(level, { maxLength: LEVELS_MAX - 1 }), fc.constantFrom('last', '+', '#'), level)
    .map(([levels, kind, last]) => [...levels, kind === 'last' ? last : kind].join('/'))
    .filter((filter) => filter !== '' && !filter.startsWith('$share/'))
}

/** Valid filters of Shared Subscriptions. */
export function sharedFilters(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...SHARE_NAMES), topicFilters())
    .map(([shareName, filter]) => `$share/${shareName}/${filter}`)
}

function withoutSpecials(text: string): string {
  return Array.from(text)
    .filter((character) => !'\0/+#'.includes(character))
    .join('')
}
