/** What a capture file is made of, whatever its format. */

/** One frame of a network, as a capture has it. */
export interface CapturedFrame {
  /** When it was seen: milliseconds since 1970. */
  readonly timeMs: number
  /** What its first bytes are: a LINKTYPE number of tcpdump.org. */
  readonly linkType: number
  /** The bytes that were kept, which may be fewer than there were. */
  readonly bytes: Uint8Array
}

/** A capture file that cannot be read on. The message says where and why. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError'
}

/** More than any network has in a frame, and little enough to hold: tcpdump's own maximum. */
export const FRAME_BYTES_MAX = 262_144

/** A view of bytes, for reading numbers. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}
