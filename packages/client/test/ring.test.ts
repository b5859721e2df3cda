/** The ring is a queue, whatever goes in and out at either end. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { Ring } from '../src/ring.ts'

type Deed = (ring: Ring<number>, array: number[], at: number) => readonly [unknown, unknown]

/** Each deed, done to both: what came back of them. */
const DEEDS: Readonly<Record<'push' | 'shift' | 'pop' | 'drain', Deed>> = {
  push: (ring, array, at) => [ring.push(at), void array.push(at)],
  shift: (ring, array) => [ring.shift(), array.shift()],
  pop: (ring, array) => [ring.pop(), array.pop()],
  drain: (ring, array, at) => (at % 5 === 0 ? [ring.drain(), array.splice(0)] : [0, 0]),
}

it('does what an array does', () => {
  const step = fc.constantFrom('push' as const, 'push', 'push', 'shift', 'pop', 'drain')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const ring = new Ring<number>()
      const array: number[] = []
      for (const [at, name] of steps.entries()) {
        const [got, expected] = DEEDS[name](ring, array, at)
        expect(got).toEqual(expected)
        expect(ring.first).toBe(array[0])
        expect(ring.length).toBe(array.length)
        expect([...ring]).toEqual(array)
      }
    }),
  )
})

it('is as good as new after a flood', () => {
  const ring = new Ring<number>()
  for (let round = 0; round < 3; round++) {
    for (let count = 0; count < 5000; count++) ring.push(count)
    for (let count = 0; count < 5000; count++) expect(ring.shift()).toBe(count)
    expect(ring.shift()).toBeUndefined()
    expect(ring.pop()).toBeUndefined()
  }
})
