/**
 * The Retained Messages in the store: those that have changed are written with the next commit, as
 * they are then. What the broker says itself is said anew, and not there.
 */
import { Publication } from '@godwit/codec'
import type { RecordOp } from '@godwit/store'
import type { Journal } from './journal.ts'
import type { Recorded } from './recorded.ts'
import { isReserved } from './reserved-topics.ts'
import type { KeptMessage, RetainedKeeper } from './retained.ts'
import { encodeRetained } from './stored/index.ts'
import { storedPacket } from './stored-packet.ts'

/** Writes every change. */
export class RetainedKeeping implements RetainedKeeper, Recorded {
  readonly #journal: Journal
  /** What is kept by topic, `undefined` where nothing is any more. */
  readonly #changed = new Map<string, KeptMessage | undefined>()

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** See {@link RetainedKeeper}. */
  kept(topic: string, message: KeptMessage): void {
    this.#change(topic, message)
  }

  /** See {@link RetainedKeeper}. */
  removed(topic: string): void {
    this.#change(topic, undefined)
  }

  /** See {@link Recorded}. */
  record(records: RecordOp[]): void {
    for (const [topic, message] of this.#changed) {
      const value = message === undefined ? null : this.#encoded(message)
      records.push({ table: 'retained', key: topic, value })
    }
    this.#changed.clear()
  }

  #change(topic: string, message: KeptMessage | undefined): void {
    if (isReserved(topic)) return
    this.#changed.set(topic, message)
    this.#journal.touch(this)
  }

  #encoded({ frame, receivedAt, publisher }: KeptMessage): Uint8Array {
    return encodeRetained({
      receivedAt: this.#journal.timeOfDay.at(receivedAt),
      publisher,
      version: frame.version,
      packet: storedPacket(new Publication(frame)),
    })
  }
}
