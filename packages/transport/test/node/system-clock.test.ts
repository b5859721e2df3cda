// The real clock, as far as it can be tested without waiting for time.

import { afterEach, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/node/index.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('never goes back', () => {
  const first = systemClock.now()
  expect(systemClock.now()).toBeGreaterThanOrEqual(first)
})

it('defers until what is ready has been handled, and promises have continued', async () => {
  const seen: string[] = []
  const deferred = new Promise<void>((resolve) =>
    systemClock.defer(() => {
      seen.push('deferred')
      resolve()
    }),
  )
  queueMicrotask(() => seen.push('microtask'))
  seen.push('call')
  await deferred
  expect(seen).toEqual(['call', 'microtask', 'deferred'])
})

it('ticks all handlers of one period with one timer, until each is disposed', () => {
  vi.useFakeTimers()
  const seen: string[] = []
  const one = systemClock.tick(200, () => seen.push('one'))
  const two = systemClock.tick(200, () => seen.push('two'))
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(200)
  one[Symbol.dispose]()
  vi.advanceTimersByTime(200)
  expect(seen).toEqual(['one', 'two', 'two'])
  two[Symbol.dispose]()
  expect(vi.getTimerCount()).toBe(0)
  using _three = systemClock.tick(200, () => seen.push('three'))
  two[Symbol.dispose]()
  vi.advanceTimersByTime(200)
  expect(seen).toEqual(['one', 'two', 'two', 'three'])
})

it('calls once after a delay, unless disposed', () => {
  vi.useFakeTimers()
  const seen: string[] = []
  systemClock.after(50, () => seen.push('kept'))
  systemClock.after(50, () => seen.push('disposed'))[Symbol.dispose]()
  vi.advanceTimersByTime(500)
  expect(seen).toEqual(['kept'])
})

it('refuses times that its timers cannot keep', () => {
  expect(() => systemClock.tick(0, () => {})).toThrow(RangeError)
  expect(() => systemClock.after(-1, () => {})).toThrow(RangeError)
  expect(() => systemClock.after(2 ** 31, () => {})).toThrow('A delay is 0 to 2147483647 ms')
})
