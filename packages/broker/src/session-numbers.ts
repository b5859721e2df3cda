/** The numbers of sessions in the store, none of which is used twice. */
import type { RecordOp, RecordStore } from '@godwit/store'

/** Where the highest one is. */
const KEY = 'numbers'

/** They go up from 1. */
export class SessionNumbers {
  #highest = 0

  /** Reads how far they have come. @throws {StoreError} */
  async open(records: RecordStore): Promise<void> {
    const highest = await records.get('settings', KEY)
    if (highest !== undefined) this.#highest = Number(new TextDecoder().decode(highest.value))
  }

  /** A session has this number: none will have it again. */
  found(number: number): void {
    this.#highest = Math.max(this.#highest, number)
  }

  /** A number that none has had, to be written before it is used. */
  next(write: (op: RecordOp) => void): number {
    this.#highest++
    const value = new TextEncoder().encode(String(this.#highest))
    write({ table: 'settings', key: KEY, value })
    return this.#highest
  }
}
