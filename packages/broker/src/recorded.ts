/** Records that are not written when they change but when they are needed. */
import type { RecordOp } from '@godwit/store'

/** Something of which records are written when they are needed. */
export interface Recorded {
  /** Adds its records as they are at this moment. */
  record(records: RecordOp[]): void
}

/** Those of which records are to be written. */
export class RecordedSet {
  #touched = new Set<Recorded>()
  readonly #later = new Set<Recorded>()

  /** Whether none is to be written with the next commit. */
  get isEmpty(): boolean {
    return this.#touched.size === 0
  }

  /** The records of this one are to be written with the next commit. */
  touch(recorded: Recorded): void {
    this.#later.delete(recorded)
    this.#touched.add(recorded)
  }

  /** They are to be written soon. */
  touchLater(recorded: Recorded): void {
    if (!this.#touched.has(recorded)) this.#later.add(recorded)
  }

  /** There is nothing to be written about this one any more. */
  forget(recorded: Recorded): void {
    this.#touched.delete(recorded)
    this.#later.delete(recorded)
  }

  /** Of those that may be written soon, so many are to be written with the next commit. */
  hurry(most: number): void {
    let left = most
    for (const recorded of this.#later) {
      if (left-- <= 0) return
      this.touch(recorded)
    }
  }

  /** Gives what is to be written. */
  gather(records: RecordOp[]): void {
    const touched = this.#touched
    this.#touched = new Set() // To record one may touch another.
    for (const recorded of touched) recorded.record(records)
  }
}
