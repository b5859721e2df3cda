// What takes minutes, done at once: time jumps to the next timer whenever nothing else is to do.

import type { VirtualClock } from '@godwit/transport/testing'

const JUMPS_MAX = 100_000

/** The outcome of something that waits on the clock. @throws {Error} if it never comes to an end */
export async function inVirtualTime<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isOver = false
  work.then(
    () => (isOver = true),
    () => (isOver = true),
  )
  for (let jump = 0; jump < JUMPS_MAX; jump++) {
    await clock.settled()
    if (isOver) return work
    clock.jump()
  }
  throw new Error(`It was not over after ${JUMPS_MAX} timers, at ${clock.now()} ms`)
}
