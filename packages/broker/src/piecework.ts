/** Work for each of many things, such as the filters of one packet, in slices. */
import type { Chore } from './chores.ts'

/** One such piece of work, until it is over. */
export class Piecework implements Chore {
  /**
   * Fulfilled when it is over, with what is to be done then: `then`, or nothing where it was given
   * up, or throwing what a piece has thrown.
   */
  readonly done: Promise<() => void>
  readonly #pieces: number
  readonly #piece: (index: number) => void
  readonly #wanted: () => boolean
  readonly #then: () => void
  #next = 0
  #finish: (act: () => void) => void = () => {}

  /** Calls `piece` with 0, 1, ... `pieces - 1`, for as long as it is `wanted`. */
  constructor(
    pieces: number,
    piece: (index: number) => void,
    wanted: () => boolean,
    then: () => void,
  ) {
    this.#pieces = pieces
    this.#piece = piece
    this.#wanted = wanted
    this.#then = then
    this.done = new Promise((resolve) => (this.#finish = resolve))
  }

  /** Does one of the pieces. See {@link Chore}. */
  step(): boolean {
    if (!this.#wanted()) return this.#over(() => {})
    try {
      this.#piece(this.#next++)
    } catch (error) {
      return this.#over(() => {
        throw error
      })
    }
    return this.#next < this.#pieces || this.#over(this.#then)
  }

  #over(act: () => void): false {
    this.#finish(act)
    return false
  }
}
