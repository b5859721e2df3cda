/*
 * Taking filters of Shared Subscriptions apart: section 4.8.2.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSharedFilter } from '../src/index.ts'
import { sharedFilters, topicFilters } from '../src/testing/index.ts'

describe('parseSharedFilter', () => {
  it('finds the Share Name and the Topic Filter [MQTT-4.8.2-1]', () => {
    expect(parseSharedFilter('$share/consumers/sport/+/#')).toEqual({
      shareName: 'consumers',
      filter: 'sport/+/#',
    })
  })

  it('keeps empty levels and a second $share in the Topic Filter', () => {
    expect(parseSharedFilter('$share/g//')).toEqual({ shareName: 'g', filter: '/' })
    expect(parseSharedFilter('$share/g/$share/h/a')?.filter).toBe('$share/h/a')
  })

  it('returns undefined for a filter that is not shared', () => {
    expect(parseSharedFilter('$share')).toBeUndefined()
    expect(parseSharedFilter('$SHARE/g/a')).toBeUndefined()
    fc.assert(fc.property(topicFilters(), (filter) => parseSharedFilter(filter) === undefined))
  })

  it.each(['$share/', '$share//a', '$share/g', '$share/g/', '$share/+/a', '$share/g/a#'])(
    'throws on %j and says what it got [MQTT-4.8.2-2]',
    (filter) => {
      expect(() => parseSharedFilter(filter)).toThrow(RangeError)
      expect(() => parseSharedFilter(filter)).toThrow(JSON.stringify(filter))
    },
  )

  it('quotes no more than the start of a long filter', () => {
    expect(() => parseSharedFilter(`$share/g/#${'a'.repeat(60_000)}`)).toThrow(/: ".{64}"$/u)
  })

  it('gives parts that make the filter again', () => {
    fc.assert(
      fc.property(sharedFilters(), (text) => {
        const parts = parseSharedFilter(text)
        expect(`$share/${parts?.shareName}/${parts?.filter}`).toBe(text)
      }),
    )
  })
})
