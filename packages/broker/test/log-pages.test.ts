// Who needs which part of the log: a page is released when nobody does, and not before.

import { firstOf, pageOf } from '@godwit/store'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogPages } from '../src/log-pages.ts'

describe('the pages of a log', () => {
  it('a page is released when the last holder of any of its entries lets go', () => {
    const { pages, released } = logPages(1)
    pages.hold(300, 10)
    pages.hold(301, 20, 2)
    pages.hold(600, 5)
    for (const position of [301, 300]) pages.letGo(position)
    pages.flush()
    expect(released).toEqual([])
    pages.letGo(301)
    pages.flush()
    expect(released).toEqual([[1]])
    expect(countsOf(pages)).toEqual({ bytes: 5, entries: 1 })
  })

  it('nothing is released before a flush, and each page once', () => {
    const { pages, released } = logPages(2)
    for (const position of [1, 2, 600, 601]) pages.hold(position, 1)
    for (const position of [1, 2, 600, 601]) pages.letGo(position)
    expect(released).toEqual([])
    expect(countsOf(pages)).toEqual({ bytes: 4, entries: 4 })
    pages.flush()
    expect(released).toEqual([[1, 0, 2, 3]])
    expect(countsOf(pages)).toEqual({ bytes: 0, entries: 0 })
    pages.flush()
    expect(released).toHaveLength(1)
  })

  it('an entry without holders counts, and is released with its page', () => {
    const { pages, released } = logPages(1)
    pages.hold(1, 100, 0)
    expect(countsOf(pages)).toEqual({ bytes: 100, entries: 1 })
    pages.flush()
    expect(released).toEqual([[0]])
  })

  it('a page that is held again before the flush stays', () => {
    const { pages, released } = logPages(1)
    pages.hold(1, 1)
    pages.letGo(1)
    pages.hold(2, 1)
    pages.flush()
    expect(released).toEqual([])
    pages.letGo(2)
    pages.flush()
    expect(released).toEqual([[0]])
  })

  it('what comes to the newest page after its release is counted anew', () => {
    const { pages, released } = logPages(1)
    pages.hold(1, 10, 0)
    pages.flush()
    pages.hold(2, 20)
    expect(countsOf(pages)).toEqual({ bytes: 20, entries: 1 })
    pages.letGo(2)
    pages.flush()
    expect(released).toEqual([[0], [0]])
  })

  it('the oldest page is the lowest that is held, shard by shard', () => {
    const { pages } = logPages(2)
    expect(pages.oldest(0)).toBeUndefined()
    for (const position of [2, 3, 514, 515, 1026]) pages.hold(position, 1)
    expect([pages.oldest(0), pages.oldest(1)]).toEqual([0, 1])
    pages.letGo(2)
    expect(pages.oldest(0)).toBe(2)
    pages.flush()
    expect(pages.oldest(0)).toBe(2)
    for (const position of [514, 1026, 3]) pages.letGo(position)
    expect([pages.oldest(0), pages.oldest(1)]).toEqual([undefined, 3])
  })

  it('refuses to let go of what nobody holds, and entries out of order', () => {
    const { pages } = logPages(2)
    pages.hold(4, 1)
    expect(() => pages.letGo(3)).toThrow('Nobody holds anything of page 1, so not position 3')
    pages.letGo(4)
    expect(() => pages.letGo(4)).toThrow('Nobody holds anything of page 0, so not position 4')
    expect(() => pages.hold(4, 1)).toThrow('An entry must come behind position 4, got 4')
    expect(() => pages.hold(2, 1)).toThrow('An entry must come behind position 4, got 2')
    pages.hold(3, 1)
    expect(() => pages.hold(-1, 1)).toThrow('must be a whole number from 0, got -1')
    expect(() => pages.letGo(0.5)).toThrow('must be a whole number from 0, got 0.5')
    expect(countsOf(pages)).toEqual({ bytes: 2, entries: 2 })
  })

  it('agrees with a list of all holders, whatever happens', () => {
    const step = fc.record({
      do: fc.constantFrom('hold', 'hold', 'hold', 'letGo', 'letGo', 'letGo', 'letGo', 'flush'),
      shard: fc.nat(2),
      on: fc.constantFrom(1, 1, 1, 100, 300),
      bytes: fc.nat(1_000),
      times: fc.nat(3),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { pages, released } = logPages(SHARDS)
        const model = new Model()
        const gone: number[] = []
        for (const { do: what, shard, on, bytes, times, which } of steps) {
          if (what === 'hold') {
            const position = model.hold(shard, on, bytes, times)
            pages.hold(position, bytes, times)
          } else if (what === 'flush') {
            pages.flush()
            gone.push(...model.flush())
          } else if (model.holders.length > 0) {
            const [position] = model.holders.splice(which % model.holders.length, 1)
            pages.letGo(position!)
          }
          expect(released.flat().toSorted(byNumber)).toEqual(gone.toSorted(byNumber))
          expect(countsOf(pages)).toEqual(model.counts())
          const oldest = [0, 1, 2].map((one) => pages.oldest(one))
          expect(oldest).toEqual([0, 1, 2].map((one) => model.oldest(one)))
        }
      }),
      { numRuns: 300 },
    )
  })
})

const SHARDS = 3

/** Every entry and every holder by itself. */
class Model {
  entries: { position: number; bytes: number }[] = []
  readonly holders: number[] = []
  readonly #next = [SHARDS, 1, 2]

  hold(shard: number, on: number, bytes: number, times: number): number {
    const position = this.#next[shard]! + (on - 1) * SHARDS
    this.#next[shard] = position + SHARDS
    this.entries.push({ position, bytes })
    for (let left = times; left > 0; left--) this.holders.push(position)
    return position
  }

  flush(): readonly number[] {
    const held = new Set(this.holders.map(pageOfThis))
    const gone = this.entries.map(({ position }) => pageOfThis(position))
    this.entries = this.entries.filter(({ position }) => held.has(pageOfThis(position)))
    return [...new Set(gone)].filter((page) => !held.has(page))
  }

  counts(): object {
    const bytes = this.entries.reduce((sum, entry) => sum + entry.bytes, 0)
    return { bytes, entries: this.entries.length }
  }

  oldest(shard: number): number | undefined {
    const pages = this.holders.map(pageOfThis).filter((page) => page % SHARDS === shard)
    return pages.toSorted((a, b) => firstOf(a, SHARDS) - firstOf(b, SHARDS))[0]
  }
}

function pageOfThis(position: number): number {
  return pageOf(position, SHARDS)
}

function byNumber(a: number, b: number): number {
  return a - b
}

function logPages(shards: number): { pages: LogPages; released: (readonly number[])[] } {
  const released: (readonly number[])[] = []
  return { pages: new LogPages(shards, (pages) => void released.push(pages)), released }
}

function countsOf({ bytes, entries }: LogPages): object {
  return { bytes, entries }
}
