/*
 * The hash table under `TopicTrie`, with hashes that collide on purpose.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChildTable } from '../src/child-table.ts'
import { Branch, Leaf } from '../src/filter-node.ts'
import { Level } from '../src/level.ts'

describe('ChildTable', () => {
  it('tells children of different branches apart though everything else is equal', () => {
    const table = new ChildTable<number>(0)
    const [first, second] = [root(), root()]
    const one = leaf('a', first)
    table.add(one)
    expect(table.find(second, levelOf('a'), 'a')).toBeUndefined()
    const two = leaf('a', second)
    table.add(two)
    expect(table.find(first, levelOf('a'), 'a')).toBe(one)
    expect(table.find(second, levelOf('a'), 'a')).toBe(two)
  })

  it('lets the text decide between long levels with equal hashes', () => {
    const table = new ChildTable<number>(0)
    const parent = root()
    const [one, two] = [leaf('temperature/x', parent, 7), leaf('temperaturf', parent, 7)]
    table.add(one)
    table.add(two)
    expect(table.find(parent, levelOf('temperature', 7), 'temperature')).toBe(one)
    expect(table.find(parent, levelOf('temperaturf', 7), 'temperaturf')).toBe(two)
    expect(table.find(parent, levelOf('temperaturg', 7), 'temperaturg')).toBeUndefined()
  })

  it('does not take a longer level for one that it starts with', () => {
    const table = new ChildTable<number>(0)
    const parent = root()
    const longer = leaf('temperatures', parent, 7)
    longer.high = -'temperature'.length
    table.add(longer)
    expect(table.find(parent, levelOf('temperature', 7), 'temperature')).toBeUndefined()
  })

  it('replaces a leaf by a branch of the same level', () => {
    const table = new ChildTable<number>(0)
    const parent = root()
    const old = leaf('temperature/x', parent, 7)
    table.add(old)
    const branch = new Branch<number>(parent, 'temperature', 12)
    branch.low = old.low
    branch.high = old.high
    table.replace(old, branch)
    expect(table.find(parent, levelOf('temperature', 7), 'temperature')).toBe(branch)
    expect(table.size).toBe(1)
  })

  it('finds what was added and not removed, whatever collides, and shrinks again', () => {
    const levels = Array.from({ length: 300 }, (_, at) => `longer level ${at}`)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.shuffledSubarray(levels), (hashes, order) => {
        const table = new ChildTable<number>(1)
        const parent = root()
        const hashOf = (level: string): number => levels.indexOf(level) % hashes
        const leaves = levels.map((level) => leaf(level, parent, hashOf(level)))
        for (const each of leaves) table.add(each)
        for (const level of order) table.remove(leaves[levels.indexOf(level)]!)
        const removed = new Set(order)
        for (const [at, level] of levels.entries()) {
          const found = table.find(parent, levelOf(level, hashOf(level)), level)
          expect(found).toBe(removed.has(level) ? undefined : leaves[at])
        }
        for (const level of levels) {
          if (!removed.has(level)) table.remove(leaves[levels.indexOf(level)]!)
        }
        expect([table.size, table.capacity]).toEqual([0, 16])
      }),
      { numRuns: 50 },
    )
  })
})

function root(): Branch<number> {
  return new Branch<number>(undefined, '', 0)
}

function levelOf(text: string, forgedHash?: number): Level {
  const level = new Level(0)
  level.read(text, 0)
  if (forgedHash !== undefined) level.low = forgedHash
  return level
}

function leaf(filter: string, parent: Branch<number>, forgedHash?: number): Leaf<number> {
  const made = new Leaf(filter, 0, parent)
  const { low, high } = levelOf(filter, forgedHash)
  made.low = low
  made.high = high
  return made
}
