/** The Retained Messages in the store. What the broker says itself is said anew, and not there. */
import { Publication } from '@godwit/codec'
import type { Journal } from './journal.ts'
import { isReserved } from './reserved-topics.ts'
import type { KeptMessage, RetainedKeeper } from './retained.ts'
import { encodeRetained } from './stored/index.ts'
import { storedPacket } from './stored-packet.ts'

/** Writes every change with the next commit. */
export class RetainedKeeping implements RetainedKeeper {
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** See {@link RetainedKeeper}. */
  kept(topic: string, { frame, receivedAt, publisher }: KeptMessage): void {
    if (isReserved(topic)) return
    const value = encodeRetained({
      receivedAt: this.#journal.timeOfDay.at(receivedAt),
      publisher,
      version: frame.version,
      packet: storedPacket(new Publication(frame)),
    })
    this.#journal.write({ table: 'retained', key: topic, value })
  }

  /** See {@link RetainedKeeper}. */
  removed(topic: string): void {
    if (!isReserved(topic)) this.#journal.write({ table: 'retained', key: topic, value: null })
  }
}
