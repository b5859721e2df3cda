// Ticks and delays on the platform's timers. Ticks of one period share one interval, so that a
// hundred thousand connections cost the event loop one timer.

/** See `Clock.tick`. */
export function tick(everyMs: number, handler: () => void): Disposable {
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

/** See `Clock.after`. */
export function after(ms: number, handler: () => void): Disposable {
  if (!(ms >= 0 && ms <= TIMER_MS_MAX)) {
    throw new RangeError(`A delay is 0 to ${TIMER_MS_MAX} ms, not ${ms} ms`)
  }
  const timer = setTimeout(handler, ms)
  return { [Symbol.dispose]: () => clearTimeout(timer) }
}

/** Everything that ticks at one period. */
interface Ticking {
  readonly timer: ReturnType<typeof setInterval>
  readonly handlers: Set<{ readonly handler: () => void }>
}

const TIMER_MS_MAX = 2 ** 31 - 1

const tickingByPeriod = new Map<number, Ticking>()

function startTicking(everyMs: number): Ticking {
  const handlers: Ticking['handlers'] = new Set()
  const timer = setInterval(() => {
    for (const entry of handlers) entry.handler()
  }, everyMs)
  unref(timer)
  const ticking = { timer, handlers }
  tickingByPeriod.set(everyMs, ticking)
  return ticking
}

/** A browser's timer is a number and keeps no process alive; Node's has to be told. */
function unref(timer: unknown): void {
  if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') {
    timer.unref()
  }
}
