/** Long work in slices, between which everybody else has a turn. */
import { setImmediate } from 'node:timers/promises'

/** How long a slice may take: what begins within it goes on to its own end. */
const SLICE_MS = 2

/** Watches the time of one piece of work. */
export class Slices {
  #end = performance.now() + SLICE_MS

  /** Whether it is time to pause. */
  get isOver(): boolean {
    return performance.now() >= this.#end
  }

  /** Lets all others have a turn, and begins another slice. */
  async pause(): Promise<void> {
    await setImmediate()
    this.#end = performance.now() + SLICE_MS
  }
}
