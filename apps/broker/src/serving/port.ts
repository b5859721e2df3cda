/** A port that may move to another place while it is open, or be closed and opened. */

/** A port that is open. */
export interface OpenPort {
  /** Where it is. */
  readonly url: string
  readonly close: () => Promise<void>
}

/** A move that was prepared: what could fail has been done. */
export interface Move {
  /** Goes over. */
  commit(): Promise<void>
  /** Stays as it was. */
  cancel(): Promise<void>
}

/** The port. */
export class Port<T extends OpenPort> {
  #open: T | undefined
  #wanted: string | undefined

  /** What is open at present. */
  get current(): T | undefined {
    return this.#open
  }

  /** Opens it where it is wanted, unless it is there. @throws what `open` throws. */
  async prepare(wanted: string | undefined, open: (url: string) => Promise<T>): Promise<Move> {
    if (wanted === this.#wanted) return NO_MOVE
    const opened = wanted === undefined ? undefined : await open(wanted)
    return {
      commit: async () => {
        const former = this.#open
        this.#open = opened
        this.#wanted = wanted
        await former?.close()
      },
      cancel: async () => {
        await opened?.close()
      },
    }
  }

  /** Closes it. */
  async close(): Promise<void> {
    await this.#open?.close()
    this.#open = undefined
  }
}

const NO_MOVE: Move = { commit: async () => {}, cancel: async () => {} }
