/** Texts are UTF-8. */

const encoder = new TextEncoder()

/** Longer texts get memory of their own. */
const SHORT_TEXT_LENGTH = 256
const SLAB_BYTES = 16 * 1024

/** Memory that short texts share: 100 ns for one of 20 characters, and 300 without (Node 24). */
let slab = new Uint8Array(0)
let at = 0

/** The bytes of a payload or password. */
export function bytesOf(payload: string | Uint8Array): Uint8Array {
  if (typeof payload !== 'string') return payload
  if (payload.length > SHORT_TEXT_LENGTH) return encoder.encode(payload)
  const bytesMax = payload.length * 3
  if (slab.length - at < bytesMax) {
    slab = new Uint8Array(SLAB_BYTES)
    at = 0
  }
  const start = at
  at += encoder.encodeInto(payload, slab.subarray(start, start + bytesMax)).written
  return slab.subarray(start, at)
}
