// Virtual time and the virtual turn of the event loop.

import { expect, it } from 'vitest'
import { VirtualClock } from '../../src/testing/index.ts'

it('starts at 0 and moves only when told to', () => {
  const clock = new VirtualClock()
  expect(clock.now()).toBe(0)
  clock.advance(1_500)
  expect(clock.now()).toBe(1_500)
})

it('runs what arrived before what was deferred, and what those add in the next turn', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  clock.defer(() => {
    seen.push('deferred 1')
    clock.deliver(() => seen.push('delivery 3'))
    clock.defer(() => seen.push('deferred 2'))
  })
  clock.deliver(() => {
    seen.push('delivery 1')
    clock.deliver(() => seen.push('delivery 2'))
  })
  clock.settle()
  expect(seen).toEqual(['delivery 1', 'deferred 1', 'delivery 2', 'delivery 3', 'deferred 2'])
})

it('runs timers by time, then by age, each at its own instant', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  const note = (name: string) => () => seen.push(`${name} at ${clock.now()}`)
  clock.after(20, note('late'))
  clock.after(10, note('first'))
  clock.after(10, note('second'))
  clock.tick(8, note('tick'))
  clock.advance(20)
  expect(seen).toEqual(['tick at 8', 'first at 10', 'second at 10', 'tick at 16', 'late at 20'])
})

it('settles after each instant, so that deferred work sees the time of its cause', () => {
  const clock = new VirtualClock()
  const seen: number[] = []
  clock.tick(10, () => clock.defer(() => seen.push(clock.now())))
  clock.advance(30)
  expect(seen).toEqual([10, 20, 30])
})

it('does not run what was disposed, not even at the same instant', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  clock.after(5, () => second[Symbol.dispose]())
  const second = clock.after(5, () => seen.push('second'))
  const tick = clock.tick(1, () => {
    seen.push('tick')
    tick[Symbol.dispose]()
  })
  clock.advance(10)
  expect(seen).toEqual(['tick'])
})

it('runs a single turn, and says whether another is due', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  clock.deliver(() => {
    seen.push('one')
    clock.deliver(() => seen.push('two'))
  })
  expect(clock.isBusy).toBe(true)
  clock.turn()
  expect(seen).toEqual(['one'])
  expect(clock.isBusy).toBe(true)
  clock.turn()
  expect(seen).toEqual(['one', 'two'])
  expect(clock.isBusy).toBe(false)
})

it('jumps to the next timer, and leaves what that adds for later', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  clock.jump()
  expect([clock.now(), clock.nextTimerAt]).toEqual([0, Infinity])
  clock.after(5, () => clock.defer(() => seen.push('deferred')))
  clock.after(7, () => seen.push('later'))
  expect(clock.nextTimerAt).toBe(5)
  clock.jump()
  expect([clock.now(), clock.isBusy, seen.length]).toEqual([5, true, 0])
  clock.jump()
  expect([clock.now(), seen]).toEqual([7, ['later']])
})

it('says what is going on when it cannot come to rest', () => {
  const clock = new VirtualClock()
  const again = (): void => clock.defer(again)
  clock.defer(again)
  expect(() => clock.settle()).toThrow(/did not come to rest in 100000 turns.*1 deferred handlers/)
})

it('lets time move although a handler arms a timer of 0 ms again and again', () => {
  const clock = new VirtualClock()
  let count = 0
  const again = (): Disposable => clock.after(0, () => (count++, again()))
  again()
  clock.advance(10)
  expect(count).toBe(10)
})

it('lets promises continue until they too have come to rest', async () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  const work = async (): Promise<void> => {
    for (const step of ['one', 'two', 'three']) {
      await new Promise<void>((resolve) => clock.defer(resolve))
      await Promise.resolve()
      seen.push(step)
    }
  }
  void work()
  await clock.settled()
  expect(seen).toEqual(['one', 'two', 'three'])
})

it('refuses times that make no sense', () => {
  const clock = new VirtualClock()
  expect(() => clock.tick(0, () => {})).toThrow(RangeError)
  expect(() => clock.after(-1, () => {})).toThrow(RangeError)
  expect(() => clock.after(2 ** 31, () => {})).toThrow(RangeError)
  expect(() => clock.advance(Number.NaN)).toThrow(RangeError)
})
