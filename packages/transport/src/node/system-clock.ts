// The real Clock, on Node's timers. Ticks of one period share one interval, so that a hundred
// thousand connections cost the event loop one timer.

import type { Clock } from '../clock.ts'

/** The system's monotonic clock and event loop. */
export const systemClock: Clock = {
  now: () => performance.now(),
  tick,
  after,
  defer: (handler) => {
    setImmediate(handler)
  },
}

/** Everything that ticks at one period. */
interface Ticking {
  readonly timer: NodeJS.Timeout
  readonly handlers: Set<{ readonly handler: () => void }>
}

const TIMER_MS_MAX = 2 ** 31 - 1

const tickingByPeriod = new Map<number, Ticking>()

function tick(everyMs: number, handler: () => void): Disposable {
  if (!(everyMs > 0 && everyMs <= TIMER_MS_MAX)) {
    throw new RangeError(`A tick comes every 1 to ${TIMER_MS_MAX} ms, not every ${everyMs} ms`)
  }
  const ticking = tickingByPeriod.get(everyMs) ?? startTicking(everyMs)
  const entry = { handler }
  ticking.handlers.add(entry)
  return {
    [Symbol.dispose]() {
      ticking.handlers.delete(entry)
      // A disposed entry may be disposed again after its period has been started anew.
      if (ticking.handlers.size === 0 && tickingByPeriod.get(everyMs) === ticking) {
        clearInterval(ticking.timer)
        tickingByPeriod.delete(everyMs)
      }
    },
  }
}

function after(ms: number, handler: () => void): Disposable {
  if (!(ms >= 0 && ms <= TIMER_MS_MAX)) {
    throw new RangeError(`A delay is 0 to ${TIMER_MS_MAX} ms, not ${ms} ms`)
  }
  const timer = setTimeout(handler, ms)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

function startTicking(everyMs: number): Ticking {
  const handlers: Ticking['handlers'] = new Set()
  const timer = setInterval(() => {
    for (const entry of handlers) entry.handler()
  }, everyMs)
  timer.unref()
  const ticking = { timer, handlers }
  tickingByPeriod.set(everyMs, ticking)
  return ticking
}
