// The clock of browsers, on Node's timers and MessageChannel.

import { afterEach, expect, it, vi } from 'vitest'
import { platformClock } from '../../src/web/index.ts'
import { deferral } from '../../src/web/deferral.ts'
import { WakingTime } from '../../src/web/waking-time.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('never goes back, also when the time of day is set back', () => {
  let monotonic = 5_000
  let wall = 1_000_000
  const time = new WakingTime(
    () => monotonic,
    () => wall,
  )
  expect(time.now()).toBe(5_000)
  wall -= 500_000
  expect(time.now()).toBe(5_000)
  monotonic += 10
  wall += 10
  expect(time.now()).toBe(5_010)
})

it('goes on while the machine sleeps and its monotonic time stands still', () => {
  let monotonic = 0
  let wall = 1_000_000
  const time = new WakingTime(
    () => monotonic,
    () => wall,
  )
  wall += 3_600_000
  expect(time.now()).toBe(3_600_000)
  monotonic += 100
  wall += 100
  expect(time.now()).toBe(3_600_100)
})

it('takes small differences between the clocks for what they are, however many', () => {
  let monotonic = 0
  let wall = 1_000_000
  const time = new WakingTime(
    () => monotonic,
    () => wall,
  )
  for (let second = 0; second < 100; second++) {
    monotonic += 1_000
    wall += 1_900
    time.now()
  }
  expect(time.now()).toBe(100_000)
})

it('reads the clocks of the platform', () => {
  const first = platformClock.now()
  expect(platformClock.now()).toBeGreaterThanOrEqual(first)
})

it('ticks and waits on the timers of the platform', () => {
  vi.useFakeTimers()
  const seen: string[] = []
  const ticking = platformClock.tick(20, () => seen.push('tick'))
  platformClock.after(30, () => seen.push('after'))
  vi.advanceTimersByTime(40)
  ticking[Symbol.dispose]()
  vi.advanceTimersByTime(40)
  expect(seen).toEqual(['tick', 'after', 'tick'])
})

it('does without unref where timers are numbers, as in browsers', () => {
  const cleared: unknown[] = []
  vi.stubGlobal('setInterval', () => 7)
  vi.stubGlobal('clearInterval', (timer: unknown) => cleared.push(timer))
  platformClock.tick(1_234, () => {})[Symbol.dispose]()
  expect(cleared).toEqual([7])
})

it('defers until what is ready has been handled, and promises have continued', async () => {
  expect(await turn((handler) => platformClock.defer(handler))).toEqual(IN_ORDER)
  expect(await turn((handler) => platformClock.defer(handler))).toEqual(IN_ORDER)
})

it('defers by messages where there is no setImmediate, as in browsers', async () => {
  vi.stubGlobal('setImmediate', undefined)
  expect(await turn(deferral())).toEqual(IN_ORDER)
})

it('defers by timers where there are no messages either, as in some edge workers', async () => {
  vi.stubGlobal('setImmediate', undefined)
  vi.stubGlobal('MessageChannel', undefined)
  expect(await turn(deferral())).toEqual(IN_ORDER)
})

it('calls the handlers behind one that throws', async () => {
  vi.stubGlobal('setImmediate', undefined)
  const thrown: unknown[] = []
  vi.stubGlobal('MessageChannel', CatchingChannel)
  CatchingChannel.thrown = thrown
  const defer = deferral()
  defer(() => {
    throw new Error('a bug')
  })
  await new Promise<void>(defer)
  expect(thrown).toMatchObject([{ message: 'a bug' }])
})

const IN_ORDER = ['call', 'microtask', 'first', 'second']

async function turn(defer: (handler: () => void) => void): Promise<string[]> {
  const seen: string[] = []
  defer(() => seen.push('first'))
  const deferred = new Promise<void>((resolve) =>
    defer(() => {
      seen.push('second')
      resolve()
    }),
  )
  queueMicrotask(() => seen.push('microtask'))
  seen.push('call')
  await deferred
  return seen
}

/** A channel that keeps what its listener throws, where a platform would tell the program. */
class CatchingChannel {
  static thrown: unknown[] = []
  #listener: () => void = () => {}
  readonly port1 = {
    addEventListener: (_type: string, listener: () => void) => {
      this.#listener = listener
    },
    start: () => {},
  }
  readonly port2 = {
    postMessage: () =>
      queueMicrotask(() => {
        try {
          this.#listener()
        } catch (error) {
          CatchingChannel.thrown.push(error)
        }
      }),
  }
}
