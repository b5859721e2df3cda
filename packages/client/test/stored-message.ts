// Messages for stores.
import type { StoredMessage } from '../src/outbox/outbox-store.ts'

/** A message that is no more than its number. */
export function message(sequence: number): StoredMessage {
  const payload = new TextEncoder().encode(`message ${sequence}`)
  return { sequence, topic: 'a/b', payload, qos: 1, retain: false, acceptedAt: 1_700_000_000_000 }
}
