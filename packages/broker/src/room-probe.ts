/** What is written to learn whether there is room for messages again: one for nobody. */
import { JournalEntry } from './journal-entry.ts'
import { Message } from './message.ts'

/** As large as the largest for which there was none. */
export class RoomProbe {
  #message = messageOf(0)

  /** There was no room for this one. */
  note(message: Message | undefined): void {
    const bytes = message?.payload.length ?? 0
    if (bytes > this.#message.payload.length) this.#message = messageOf(bytes)
  }

  /** What is written. */
  get message(): Message {
    return this.#message
  }

  /** Its entry, which nobody needs. */
  entry(): JournalEntry {
    const form = { qos: 1, retain: false, subscriptionIdentifiers: undefined } as const
    return new JournalEntry(this.#message, { type: 'session', number: NOBODY, ...form })
  }
}

/** No session has this number. */
const NOBODY = Number.MAX_SAFE_INTEGER

function messageOf(bytes: number): Message {
  const payload = new Uint8Array(bytes)
  const packet = { type: 'publish', topic: '$probe', payload, qos: 1, packetId: 1 } as const
  return new Message({ ...packet, dup: false, retain: false }, 0, undefined)
}
