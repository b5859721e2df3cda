/**
 * Reading single bytes. The only place of this package that asserts about indexing: every caller
 * has compared the offset with the end of the packet before it reads.
 */

/** The byte at an offset that is known to lie inside the array. */
export function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number
}

/** The big-endian Two Byte Integer at an offset (§1.5.2). */
export function uint16At(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1)
}

/** The big-endian Four Byte Integer at an offset (§1.5.3). */
export function uint32At(bytes: Uint8Array, at: number): number {
  return ((uint16At(bytes, at) << 16) | uint16At(bytes, at + 2)) >>> 0
}

/** A view of some bytes that shares their memory. A plain Uint8Array even over a Buffer. */
export function viewOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
}

/** A copy of some bytes in memory of its own, exactly as long as needed. */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from)
  copy.set(viewOf(bytes, from, to))
  return copy
}
