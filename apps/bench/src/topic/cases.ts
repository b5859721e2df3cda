/** What matchers are measured by: lookups in a full one, filling one, emptying one. */
import { deepStrictEqual } from 'node:assert/strict'
import type { Side } from '../interleave.ts'
import { atLeast, type Target } from '../target.ts'
import { filter, miss, spreadIndices, topic } from './filters.ts'
import { type Matcher, newMatcher, SUBJECTS, type Subject } from './matchers.ts'

/** One row of the table. */
export interface TopicCase {
  readonly name: string
  readonly target?: Target
  /** Filters or topics in an iteration. */
  readonly operations: number
  readonly sides: readonly Side[]
}

const LOOKUPS = 8_192
/** The size that the targets speak of. */
const TARGET_SIZE = 100_000

/** The cases for so many filters. @throws {AssertionError} if the matchers disagree. */
export function topicCases(size: number): readonly TopicCase[] {
  const filters = Array.from({ length: size }, (_, index) => filter(index))
  const indices = spreadIndices(size, LOOKUPS)
  const full = SUBJECTS.map((subject) => ({ subject, matcher: filled(subject, filters) }))
  for (const { matcher } of full) agree(matcher, indices)
  const lookups = (topics: readonly string[]): Side[] =>
    full.map(({ subject, matcher }) => ({ subject, run: lookup(matcher, topics) }))
  const target = size === TARGET_SIZE ? { target: atLeast(3) } : {}
  return [
    {
      name: 'match, one filter matches',
      operations: LOOKUPS,
      ...target,
      sides: lookups(indices.map(topic)),
    },
    { name: 'match, no filter matches', operations: LOOKUPS, sides: lookups(indices.map(miss)) },
    { name: 'insert', operations: size, sides: SUBJECTS.map((one) => insertion(one, filters)) },
    { name: 'remove', operations: size, sides: SUBJECTS.map((one) => removal(one, filters)) },
  ]
}

/** A matcher with all these filters, each with its index. */
function filled(subject: Subject, filters: readonly string[]): Matcher {
  const matcher = newMatcher(subject)
  for (const [index, one] of filters.entries()) matcher.add(one, index)
  return matcher
}

function lookup(matcher: Matcher, topics: readonly string[]): Side['run'] {
  return (iterations) => {
    for (let iteration = 0; iteration < iterations; iteration++) {
      for (const one of topics) matcher.match(one)
    }
  }
}

function insertion(subject: Subject, filters: readonly string[]): Side {
  return {
    subject,
    run(iterations) {
      for (let iteration = 0; iteration < iterations; iteration++) filled(subject, filters)
    },
  }
}

function removal(subject: Subject, filters: readonly string[]): Side {
  let matchers: readonly Matcher[] = []
  return {
    subject,
    prepare(iterations) {
      matchers = Array.from({ length: iterations }, () => filled(subject, filters))
    },
    run() {
      for (const matcher of matchers) {
        for (const [index, one] of filters.entries()) matcher.remove(one, index)
      }
      matchers = []
    },
  }
}

function agree(matcher: Matcher, indices: readonly number[]): void {
  for (const index of indices) {
    deepStrictEqual(matcher.matches(topic(index)), [index])
    deepStrictEqual(matcher.matches(miss(index)), [])
  }
}
