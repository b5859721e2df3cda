/** Messages for tests of how they are shown. */
import type { ShownMessage } from '../../src/output/shown-message.ts'

/** The 8th of March 2026, a Sunday, at 07:05:09.123456 UTC. */
export const AT = { seconds: 1_772_953_509, nanoseconds: 123_456_000 }

/** A message with a text as its payload. */
export function shown(text: string | Uint8Array, rest: Partial<ShownMessage> = {}): ShownMessage {
  const payload = typeof text === 'string' ? Buffer.from(text) : text
  return {
    topic: 'a/b',
    payload,
    qos: 0,
    retain: false,
    packetId: 0,
    properties: {},
    at: AT,
    ...rest,
  }
}
