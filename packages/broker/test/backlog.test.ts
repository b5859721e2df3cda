// What waits for a session: in order, counted, and no longer in memory than it waits.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backlog } from '../src/backlog.ts'

describe('a backlog', () => {
  it('gives back what was pushed, oldest first', () => {
    const backlog = backlogOf(5, 6, 7)
    expect(backlog.peek()).toEqual({ bytes: 5 })
    expect([backlog.shift(), backlog.shift(), backlog.shift()]).toEqual([
      { bytes: 5 },
      { bytes: 6 },
      { bytes: 7 },
    ])
    expect(backlog.shift()).toBeUndefined()
    expect(backlog.peek()).toBeUndefined()
  })

  it('counts items and bytes', () => {
    const backlog = backlogOf(5, 6, 7)
    expect(countsOf(backlog)).toEqual({ length: 3, bytes: 18, isEmpty: false })
    backlog.shift()
    expect(countsOf(backlog)).toEqual({ length: 2, bytes: 13, isEmpty: false })
    backlog.clear()
    expect(countsOf(backlog)).toEqual({ length: 0, bytes: 0, isEmpty: true })
  })

  it('is run through oldest first, from what waits', () => {
    const backlog = backlogOf(5, 6, 7)
    backlog.shift()
    expect(sizesOf(backlog)).toEqual([6, 7])
  })

  it('gives up what is chosen, and both lots keep their order', () => {
    const backlog = backlogOf(1, 2, 3, 4, 5)
    backlog.shift()
    expect(backlog.withdraw(({ bytes }) => bytes % 2 === 0)).toEqual([{ bytes: 2 }, { bytes: 4 }])
    expect(sizesOf(backlog)).toEqual([3, 5])
    expect(backlog.bytes).toBe(8)
  })

  it('stays as it is when nothing is chosen, or the choice fails', () => {
    const backlog = backlogOf(1, 2)
    expect(backlog.withdraw(() => false)).toEqual([])
    const failing = (): boolean => {
      throw new Error('no choice')
    }
    expect(() => backlog.withdraw(failing)).toThrow('no choice')
    expect(sizesOf(backlog)).toEqual([1, 2])
    expect(backlog.bytes).toBe(3)
  })

  it('agrees with an array, whatever is done to it', () => {
    const step = fc.record({
      do: fc.constantFrom('push', 'push', 'shift', 'shift', 'withdraw', 'clear'),
      count: fc.nat(60),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const backlog = new Backlog<{ bytes: number }>()
        const model = new Model()
        for (const { do: what, count } of steps) {
          expect(carriedOut(what, count, backlog)).toEqual(carriedOut(what, count, model))
          expect(sizesOf(backlog)).toEqual(model.items.map(({ bytes }) => bytes))
          expect(countsOf(backlog)).toEqual({
            length: model.items.length,
            bytes: model.items.reduce((sum, { bytes }) => sum + bytes, 0),
            isEmpty: model.items.length === 0,
          })
          expect(backlog.peek()).toEqual(model.items[0])
        }
      }),
      { numRuns: 200 },
    )
  })
})

/** What both can do. */
type Queue = Pick<Backlog<{ bytes: number }>, 'push' | 'shift' | 'withdraw' | 'clear'>

/** A backlog as a plain array. */
class Model implements Queue {
  items: { bytes: number }[] = []

  push(item: { bytes: number }): void {
    this.items.push(item)
  }

  shift(): { bytes: number } | undefined {
    return this.items.shift()
  }

  withdraw(choose: (item: { bytes: number }) => boolean): readonly { bytes: number }[] {
    const chosen = this.items.filter((item) => choose(item))
    this.items = this.items.filter((item) => !choose(item))
    return chosen
  }

  clear(): void {
    this.items = []
  }
}

/** Does it and says what came out. */
function carriedOut(what: string, count: number, queue: Queue): unknown {
  switch (what) {
    case 'push':
      for (let bytes = count; bytes > 0; bytes--) queue.push({ bytes })
      return undefined
    case 'shift':
      return Array.from({ length: count }, () => queue.shift())
    case 'withdraw':
      return queue.withdraw(({ bytes }) => bytes % 7 === count % 7)
    default:
      return queue.clear()
  }
}

function backlogOf(...sizes: readonly number[]): Backlog<{ bytes: number }> {
  const backlog = new Backlog<{ bytes: number }>()
  for (const bytes of sizes) backlog.push({ bytes })
  return backlog
}

function sizesOf(backlog: Backlog<{ bytes: number }>): readonly number[] {
  return [...backlog].map(({ bytes }) => bytes)
}

function countsOf({ length, bytes, isEmpty }: Backlog<{ bytes: number }>): object {
  return { length, bytes, isEmpty }
}
