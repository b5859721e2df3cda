/*
 * Filters -> values: section 4.7 through `TopicTrie`, and what happens to visitors that interfere.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSharedFilter, TopicTrie } from '../src/index.ts'
import { naiveMatches, topicFilters, topicNames } from '../src/testing/index.ts'

describe('match', () => {
  it('visits the value of every filter that matches [MQTT-4.7.1-1] [MQTT-4.7.1-2]', () => {
    const trie = trieOf('a/b', 'a/+', '+/b', 'a/#', '#', 'a/b/#', 'a', 'a/b/c', 'b/#', '+', 'a/c')
    expect(found(trie, 'a/b')).toEqual(['#', '+/b', 'a/#', 'a/+', 'a/b', 'a/b/#'])
    expect(found(trie, 'a')).toEqual(['#', '+', 'a', 'a/#'])
    expect(found(trie, 'a/b/c')).toEqual(['#', 'a/#', 'a/b/#', 'a/b/c'])
    expect(found(trie, '/')).toEqual(['#'])
  })

  it('matches no Topic Name that starts with $ to a wildcard first [MQTT-4.7.2-1]', () => {
    const trie = trieOf('#', '+/a', '+/#', '$SYS/#', '$SYS/+', '+')
    expect(found(trie, '$SYS/a')).toEqual(['$SYS/#', '$SYS/+'])
    expect(found(trie, '$SYS')).toEqual(['$SYS/#'])
    expect(found(trie, 'a/$SYS')).toEqual(['#', '+/#'])
  })

  it('takes what stands in a shared filter as it stands', () => {
    const trie = new TopicTrie<number>()
    for (const filter of ['$share/g/$share/h', '$share/g/$share//a', '$share/g/$share/']) {
      trie.set(parseSharedFilter(filter)?.filter ?? '', 1)
    }
    expect(visits(trie, '$share/h')).toEqual([1])
    expect(visits(trie, '$share//a')).toEqual([1])
    expect(visits(trie, '$share/')).toEqual([1])
  })

  it('compares levels as they are [MQTT-4.7.3-4]', () => {
    const trie = trieOf('Accounts', 'accounts', 'accounts ', 'é', 'e\u0301', '\ufeffa', 'a')
    expect(found(trie, 'accounts')).toEqual(['accounts'])
    expect(found(trie, 'é')).toEqual(['é'])
    expect(found(trie, 'a')).toEqual(['a'])
  })

  it('tells levels of eight and of nine characters apart', () => {
    const trie = trieOf('12345678/a', '123456789/a', '12345678', '2345678', '1234567/8', '5678/a')
    expect(found(trie, '12345678/a')).toEqual(['12345678/a'])
    expect(found(trie, '123456789/a')).toEqual(['123456789/a'])
    expect(found(trie, '12345678')).toEqual(['12345678'])
  })

  it('agrees with the naive matcher while filters come and go', () => {
    const change = fc.record({ filter: topicFilters(), remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.array(topicNames()), (changes, names) => {
        const trie = new TopicTrie<string>(changes.length)
        const model = new Set<string>()
        for (const { filter, remove } of changes) {
          const known = model.has(filter)
          const answer = remove ? trie.delete(filter) : trie.set(filter, filter)
          expect(answer).toBe(remove ? known : known ? filter : undefined)
          if (remove) model.delete(filter)
          else model.add(filter)
        }
        expect(trie.size).toBe(model.size)
        for (const name of names) {
          const expected = [...model].filter((filter) => naiveMatches(filter, name))
          expect(found(trie, name)).toEqual(expected.toSorted())
        }
      }),
      { numRuns: 500 },
    )
  })
})

it('match says which filter it was', () => {
  const trie = new TopicTrie<number>()
  for (const [value, filter] of ['a/+', '#', 'a/b', 'b'].entries()) trie.set(filter, value)
  const seen: string[] = []
  trie.match('a/b', (value, filter) => seen.push(`${value} ${filter}`))
  expect(new Set(seen)).toEqual(new Set(['0 a/+', '1 #', '2 a/b']))
})

describe('set, get and delete', () => {
  it('keep one value for each filter', () => {
    const trie = new TopicTrie<number>()
    expect(trie.set('a/+', 1)).toBeUndefined()
    expect(trie.set('a/+', 2)).toBe(1)
    expect(trie.size).toBe(1)
    expect(trie.get('a/+')).toBe(2)
    expect(trie.delete('a/+')).toBe(true)
    expect(trie.delete('a/+')).toBe(false)
    expect(trie.get('a/+')).toBeUndefined()
    expect(trie.size).toBe(0)
  })

  it('take the filter as text, not as a pattern', () => {
    const trie = trieOf('a/+', '#', 'a/b/c')
    expect(trie.get('a/b')).toBeUndefined()
    expect(trie.get('a')).toBeUndefined()
    expect(trie.get('a/b/+')).toBeUndefined()
    expect(trie.delete('a/#')).toBe(false)
    expect(trie.size).toBe(3)
  })

  it('let a value be undefined', () => {
    const trie = new TopicTrie<number | undefined>()
    trie.set('a', undefined)
    expect(visits(trie, 'a')).toEqual([undefined])
    expect(trie.delete('a')).toBe(true)
  })

  it.each(['', 'a/#/b', 'a+', '\0'])('refuse to set %j', (filter) => {
    const trie = new TopicTrie<number>()
    expect(() => trie.set(filter, 1)).toThrow(RangeError)
    expect(trie.size).toBe(0)
    expect(trie.generation).toBe(0)
  })

  it('know filters named like properties of objects', () => {
    const hostile = ['__proto__', 'constructor', '__proto__/constructor', 'a/toString', 'valueOf/+']
    const trie = trieOf(...hostile)
    expect(found(trie, '__proto__/constructor')).toEqual(['__proto__/constructor'])
    expect(found(trie, 'hasOwnProperty')).toEqual([])
    expect(found(trie, 'a/hasOwnProperty')).toEqual([])
    for (const filter of hostile) expect(trie.delete(filter)).toBe(true)
    expect(trie.size).toBe(0)
  })

  it('leave nothing behind when every filter is removed', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(topicFilters(), { maxLength: 80 }),
        topicNames(),
        (filters, name) => {
          const trie = trieOf(...filters)
          for (const filter of filters) expect(trie.get(filter)).toBe(filter)
          for (const filter of filters.toReversed()) expect(trie.delete(filter)).toBe(true)
          expect(trie.size).toBe(0)
          expect(found(trie, name)).toEqual([])
        },
      ),
    )
  })

  it('cope with filters and names of 65,536 levels', () => {
    const deep = '/'.repeat(65_534)
    const filters = [`${deep}a`, `${deep}b`, `${deep}#`, deep, '+/'.repeat(32_767)]
    const trie = trieOf(...filters)
    expect(found(trie, `${deep}b`)).toEqual([`${deep}#`, `${deep}b`])
    expect(found(trie, '/'.repeat(32_767))).toEqual(['+/'.repeat(32_767)])
    for (const filter of filters) expect(trie.delete(filter)).toBe(true)
    expect(trie.size).toBe(0)
  })
})

describe('generation', () => {
  it('changes with every set and with every delete that removes', () => {
    const trie = new TopicTrie<number>()
    const seen = [trie.generation]
    trie.set('a', 1)
    seen.push(trie.generation)
    trie.set('a', 1)
    seen.push(trie.generation)
    trie.delete('a')
    seen.push(trie.generation)
    expect(new Set(seen).size).toBe(4)
  })

  it('stays when nothing changes', () => {
    const trie = trieOf('a', 'b')
    const before = trie.generation
    trie.delete('c')
    trie.get('a')
    found(trie, 'a')
    expect(trie.generation).toBe(before)
  })
})

describe('a visitor', () => {
  it('may match in turn, to any depth', () => {
    const trie = trieOf('a', '+', '#', 'b/c', 'b/+')
    const seen: string[] = []
    trie.match('a', (outer) => {
      trie.match('b/c', (inner) => {
        seen.push(`${outer} ${inner}`)
      })
    })
    const expected = ['a', '+', '#'].flatMap((outer) =>
      ['b/c', 'b/+', '#'].map((inner) => `${outer} ${inner}`),
    )
    expect(seen.toSorted()).toEqual(expected.toSorted())
  })

  it('sees the filters of the moment match was called, though it removes and adds some', () => {
    const trie = trieOf('a/b', 'a/+', '+/b', '#')
    const seen: string[] = []
    trie.match('a/b', (value) => {
      seen.push(value)
      for (const filter of ['a/b', 'a/+', '+/b', '#']) trie.delete(filter)
      trie.set('a/#', 'a/#')
    })
    expect(seen.toSorted()).toEqual(['#', '+/b', 'a/+', 'a/b'])
    expect(found(trie, 'a/b')).toEqual(['a/#'])
  })

  it('sees a value as replaced', () => {
    const trie = new TopicTrie<number>()
    trie.set('a', 1)
    trie.set('+', 1)
    const seen: number[] = []
    trie.match('a', (value) => {
      seen.push(value)
      trie.set('a', 2)
      trie.set('+', 2)
    })
    expect(seen).toEqual([1, 2])
  })

  it('ends the visit by throwing, and the next one is whole', () => {
    const trie = trieOf('a', '+', '#')
    const fail = (): never => {
      throw new Error('enough')
    }
    expect(() => trie.match('a', fail)).toThrow('enough')
    trie.match('a', () => {
      expect(() => trie.match('a', fail)).toThrow('enough')
    })
    expect(found(trie, 'a')).toEqual(['#', '+', 'a'])
  })

  it('may see thousands of filters and then few again', () => {
    const trie = new TopicTrie<number>()
    const name = 'a/b/c/d/e/f/g/h/i/j/k'
    const levels = name.split('/')
    for (let mask = 0; mask < 2_048; mask += 1) {
      trie.set(levels.map((level, at) => (mask & (1 << at) ? '+' : level)).join('/'), mask)
    }
    const all = Array.from({ length: 2_048 }, (_, mask) => mask)
    expect(visits(trie, name).toSorted((a, b) => a - b)).toEqual(all)
    expect(visits(trie, `z${name.slice(1)}`)).toHaveLength(1_024)
  })
})

function trieOf(...filters: readonly string[]): TopicTrie<string> {
  const trie = new TopicTrie<string>()
  for (const filter of filters) trie.set(filter, filter)
  return trie
}

function visits<T>(trie: TopicTrie<T>, topicName: string): T[] {
  const seen: T[] = []
  trie.match(topicName, (value) => {
    seen.push(value)
  })
  return seen
}

function found(trie: TopicTrie<string>, topicName: string): string[] {
  return visits(trie, topicName).toSorted()
}
