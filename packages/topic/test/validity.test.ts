/*
 * Which strings are Topic Names and Topic Filters: sections 4.7, 4.8.2 and 1.5.4.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTopicFilter, isTopicName, topicFilterFault, topicNameFault } from '../src/index.ts'
import { sharedFilters, topicFilters, topicNames } from '../src/testing/index.ts'

describe('a Topic Name', () => {
  it.each([
    'sport',
    '/',
    '//',
    '/finance',
    'sport/',
    'Accounts payable',
    '$SYS/uptime',
    '$share/g/a',
  ])('may be %j', (text) => {
    expect(isTopicName(text)).toBe(true)
  })

  it.each(['+', '#', 'a/+', 'a/#', 'a+b', 'a#'])(
    'holds no wildcard, so it is not %j [MQTT-4.7.0-1]',
    (text) => {
      expect(topicNameFault(text)?.statement).toBe('MQTT-4.7.0-1')
      expect(isTopicName(text)).toBe(false)
    },
  )

  it('is valid however it is put together from levels', () => {
    expect(() => fc.assert(fc.property(topicNames(), isTopicName))).not.toThrow()
  })
})

describe('a Topic Filter', () => {
  it.each(['#', 'sport/#', '/#', '//#', '+/#', '$SYS/#'])(
    'may have # as its last level: %j [MQTT-4.7.1-1]',
    (text) => {
      expect(isTopicFilter(text)).toBe(true)
    },
  )

  it.each(['sport#', 'sport/#/ranking', '#/', '##', 'a/b#', '#a', 'a/#b'])(
    'has # nowhere else: %j [MQTT-4.7.1-1]',
    (text) => {
      expect(topicFilterFault(text)?.statement).toBe('MQTT-4.7.1-1')
      expect(isTopicFilter(text)).toBe(false)
    },
  )

  it.each(['+', '+/+', '/+', '+/', 'sport/+/player1', '+/tennis/#'])(
    'may have + as any level: %j [MQTT-4.7.1-2]',
    (text) => {
      expect(isTopicFilter(text)).toBe(true)
    },
  )

  it.each(['sport+', '+a', '++', '+#', 'a/b+/c', 'a/+b'])(
    'has + as a whole level only: %j [MQTT-4.7.1-2]',
    (text) => {
      expect(topicFilterFault(text)?.statement).toBe('MQTT-4.7.1-2')
    },
  )

  it('is valid however it is put together from levels', () => {
    const filters = fc.oneof(topicFilters(), sharedFilters())
    expect(() => fc.assert(fc.property(filters, isTopicFilter))).not.toThrow()
  })
})

describe('a filter of a Shared Subscription', () => {
  it.each([
    '$share/g/a',
    '$share/g/+',
    '$share/g/#',
    '$share/g//',
    '$share/g/$share/h/a',
    '$share',
  ])('may be %j', (text) => {
    expect(isTopicFilter(text)).toBe(true)
  })

  it.each(['$share/', '$share//a', '$share//'])(
    'has a Share Name of at least one character: %j [MQTT-4.8.2-1]',
    (text) => {
      expect(topicFilterFault(text)?.statement).toBe('MQTT-4.8.2-1')
    },
  )

  it.each(['$share/+/a', '$share/#/a', '$share/g+/a', '$share/g#/a'])(
    'has no wildcard in its Share Name: %j [MQTT-4.8.2-2]',
    (text) => {
      expect(topicFilterFault(text)?.statement).toBe('MQTT-4.8.2-2')
    },
  )

  it.each(['$share/g', '$share/g/', '$share/#'])(
    'has / and a Topic Filter after its Share Name: %j [MQTT-4.8.2-2]',
    (text) => {
      expect(topicFilterFault(text)?.statement).toBe('MQTT-4.8.2-2')
    },
  )

  it('keeps the rules for wildcards after the Share Name [MQTT-4.7.1-1] [MQTT-4.7.1-2]', () => {
    expect(topicFilterFault('$share/g/a/#/b')?.statement).toBe('MQTT-4.7.1-1')
    expect(topicFilterFault('$share/g/#a')?.statement).toBe('MQTT-4.7.1-1')
    expect(topicFilterFault('$share/g/+a')?.statement).toBe('MQTT-4.7.1-2')
  })
})

describe.each([
  ['Topic Name', topicNameFault],
  ['Topic Filter', topicFilterFault],
])('a %s', (_, faultOf) => {
  it('has at least one character [MQTT-4.7.3-1]', () => {
    expect(faultOf('')?.statement).toBe('MQTT-4.7.3-1')
  })

  it('holds no U+0000 [MQTT-4.7.3-2] [MQTT-1.5.4-2]', () => {
    expect(faultOf('a/\0')?.statement).toBe('MQTT-4.7.3-2')
  })

  it.each(['\ud83d', 'a\udc26', '\ud83da', '\udc26\ud83d', '\ud83d\ud83d\udc26'])(
    'holds no lone surrogate: %j [MQTT-1.5.4-1]',
    (text) => {
      expect(faultOf(text)?.statement).toBe('MQTT-1.5.4-1')
    },
  )

  it.each(['a', 'é', '\u20ac', '\u{1f426}'])(
    'takes at most 65,535 bytes of UTF-8, here of %j [MQTT-4.7.3-3]',
    (character) => {
      const bytes = encodeURIComponent(character).replaceAll(/%../gu, '.').length
      const longest = character.repeat(Math.floor(65_535 / bytes))
      expect(faultOf(longest)).toBeUndefined()
      expect(faultOf(longest + character)?.statement).toBe('MQTT-4.7.3-3')
    },
  )

  it('may start with U+FEFF, which is a character like any other [MQTT-1.5.4-3]', () => {
    expect(faultOf('\ufeffa')).toBeUndefined()
  })

  it('is refused with a reason that does not quote it', () => {
    expect(faultOf('')?.reason).toMatch(/^A Topic Name or Topic Filter has/u)
  })
})
