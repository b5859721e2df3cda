/*
 * Names -> values: section 4.7 through `TopicIndex`, and walks that live through changes.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TopicIndex, TopicTrie } from '../src/index.ts'
import { naiveMatches, topicFilters, topicNames } from '../src/testing/index.ts'

describe('find', () => {
  it('visits every name that the filter matches [MQTT-4.7.1-1] [MQTT-4.7.1-2]', () => {
    const index = indexOf('a', 'a/b', 'a/b/c', 'a/d', 'b', 'b/b', '/', 'a/', 'a/b/')
    expect(found(index, 'a/#')).toEqual(['a', 'a/', 'a/b', 'a/b/', 'a/b/c', 'a/d'])
    expect(found(index, 'a/+')).toEqual(['a/', 'a/b', 'a/d'])
    expect(found(index, '+/b')).toEqual(['a/b', 'b/b'])
    expect(found(index, '+/b/#')).toEqual(['a/b', 'a/b/', 'a/b/c', 'b/b'])
    expect(found(index, '+')).toEqual(['a', 'b'])
    expect(found(index, 'a/b')).toEqual(['a/b'])
    expect(found(index, 'a/x')).toEqual([])
    expect(found(index, 'x/#')).toEqual([])
    expect(found(index, '#')).toHaveLength(9)
  })

  it('keeps names that start with $ from filters that start with a wildcard [MQTT-4.7.2-1]', () => {
    const index = indexOf('$SYS/uptime', '$SYS', 'a/$SYS', '$SYS/load/1')
    expect(found(index, '#')).toEqual(['a/$SYS'])
    expect(found(index, '+/uptime')).toEqual([])
    expect(found(index, '$SYS/#')).toEqual(['$SYS', '$SYS/load/1', '$SYS/uptime'])
  })

  it('passes the value', () => {
    const index = new TopicIndex<number>()
    index.set('a/b', 1)
    const seen: unknown[] = []
    index.find('a/+', (topicName, value) => {
      seen.push([topicName, value])
    })
    expect(seen).toEqual([['a/b', 1]])
  })

  it.each(['', 'a/#/b', 'a+'])('refuses %j', (filter) => {
    expect(() => indexOf('a').walk(filter)).toThrow(RangeError)
  })

  it('agrees with the naive matcher while names come and go', () => {
    const change = fc.record({ name: topicNames(), remove: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.array(topicFilters()),
        (changes, filters) => {
          const index = new TopicIndex<string>()
          const model = new Set<string>()
          for (const { name, remove } of changes) {
            const known = model.has(name)
            const answer = remove ? index.delete(name) : index.set(name, name)
            expect(answer).toBe(remove ? known : known ? name : undefined)
            if (remove) model.delete(name)
            else model.add(name)
          }
          expect(index.size).toBe(model.size)
          for (const filter of filters) {
            const expected = [...model].filter((name) => naiveMatches(filter, name))
            expect(found(index, filter)).toEqual(expected.toSorted())
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('agrees with TopicTrie on every pair of a filter and a name', () => {
    const filters = fc.uniqueArray(topicFilters(), { maxLength: 30 })
    const names = fc.uniqueArray(topicNames(), { maxLength: 30 })
    fc.assert(
      fc.property(filters, names, (filters, names) => {
        const trie = new TopicTrie<string>()
        for (const filter of filters) trie.set(filter, filter)
        const index = indexOf(...names)
        const byName = names.flatMap((name) => {
          const pairs: string[] = []
          trie.match(name, (filter) => {
            pairs.push(`${filter} ${name}`)
          })
          return pairs
        })
        const byFilter = filters.flatMap((filter) =>
          found(index, filter).map((name) => `${filter} ${name}`),
        )
        expect(byName.toSorted()).toEqual(byFilter.toSorted())
      }),
      { numRuns: 500 },
    )
  })
})

describe('set, get and delete', () => {
  it('keep one value for each name', () => {
    const index = new TopicIndex<number>()
    expect(index.set('a/b', 1)).toBeUndefined()
    expect(index.set('a/b', 2)).toBe(1)
    expect(index.get('a/b')).toBe(2)
    expect(index.size).toBe(1)
    expect(index.delete('a/b')).toBe(true)
    expect(index.delete('a/b')).toBe(false)
    expect(index.get('a/b')).toBeUndefined()
    expect(index.size).toBe(0)
  })

  it.each(['', 'a/+', '#', '\ud800'])('refuse to set %j', (topicName) => {
    const index = new TopicIndex<number>()
    expect(() => index.set(topicName, 1)).toThrow(RangeError)
    expect(index.size).toBe(0)
  })

  it('know names like properties of objects', () => {
    const index = indexOf('__proto__', 'constructor', '__proto__/toString')
    expect(found(index, '#')).toEqual(['__proto__', '__proto__/toString', 'constructor'])
    expect(index.get('hasOwnProperty')).toBeUndefined()
    expect(found(index, '+/hasOwnProperty')).toEqual([])
  })

  it('leave nothing behind when every name is removed', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(topicNames(), { maxLength: 80 }),
        topicFilters(),
        (names, filter) => {
          const index = indexOf(...names)
          for (const name of names.toReversed()) expect(index.delete(name)).toBe(true)
          expect(index.size).toBe(0)
          expect(found(index, filter)).toEqual([])
        },
      ),
    )
  })

  it('cope with names of 65,536 levels', () => {
    const deep = '/'.repeat(65_534)
    const index = indexOf(`${deep}a`, `${deep}b`, deep)
    expect(found(index, `${deep}+`)).toEqual([deep, `${deep}a`, `${deep}b`])
    expect(found(index, '/#')).toEqual([deep, `${deep}a`, `${deep}b`])
    for (const name of [`${deep}b`, deep, `${deep}a`]) expect(index.delete(name)).toBe(true)
    expect(index.size).toBe(0)
  })
})

describe('entries', () => {
  it('have the names in the order in which they came, whatever changes', () => {
    const index = indexOf('b', 'a/b', '$x', 'c')
    const entries = index.entries()
    expect([entries.next().value?.topicName, entries.next().value?.topicName]).toEqual(['b', 'a/b'])
    index.delete('$x')
    index.delete('b')
    index.set('a/b', 'new')
    index.set('b', 'again')
    expect([...entries].map(({ topicName, value }) => [topicName, value])).toEqual([
      ['c', 'c'],
      ['b', 'again'],
    ])
    expect([...index.entries()].map(({ value }) => value)).toEqual(['new', 'c', 'again'])
  })
})

describe('walk', () => {
  it('can be left and taken up again', () => {
    const index = indexOf('a/1', 'a/2', 'a/3', 'a/4')
    const walk = index.walk('a/+')
    const [first, second] = [walk.next(), walk.next()]
    expect(first.done).toBe(false)
    expect(first.value).not.toBe(second.value)
    const met = [first.value, second.value, ...walk].map((entry) => entry?.topicName)
    expect(new Set(met)).toEqual(new Set(['a/1', 'a/2', 'a/3', 'a/4']))
  })

  it('of a filter without wildcards meets the one name', () => {
    expect([...indexOf('a', 'a/b').walk('a')]).toMatchObject([{ topicName: 'a', value: 'a' }])
    expect([...indexOf('a').walk('b')]).toEqual([])
  })

  it('gives the value of the moment', () => {
    const index = indexOf('a', 'b')
    const walk = index.walk('#')
    walk.next()
    index.set('a', 'later')
    index.set('b', 'later')
    expect(walk.next().value).toMatchObject({ value: 'later' })
  })

  it('gives undefined where it meets nothing for a while, and goes on', () => {
    const index = indexOf(...Array.from({ length: 1_000 }, (_, at) => `${at}/x`), 'last/y')
    const walk = index.walk('+/y')
    // 1,001 branches, what hangs from each, and the end of each; 32 steps at a time.
    const given = [...walk]
    expect(given.filter((entry) => entry !== undefined)).toMatchObject([{ topicName: 'last/y' }])
    expect(given.length).toBeGreaterThan(1_000 / 32)
    expect(given.length).toBeLessThan(3_100 / 32)
  })

  it('gives undefined in the depth of one name, too', () => {
    const deep = 'a/'.repeat(1_000)
    const given = [...indexOf(`${deep}x`, `${deep}y`).walk('+/#')]
    expect(given.filter((entry) => entry !== undefined)).toHaveLength(2)
    expect(given.length).toBeGreaterThan(1_000 / 32)
  })

  it('gives no undefined between names that are met', () => {
    const index = indexOf(...Array.from({ length: 1_000 }, (_, at) => `${at}`))
    expect([...index.walk('+')].filter((entry) => entry === undefined)).toEqual([])
  })

  it('takes changes while it has met nothing', () => {
    const index = indexOf(...Array.from({ length: 100 }, (_, at) => `${at}/x`))
    const walk = index.walk('+/y')
    expect(walk.next()).toEqual({ done: false, value: undefined })
    index.set('99/y', 'new')
    index.set('98/y', 'new')
    index.delete('98/y')
    const met = [...walk].filter((entry) => entry !== undefined)
    expect(met).toMatchObject([{ topicName: '99/y', value: 'new' }])
  })

  it('does not meet a name removed before its turn, nor meet one twice', () => {
    const change = fc.record({ name: topicNames(), remove: fc.boolean() })
    const names = fc.uniqueArray(topicNames(), { maxLength: 40 })
    fc.assert(
      fc.property(names, fc.array(change), topicFilters(), (names, changes, filter) => {
        const index = indexOf(...names)
        const stayed = new Set(names)
        const met: string[] = []
        const removed: string[] = []
        const pending = [...changes]
        for (const entry of index.walk(filter)) {
          if (entry !== undefined) {
            met.push(entry.topicName)
            if (index.get(entry.topicName) === undefined) removed.push(entry.topicName)
          }
          for (const { name, remove } of pending.splice(0, 3)) {
            if (remove) index.delete(name)
            else index.set(name, name)
            if (remove) stayed.delete(name)
          }
        }
        expect(removed).toEqual([])
        const expected = [...stayed].filter((name) => naiveMatches(filter, name))
        expect(met.filter((name) => stayed.has(name)).toSorted()).toEqual(expected.toSorted())
      }),
      { numRuns: 1_000 },
    )
  })
})

function indexOf(...names: readonly string[]): TopicIndex<string> {
  const index = new TopicIndex<string>()
  for (const name of names) index.set(name, name)
  return index
}

function found(index: TopicIndex<string>, filter: string): string[] {
  const seen: string[] = []
  index.find(filter, (topicName) => {
    seen.push(topicName)
  })
  return seen.toSorted()
}
