/**
 * Keeps a log readable when the same thing happens a thousand times a second: of each kind of line
 * the first few in a second are written, and then how many more there were.
 */
import type { Clock } from '@godwit/transport'

/** Of each kind of line in a second, unless somebody wants more. */
const LINES_MAX = 10

const WINDOW_MS = 1000

/** Counts lines by their kind. Kinds are the program's own words, and so there are few. */
export class LogRepeats {
  readonly #clock: Pick<Clock, 'tick'>
  readonly #linesMax: number
  readonly #kinds = new Map<string, Kind>()
  #tick: Disposable | undefined

  constructor(clock: Pick<Clock, 'tick'>, linesMax: number = LINES_MAX) {
    this.#clock = clock
    this.#linesMax = linesMax
  }

  /** Calls `write`, or at the end of the second `tell` with how many were not written. */
  line(kind: string, write: () => void, tell: (more: number) => void): void {
    const counted = this.#kinds.get(kind)
    if (counted === undefined) this.#kinds.set(kind, { count: 1, tell })
    else counted.count++
    this.#tick ??= this.#clock.tick(WINDOW_MS, () => this.#endWindow())
    if ((counted?.count ?? 1) <= this.#linesMax) write()
  }

  #endWindow(): void {
    const kinds = [...this.#kinds.values()]
    this.#kinds.clear()
    if (kinds.length === 0) {
      this.#tick?.[Symbol.dispose]()
      this.#tick = undefined
    }
    for (const { count, tell } of kinds) {
      if (count > this.#linesMax) tell(count - this.#linesMax)
    }
  }
}

interface Kind {
  count: number
  readonly tell: (more: number) => void
}
