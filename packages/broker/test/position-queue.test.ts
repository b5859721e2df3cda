// What waits in the log for a session: as a plain array of it, only smaller.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PositionQueue } from '../src/position-queue.ts'
import type { QueuedPosition } from '../src/position-queue.ts'

describe('a queue of positions', () => {
  it('gives back what was pushed, oldest first', () => {
    const queue = queueOf(7, 9, 12)
    expect(queue.peekPosition()).toBe(7)
    expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([item(7), item(9), item(12)])
    expect(queue.shift()).toBeUndefined()
    expect(queue.peekPosition()).toBe(0)
  })

  it('counts items and bytes', () => {
    const queue = queueOf(7, 9, 12)
    expect(countsOf(queue)).toEqual({ length: 3, bytes: 28, isEmpty: false })
    queue.shift()
    expect(countsOf(queue)).toEqual({ length: 2, bytes: 21, isEmpty: false })
    queue.clear()
    expect(countsOf(queue)).toEqual({ length: 0, bytes: 0, isEmpty: true })
  })

  it('is run through oldest first, and holds what it held', () => {
    const queue = queueOf(7, 9, 12)
    queue.shift()
    expect([...queue]).toEqual([item(9), item(12)])
    expect([...queue]).toEqual([item(9), item(12)])
  })

  it('gives up what is chosen, and both lots keep their order', () => {
    const queue = queueOf(1, 2, 3, 4, 5)
    queue.shift()
    expect(queue.withdraw(({ position }) => position % 2 === 0)).toEqual([item(2), item(4)])
    expect([...queue]).toEqual([item(3), item(5)])
    expect(queue.bytes).toBe(8)
    queue.push(6, 6, TERMS[0]!)
    expect([...queue]).toEqual([item(3), item(5), item(6)])
  })

  it('stays as it is when nothing is chosen, or the choice fails', () => {
    const queue = queueOf(1, 2)
    expect(queue.withdraw(() => false)).toEqual([])
    const failing = (): boolean => {
      throw new Error('no choice')
    }
    expect(() => queue.withdraw(failing)).toThrow('no choice')
    expect([...queue]).toEqual([item(1), item(2)])
  })

  it('takes any position and any size, in any order', () => {
    const positions = [MAX, 0, MAX, 1, 2 ** 32, 2 ** 31, 2 ** 53 - 2, 63, 127, 0, 64, 0, 65]
    const queue = new PositionQueue<object>()
    for (const position of positions) queue.push(position, position, TERMS[1]!)
    expect([...queue].map(({ position }) => position)).toEqual(positions)
    expect([...queue].map(({ size }) => size)).toEqual(positions)
  })

  it('refuses what is no position or no size, and is none the worse', () => {
    const queue = queueOf(5)
    for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
      expect(() => queue.push(bad, 1, TERMS[0]!)).toThrow(RangeError)
      expect(() => queue.push(1, bad, TERMS[0]!)).toThrow(RangeError)
    }
    expect([...queue]).toEqual([item(5)])
  })

  it('tells any number of terms apart, and forgets those that nobody has', () => {
    const queue = new PositionQueue<{ of: number }>()
    const given: { of: number }[] = []
    for (let of = 0; of < 3_000; of++) {
      const terms = { of: of % 2 === 0 ? of : 0 }
      given.push(terms)
      queue.push(of, 1, terms)
      queue.push(of, 1, given[of >> 1]!)
      expect(queue.length > 200 ? [queue.shift(), queue.shift()].length : 2).toBe(2)
    }
    const left = [...queue].map(({ position, terms }) => [position, given.indexOf(terms)])
    const expected = Array.from({ length: 3_000 }, (_, of) => [
      [of, of],
      [of, of >> 1],
    ]).flat()
    expect(left).toEqual(expected.slice(-left.length))
    expect(left).toHaveLength(200)
  })

  it('agrees with an array, whatever is done to it', () => {
    const step = fc.record({
      do: fc.constantFrom('push', 'push', 'shift', 'shift', 'withdraw', 'clear'),
      count: fc.nat(90),
      from: fc.oneof(fc.nat(1_000), fc.maxSafeNat()),
      by: fc.integer({ min: -200, max: 1_000 }),
      terms: fc.constantFrom(1, 3, 200),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new PositionQueue<object>()
        const model = new Model()
        for (const one of steps) {
          expect(carriedOut(one, queue)).toEqual(carriedOut(one, model))
          expect(countsOf(queue)).toEqual({
            length: model.items.length,
            bytes: model.items.reduce((sum, { size }) => sum + size, 0),
            isEmpty: model.items.length === 0,
          })
          expect(queue.peekPosition()).toBe(model.items[0]?.position ?? 0)
          const items = [...queue]
          expect(items).toEqual(model.items)
          expect(items.every(({ terms }, index) => terms === model.items[index]?.terms)).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })
})

const MAX = Number.MAX_SAFE_INTEGER
const TERMS: readonly object[] = Array.from({ length: 200 }, (_, of) => ({ of }))

interface Step {
  readonly do: string
  readonly count: number
  readonly from: number
  readonly by: number
  readonly terms: number
}

/** What both can do. */
type Queue = Pick<PositionQueue<object>, 'push' | 'shift' | 'withdraw' | 'clear'>
type Item = QueuedPosition<object>

/** A queue as a plain array. */
class Model implements Queue {
  items: Item[] = []

  push(position: number, size: number, terms: object): void {
    this.items.push({ position, size, terms })
  }

  shift(): Item | undefined {
    return this.items.shift()
  }

  withdraw(choose: (item: Item) => boolean): readonly Item[] {
    const chosen = this.items.filter((one) => choose(one))
    this.items = this.items.filter((one) => !choose(one))
    return chosen
  }

  clear(): void {
    this.items = []
  }
}

/** Does it and says what came out. */
function carriedOut({ do: what, count, from, by, terms }: Step, queue: Queue): unknown {
  switch (what) {
    case 'push':
      for (let index = 0; index < count; index++) {
        const position = Math.min(MAX, Math.max(0, from + index * by))
        queue.push(position, (index * index * by * by) % 300_000, TERMS[index % terms]!)
      }
      return undefined
    case 'shift':
      return Array.from({ length: count }, () => queue.shift())
    case 'withdraw':
      return queue.withdraw(({ position }) => position % 7 === count % 7)
    default:
      return queue.clear()
  }
}

/** Each position is also the size. */
function queueOf(...positions: readonly number[]): PositionQueue<object> {
  const queue = new PositionQueue<object>()
  for (const position of positions) queue.push(position, position, TERMS[0]!)
  return queue
}

function item(position: number): Item {
  return { position, size: position, terms: TERMS[0]! }
}

function countsOf({ length, bytes, isEmpty }: PositionQueue<object>): object {
  return { length, bytes, isEmpty }
}
