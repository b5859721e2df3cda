// Lists a page at a time, of what comes and goes meanwhile.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Pages } from '../src/pages.ts'
import type { Page, PageRequest } from '../src/pages.ts'

describe('a list in pages', () => {
  it('has all in its order, and says where to go on until the end', () => {
    const { pages } = listOf(5)
    const first = numbersOf(pages, { limit: 2 })
    expect(first).toEqual({ items: [1, 2], next: '2' })
    expect(numbersOf(pages, { limit: 2, after: '2' })).toEqual({ items: [3, 4], next: '4' })
    expect(numbersOf(pages, { limit: 2, after: '4' })).toEqual({ items: [5] })
  })

  it('has an empty page at its end, where that was not known', () => {
    const { pages } = listOf(2)
    expect(numbersOf(pages, { limit: 2 })).toEqual({ items: [1, 2], next: '2' })
    expect(numbersOf(pages, { limit: 2, after: '2' })).toEqual({ items: [] })
    expect(numbersOf(listOf(0).pages, {})).toEqual({ items: [] })
  })

  it('has 100 on a page where nobody says it', () => {
    expect(numbersOf(listOf(101).pages, {}).items).toHaveLength(100)
  })

  it('gives a page twice to whoever asks twice', () => {
    const { pages } = listOf(5)
    const once = numbersOf(pages, { limit: 2, after: '2' })
    expect(numbersOf(pages, { limit: 2, after: '2' })).toEqual(once)
  })

  it('goes on where it was, without going through all again', () => {
    const { pages, begun } = listOf(1000)
    everything(pages, 10)
    expect(begun()).toBe(1)
  })

  it('goes on for many readers at a time, though slower', () => {
    const { pages, begun } = listOf(100)
    const readers = Array.from({ length: 6 }, () => numbersOf(pages, { limit: 10 }))
    numbersOf(pages, { limit: 10, after: '20' })
    expect(readers.map(({ next }) => next)).toEqual(Array<string>(6).fill('10'))
    expect(begun()).toBe(7)
  })

  it('gives way where few are wanted: a page is short or empty, and not the last', () => {
    const { pages } = listOf(10_000)
    const page = pages.page({}, (number) => (number % 4000 === 0 ? number : undefined))
    expect(page).toEqual({ items: [4000], next: '4096' })
    const empty = pages.page({}, () => undefined)
    expect(empty).toEqual({ items: [], next: '4096' })
  })

  it.each([0, 1001, 1.5, Number.NaN])('has no page of %d', (limit) => {
    expect(() => numbersOf(listOf(1).pages, { limit })).toThrow(
      `A page has 1 to 1000 items: got ${limit}`,
    )
  })

  it('has once what is there all the time, whatever comes and goes', () => {
    const change = fc.record({
      remove: fc.nat(60),
      add: fc.nat(3),
      limit: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const { pages, remove, add } = listOf(40)
        const removed = new Set<number>()
        const seen: number[] = []
        let page: Page<number> = { items: [], next: '0' }
        for (const one of changes) {
          if (page.next === undefined) break
          page = numbersOf(pages, { after: page.next, limit: one.limit })
          seen.push(...page.items)
          remove(one.remove)
          removed.add(one.remove)
          add(one.add)
        }
        if (page.next !== undefined) seen.push(...everything(pages, 7, page.next))
        expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b))
        for (let number = 1; number <= 40; number++) {
          expect(removed.has(number) || seen.includes(number)).toBe(true)
        }
      }),
    )
  })
})

/** The numbers from 1 on. */
function listOf(count: number): {
  pages: Pages<number>
  begun: () => number
  remove: (number: number) => void
  add: (count: number) => void
} {
  const list = new Set(Array.from({ length: count }, (_, index) => index + 1))
  let newest = count
  let begun = 0
  function* from(after: string | undefined): Generator<number, undefined> {
    begun++
    for (const number of list) if (number > Number(after ?? 0)) yield number
  }
  return {
    pages: new Pages({ from, markOf: String }),
    begun: () => begun,
    remove: (number) => void list.delete(number),
    add: (more) => {
      for (let left = more; left > 0; left--) list.add(++newest)
    },
  }
}

function numbersOf(pages: Pages<number>, request: PageRequest): Page<number> {
  return pages.page(request, (number) => number)
}

function everything(pages: Pages<number>, limit: number, from?: string): readonly number[] {
  const items: number[] = []
  let page = numbersOf(pages, { limit, ...(from !== undefined && { after: from }) })
  items.push(...page.items)
  while (page.next !== undefined) {
    page = numbersOf(pages, { limit, after: page.next })
    items.push(...page.items)
  }
  return items
}
