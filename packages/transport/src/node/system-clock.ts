// The real Clock, on Node's timers.

import type { Clock } from '../clock.ts'
import { after, tick } from '../timers.ts'

/** The system's monotonic clock and event loop. */
export const systemClock: Clock = {
  now: () => performance.now(),
  tick,
  after,
  defer: (handler) => {
    setImmediate(handler)
  },
}
