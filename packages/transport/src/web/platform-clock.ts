// The Clock of browsers and workers.
//
// A background tab has its timers slowed down to one a second or a minute, and a frozen one has
// none. They then come late, which is all that a Clock allows itself: whoever has a deadline reads
// `now` when he is called. Messages of a MessageChannel, on which `defer` stands, are not slowed.

import type { Clock } from '../clock.ts'
import { after, tick } from '../timers.ts'
import { deferral } from './deferral.ts'
import { WakingTime } from './waking-time.ts'

/** The platform's timers, and a time that has gone on when the machine wakes up from its sleep. */
export const platformClock: Clock = {
  now: () => time.now(),
  tick,
  after,
  defer: (handler) => {
    defer ??= deferral()
    defer(handler)
  },
}

const time = /* @__PURE__ */ new WakingTime(
  () => performance.now(),
  () => Date.now(),
)

// Not made before it is needed: a port of a channel is a resource.
let defer: ((handler: () => void) => void) | undefined
