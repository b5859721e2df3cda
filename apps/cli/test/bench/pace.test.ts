// Waiting for moments: exactly, and not longer than anybody wants.

import { describe, expect, it } from 'vitest'
import type { Clock } from '@godwit/transport'
import { VirtualClock } from '@godwit/transport/testing'
import { Pace } from '../../src/bench/pace.ts'
import { inVirtualTime } from './virtual-time.ts'

const NEVER = new AbortController().signal

describe('a pace', () => {
  it('waits for a moment, and not for one that is over', async () => {
    const clock = new VirtualClock()
    const pace = new Pace(clock, NEVER, 0)
    await inVirtualTime(clock, pace.until(1_234))
    expect(clock.now()).toBe(1_234)
    await pace.until(1_000)
    expect(clock.now()).toBe(1_234)
  })

  it('goes round the event loop for the last bit, for which timers are too late', async () => {
    const clock = new RoundClock()
    await new Pace(clock, NEVER, 2).until(10)
    expect(clock.timers).toEqual([8])
    expect(clock.now()).toBeCloseTo(10, 0)
  })

  it('ends at once when its signal is aborted, with the reason', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const pace = new Pace(clock, controller.signal, 0)
    const waiting = pace.until(1_000)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(pace.until(2_000)).rejects.toThrow('enough')
    expect(clock.nextTimerAt).toBe(Infinity)
  })

  it('says whether something was over within a time', async () => {
    const clock = new VirtualClock()
    const pace = new Pace(clock, NEVER, 0)
    expect(await pace.within(Promise.resolve(), 100)).toBe(true)
    expect(clock.nextTimerAt).toBe(Infinity)
    const forever = new Promise<void>(() => {})
    expect(await inVirtualTime(clock, pace.within(forever, 100))).toBe(false)
    expect(clock.now()).toBe(100)
    await expect(pace.within(Promise.reject(new Error('broken')), 100)).rejects.toThrow('broken')
  })
})

/** Timers fire on time, and each round of the event loop takes a tenth of a millisecond. */
class RoundClock implements Clock {
  readonly timers: number[] = []
  #now = 0

  now(): number {
    return this.#now
  }

  after(ms: number, handler: () => void): Disposable {
    this.timers.push(ms)
    setImmediate(() => {
      this.#now += ms
      handler()
    })
    return { [Symbol.dispose]: () => {} }
  }

  defer(handler: () => void): void {
    setImmediate(() => {
      this.#now += 0.1
      handler()
    })
  }

  tick(): Disposable {
    throw new Error('Nobody asks for ticks here')
  }
}
