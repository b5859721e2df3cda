/**
 * The classic capture format of tcpdump (draft-ietf-opsawg-pcap): a header of 24 bytes, and for
 * each frame one of 16.
 *
 *     magic | major, minor | reserved | reserved | snap length | link type
 *     seconds | micro- or nanoseconds | captured length | original length | frame
 */
import type { ByteSource } from './byte-source.ts'
import { CaptureError, FRAME_BYTES_MAX, viewOf } from './captured-frame.ts'
import type { CapturedFrame } from './captured-frame.ts'

/** Whether a file that begins with these four bytes is in this format. */
export function isPcap(magic: Uint8Array): boolean {
  return dialectOf(magic) !== undefined
}

/** The frames of a file, in its order. @throws {CaptureError} where it cannot be read on. */
export async function* readPcap(source: ByteSource): AsyncGenerator<CapturedFrame> {
  const header = await source.take(HEADER_BYTES)
  const dialect = dialectOf(header)
  if (dialect === undefined || header.length < HEADER_BYTES) {
    throw new CaptureError('The pcap header is cut off')
  }
  const { littleEndian, fractionsPerMs } = dialect
  // The upper bits say whether the frames end in a checksum.
  const linkType = viewOf(header).getUint32(20, littleEndian) & 0xffff
  for (let number = 1; ; number++) {
    const record = await source.take(RECORD_BYTES)
    if (record.length === 0) return
    if (record.length < RECORD_BYTES) throw cutOff(number)
    const view = viewOf(record)
    const length = view.getUint32(8, littleEndian)
    if (length > FRAME_BYTES_MAX) throw tooLong(number, length)
    const seconds = view.getUint32(0, littleEndian)
    const timeMs = seconds * 1000 + view.getUint32(4, littleEndian) / fractionsPerMs
    const bytes = await source.take(length)
    if (bytes.length < length) throw cutOff(number)
    yield { timeMs, linkType, bytes }
  }
}

interface Dialect {
  readonly littleEndian: boolean
  readonly fractionsPerMs: number
}

const HEADER_BYTES = 24
const RECORD_BYTES = 16
const MICROSECONDS_MAGIC = 0xa1b2c3d4
const NANOSECONDS_MAGIC = 0xa1b23c4d

function dialectOf(magic: Uint8Array): Dialect | undefined {
  if (magic.length < 4) return undefined
  for (const littleEndian of [true, false]) {
    const number = viewOf(magic).getUint32(0, littleEndian)
    if (number === MICROSECONDS_MAGIC) return { littleEndian, fractionsPerMs: 1000 }
    if (number === NANOSECONDS_MAGIC) return { littleEndian, fractionsPerMs: 1_000_000 }
  }
  return undefined
}

function cutOff(number: number): CaptureError {
  return new CaptureError(`The capture ends in the middle of frame ${number}`)
}

function tooLong(number: number, length: number): CaptureError {
  return new CaptureError(
    `Frame ${number} of the capture claims ${length} bytes, more than ${FRAME_BYTES_MAX}`,
  )
}
