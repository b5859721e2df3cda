// A monotonic time that does not stand still while the machine sleeps.
//
// `performance.now()` never goes back, but on Linux, macOS and Android it stops with the machine:
// after a night's sleep no time has passed, and a connection that is long dead looks alive until
// its Keep Alive has run down. `Date.now()` goes on, but is set back and forth by people and by
// servers of time. So the one is read, and where the other has moved ahead of it by more than a
// second since it was last read, the difference is taken for sleep. A clock that was set forward
// looks like sleep too; the cost is one early question to the server whether it is still there.

/** Milliseconds since some moment, made of two clocks. */
export class WakingTime {
  readonly #monotonic: () => number
  readonly #wall: () => number
  #lead: number
  #sleptMs = 0

  /** @param wall the time of day in milliseconds. */
  constructor(monotonic: () => number, wall: () => number) {
    this.#monotonic = monotonic
    this.#wall = wall
    this.#lead = wall() - monotonic()
  }

  /** Never goes back. */
  now(): number {
    const now = this.#monotonic()
    const lead = this.#wall() - now
    const gainedMs = lead - this.#lead
    if (gainedMs > SLEEP_MS_MIN) this.#sleptMs += gainedMs
    this.#lead = lead
    return now + this.#sleptMs
  }
}

// Above what clocks differ by through rounding and gentle corrections.
const SLEEP_MS_MIN = 1_000
