/*
 * One filter against one name: sections 4.7.1 to 4.7.3.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches } from '../src/index.ts'
import { naiveMatches, topicFilters, topicNames } from '../src/testing/index.ts'

describe('the multi-level wildcard', () => {
  it.each(['sport/tennis/player1', 'sport/tennis/player1/ranking', 'sport/tennis/player1/a/b/c'])(
    'matches the parent level and everything below: %j [MQTT-4.7.1-1]',
    (topicName) => {
      expect(matches('sport/tennis/player1/#', topicName)).toBe(true)
    },
  )

  it('matches every Topic Name when it stands alone', () => {
    expect(matches('#', 'a')).toBe(true)
    expect(matches('#', '/')).toBe(true)
    expect(matches('#', 'a/b/c')).toBe(true)
  })

  it('does not match a level that only starts alike', () => {
    expect(matches('sport/#', 'sports')).toBe(false)
    expect(matches('sport/#', 'spor')).toBe(false)
    expect(matches('/#', 'a')).toBe(false)
  })
})

describe('the single-level wildcard', () => {
  it.each([
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['+/b', 'a/b', true],
    ['a/+/c', 'a//c', true],
    ['+/+/#', 'a', false],
    ['+/#', 'a', true],
  ])(
    'fills a whole level, even an empty one: %j, %j, %j [MQTT-4.7.1-2]',
    (filter, name, expected) => {
      expect(matches(filter, name)).toBe(expected)
    },
  )
})

describe('a Topic Name that starts with $', () => {
  it.each(['#', '+/monitor/Clients', '+/#', '+'])(
    'is not matched by a filter that starts with a wildcard: %j [MQTT-4.7.2-1]',
    (filter) => {
      expect(matches(filter, '$SYS/monitor/Clients')).toBe(false)
      expect(matches(filter, '$SYS')).toBe(false)
    },
  )

  it.each(['$SYS/#', '$SYS/monitor/+', '$SYS/+/Clients', '$SYS/monitor/Clients'])(
    'is matched by other filters: %j [MQTT-4.7.2-1]',
    (filter) => {
      expect(matches(filter, '$SYS/monitor/Clients')).toBe(true)
    },
  )

  it('differs from one with $ at a later level [MQTT-4.7.2-1]', () => {
    expect(matches('#', 'a/$SYS')).toBe(true)
    expect(matches('a/+', 'a/$SYS')).toBe(true)
  })
})

describe('comparing', () => {
  it('neither folds case nor trims nor normalises [MQTT-4.7.3-4]', () => {
    expect(matches('ACCOUNTS', 'Accounts')).toBe(false)
    expect(matches('/finance', 'finance')).toBe(false)
    expect(matches('a ', 'a')).toBe(false)
    expect(matches('\u00e9', 'e\u0301')).toBe(false)
    expect(matches('\ufeffa', 'a')).toBe(false) // [MQTT-1.5.4-3]
  })

  it('agrees with the naive matcher', () => {
    fc.assert(
      fc.property(topicFilters(), topicNames(), (filter, topicName) => {
        expect(matches(filter, topicName)).toBe(naiveMatches(filter, topicName))
      }),
      { numRuns: 2_000 },
    )
  })

  it('copes with 65,536 levels', () => {
    const deep = '/'.repeat(65_535)
    expect(matches(deep, deep)).toBe(true)
    expect(matches(`${'/'.repeat(65_534)}#`, deep)).toBe(true)
    expect(matches('+/'.repeat(32_767), deep)).toBe(false)
  })
})
