/**
 * The bytes around each thing that is stored, so that what is read can be compared with what was
 * written. All numbers are little endian; CRC is CRC-32C of everything behind it in the frame.
 *
 *     0     4        8                      15        16
 *     | CRC | length | position or revision | format  | body, `length` bytes
 *     | u32 | u32    | u56                  | u8 = 1  |
 *
 *     an entry's body    | bytes
 *
 *     a record's body    | key length | table | key   | value
 *                        | u24        | u8    | UTF-8 |
 *
 * One frame of a record is one value of LMDB. Frames of entries stand one behind the other, with
 * rising positions, in an *envelope*: one value holds up to 256 entries of one page, or 64 KiB, so
 * that 20,000 entries a second that come in groups of 40 are 500 values a second. Nothing stands
 * before, between or behind the frames of an envelope.
 *
 * A record has its table and key within, although LMDB has them too: a value that LMDB gives out
 * for another key is noticed, and a repair can use values whose key is lost.
 */
import { crc32c } from './crc32c.ts'

/** The bytes of a frame before its body. */
export const FRAME_HEAD = 16

/** The bytes of a record's body before its key. */
export const RECORD_HEAD = 4

/** The version of this layout, which is in each frame. */
const FRAME_FORMAT = 1

/** Bytes, and the same ones to read and write numbers in. */
export interface Framed {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** Makes bytes readable as frames. */
export function framed(bytes: Uint8Array): Framed {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) }
}

/** Writes the length of the body at `at`; the number and the CRC follow with `sealFrame`. */
export function writeLength(view: DataView, at: number, length: number): void {
  view.setUint32(at + 4, length, true)
}

/** Writes the position or revision into a frame whose body is whole, then its CRC. */
export function sealFrame({ bytes, view }: Framed, at: number, number: number): void {
  view.setUint32(at + 8, number >>> 0, true)
  view.setUint32(at + 12, ((FRAME_FORMAT << 24) | Math.floor(number / 2 ** 32)) >>> 0, true)
  view.setUint32(at, crc32c(bytes, at + 4, frameEnd(view, at)), true)
}

/** Where the frame at `at` ends, as far as its length is right. */
export function frameEnd(view: DataView, at: number): number {
  return at + FRAME_HEAD + view.getUint32(at + 4, true)
}

/** The position or revision of the frame at `at`. */
export function frameNumber(view: DataView, at: number): number {
  return (view.getUint32(at + 12, true) & 0xffffff) * 2 ** 32 + view.getUint32(at + 8, true)
}

/** Whether a frame stands at `at` and ends at or before the end of the bytes. */
export function hasFrame({ bytes, view }: Framed, at: number): boolean {
  return at + FRAME_HEAD <= bytes.length && frameEnd(view, at) <= bytes.length
}

/** What is wrong with the frame at `at`, as part of a sentence, or `undefined`. */
export function frameFault(frame: Framed, at: number): string | undefined {
  const { bytes, view } = frame
  if (!hasFrame(frame, at)) return `${bytes.length - at} bytes are left, which is less than it has`
  const expected = view.getUint32(at, true)
  const found = crc32c(bytes, at + 4, frameEnd(view, at))
  if (found !== expected) return `its CRC is ${hex(found)} and should be ${hex(expected)}`
  const format = view.getUint8(at + 15)
  if (format !== FRAME_FORMAT) return `its format is ${format} and should be ${FRAME_FORMAT}`
  return undefined
}

/** Writes what stands before the key in a record's body, which begins at `at`. */
export function writeRecordHead(view: DataView, at: number, table: number, keyBytes: number): void {
  view.setUint32(at, ((table << 24) | keyBytes) >>> 0, true)
}

/**
 * Where in a record's frame at `at` its table stands, of one byte, with the key behind it up to
 * `end`, where the value begins.
 */
export function recordKey(view: DataView, at: number): { start: number; end: number } {
  const start = at + FRAME_HEAD + 3
  return { start, end: start + 1 + (view.getUint32(start - 3, true) & 0xffffff) }
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0')
}
