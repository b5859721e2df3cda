/** Goes on sending what waits in a session, in the next slice, where that took too long. */
import type { Chore } from './chores.ts'

/** What is pumped. */
export interface Pumped {
  /** There may be something to send. */
  pump(): void
}

/** The chore of one session. */
export class Pumping implements Chore {
  readonly #pumped: Pumped

  constructor(pumped: Pumped) {
    this.#pumped = pumped
  }

  /** See {@link Chore}. */
  step(): boolean {
    this.#pumped.pump()
    return false
  }
}
