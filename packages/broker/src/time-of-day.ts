/**
 * The time of day for what outlives the process: instants of the broker's clock mean nothing to the
 * next one. Both are read once, so that what was stored and read again in one life is the same.
 */
import type { Clock } from '@godwit/transport'

/** Turns instants into times of day and back; both in milliseconds. */
export class TimeOfDay {
  /** What is to be added to an instant. */
  readonly #difference: number

  /** `timeOfDay` gives milliseconds since 1970. */
  constructor(clock: Pick<Clock, 'now'>, timeOfDay: () => number) {
    this.#difference = timeOfDay() - clock.now()
  }

  /** The time of day at an instant, in whole milliseconds. */
  at(instant: number): number {
    return Math.round(instant + this.#difference)
  }

  /** The instant of a time of day, which may be long before the clock began. */
  instantOf(timeOfDay: number): number {
    return timeOfDay - this.#difference
  }
}
