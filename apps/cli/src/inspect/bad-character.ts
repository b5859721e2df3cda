/** The first character of a string that MQTT does not allow (§1.5.4, §4.7.1). */

import type { ByteRange } from './field.ts'

/** Where the first such character is; in a Topic Name wildcards are some too. */
export function badCharacter(bytes: Uint8Array, kind: 'string' | 'topic'): ByteRange | undefined {
  const malformedAt = malformedSequence(bytes)
  const well = malformedAt === undefined ? bytes : bytes.subarray(0, malformedAt)
  const isBad = (byte: number): boolean =>
    byte === NUL || (kind === 'topic' && (byte === HASH || byte === PLUS))
  const at = well.findIndex(isBad)
  if (at !== -1) return { at, length: 1 }
  return malformedAt === undefined ? undefined : sequenceAt(bytes, malformedAt)
}

const NUL = 0
const HASH = 0x23
const PLUS = 0x2b
const REPLACEMENT = '\u{fffd}'
const REPLACEMENT_BYTES = [0xef, 0xbf, 0xbd]

/** The bytes that the first of them claims for its character, as far as they are there. */
function sequenceAt(bytes: Uint8Array, at: number): ByteRange {
  const lead = bytes[at] ?? 0
  const claimed = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  return { at, length: Math.min(claimed, bytes.length - at) }
}

/** Where the first sequence is that is no UTF-8: what a lenient decoder has replaced there. */
function malformedSequence(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  let at = 0
  let from = 0
  for (;;) {
    const index = text.indexOf(REPLACEMENT, from)
    if (index === -1) return undefined
    // Everything in front of it was well-formed, so it takes as many bytes when written again.
    at += Buffer.byteLength(text.slice(from, index))
    if (REPLACEMENT_BYTES.some((byte, offset) => bytes[at + offset] !== byte)) return at
    at += REPLACEMENT_BYTES.length
    from = index + 1
  }
}
