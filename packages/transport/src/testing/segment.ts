// How a memory network cuts what was written into what arrives.

/**
 * Says into which sizes one write is cut on its way. Sizes are above 0; what they leave over comes
 * as one last segment.
 */
export type Segment = (bytes: Uint8Array) => readonly number[]

/** Every byte on its own: the hardest network for a decoder. */
export const byteByByte: Segment = (bytes) => Array.from(bytes, () => 1)

/**
 * Cuts bytes into views of the given sizes and one of the rest.
 *
 * @throws RangeError if a size is not a whole number above 0.
 */
export function cutInto(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const segments: Uint8Array[] = []
  let from = 0
  for (const size of sizes) {
    if (!(Number.isInteger(size) && size > 0)) {
      throw new RangeError(`A segment has 1 byte or more, not ${size}`)
    }
    if (from < bytes.length) segments.push(bytes.subarray(from, from + size))
    from += size
  }
  if (from < bytes.length) segments.push(bytes.subarray(from))
  return segments
}
