/**
 * The capture format of Wireshark (draft-ietf-opsawg-pcapng): blocks, each with its length before
 * and behind it. Sections may differ in byte order, interfaces in link type and unit of time.
 *
 *     block type | block length | body, padded to four bytes | block length
 */
import type { ByteSource } from './byte-source.ts'
import { CaptureError, FRAME_BYTES_MAX, viewOf } from './captured-frame.ts'
import type { CapturedFrame } from './captured-frame.ts'

/** Whether a file that begins with these four bytes is in this format. */
export function isPcapng(magic: Uint8Array): boolean {
  return magic.length >= 4 && viewOf(magic).getUint32(0) === SECTION_HEADER
}

/** The frames of a file, in its order. @throws {CaptureError} where it cannot be read on. */
export async function* readPcapng(source: ByteSource): AsyncGenerator<CapturedFrame> {
  let section: Section = { littleEndian: true, interfaces: [] }
  for (let number = 1; ; number++) {
    const head = await source.peek(SECTION_HEAD_BYTES)
    if (head.length === 0) return
    if (isPcapng(head)) section = { littleEndian: byteOrderOf(head), interfaces: [] }
    const block = await takeBlock(source, section.littleEndian, number)
    if (block.type === INTERFACE_DESCRIPTION) section.interfaces.push(interfaceOf(block, number))
    const frame = frameOf(block, section, number)
    if (frame !== undefined) yield frame
  }
}

interface Section {
  readonly littleEndian: boolean
  readonly interfaces: Interface[]
}

interface Interface {
  readonly linkType: number
  readonly unitsPerMs: number
  readonly offsetMs: number
}

interface Block {
  readonly type: number
  readonly body: Uint8Array
  readonly view: DataView
  readonly littleEndian: boolean
}

const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const OBSOLETE_PACKET = 2
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d
const SECTION_HEAD_BYTES = 12
/** Type and length in front, length behind. */
const BLOCK_FRAME_BYTES = 12
const BLOCK_BYTES_MAX = 4 * FRAME_BYTES_MAX

function byteOrderOf(head: Uint8Array): boolean {
  const view = viewOf(head)
  if (head.length === SECTION_HEAD_BYTES) {
    if (view.getUint32(8, true) === BYTE_ORDER_MAGIC) return true
    if (view.getUint32(8, false) === BYTE_ORDER_MAGIC) return false
  }
  throw new CaptureError('A pcapng section has no byte-order magic')
}

async function takeBlock(
  source: ByteSource,
  littleEndian: boolean,
  number: number,
): Promise<Block> {
  const head = await source.take(8)
  if (head.length < 8) throw cutOff(number)
  const type = viewOf(head).getUint32(0, littleEndian)
  const length = viewOf(head).getUint32(4, littleEndian)
  if (length < BLOCK_FRAME_BYTES || length % 4 !== 0 || length > BLOCK_BYTES_MAX) {
    throw new CaptureError(`Block ${number} of the capture claims ${length} bytes`)
  }
  const rest = await source.take(length - 8)
  if (rest.length < length - 8) throw cutOff(number)
  const body = rest.subarray(0, -4)
  return { type, body, view: viewOf(body), littleEndian }
}

function interfaceOf({ body, view, littleEndian }: Block, number: number): Interface {
  if (body.length < 8) throw cutOff(number)
  let unitsPerMs = 1000
  let offsetMs = 0
  for (let at = 8; at + 4 <= body.length;) {
    const code = view.getUint16(at, littleEndian)
    const length = view.getUint16(at + 2, littleEndian)
    if (code === 0 || at + 4 + length > body.length) break
    if (code === TIME_RESOLUTION && length >= 1) unitsPerMs = resolutionOf(view.getUint8(at + 4))
    if (code === TIME_OFFSET && length >= 8) {
      offsetMs = Number(view.getBigInt64(at + 4, littleEndian)) * 1000
    }
    at += 4 + length + ((4 - (length % 4)) % 4)
  }
  return { linkType: view.getUint16(0, littleEndian), unitsPerMs, offsetMs }
}

const TIME_RESOLUTION = 9
const TIME_OFFSET = 14

/** Finer than any clock. */
const RESOLUTION_POWER_MAX = 30

/** A negative power of ten or, with the highest bit, of two; how many units a millisecond has. */
function resolutionOf(code: number): number {
  const power = code & 0x7f
  if (power > RESOLUTION_POWER_MAX) return 1000
  return (code & 0x80) === 0 ? 10 ** power / 1000 : 2 ** power / 1000
}

/** Nanoseconds since 1970 are more than a number can count: whole seconds are taken out first. */
function millisecondsOf(units: bigint, unitsPerMs: number): number {
  const unitsPerSecond = BigInt(Math.round(unitsPerMs * 1000))
  return Number(units / unitsPerSecond) * 1000 + Number(units % unitsPerSecond) / unitsPerMs
}

/** The frame in a block, if it is of a type that has one. */
function frameOf(block: Block, section: Section, number: number): CapturedFrame | undefined {
  const { type, body, view, littleEndian } = block
  if (type === SIMPLE_PACKET) return simpleFrameOf(block, section, number)
  if (type !== ENHANCED_PACKET && type !== OBSOLETE_PACKET) return undefined
  if (body.length < 20) throw cutOff(number)
  const index =
    type === ENHANCED_PACKET ? view.getUint32(0, littleEndian) : view.getUint16(0, littleEndian)
  const { linkType, unitsPerMs, offsetMs } = interfaceAt(section, index, number)
  const high = BigInt(view.getUint32(4, littleEndian))
  const units = (high << 32n) | BigInt(view.getUint32(8, littleEndian))
  const length = view.getUint32(12, littleEndian)
  if (20 + length > body.length) throw cutOff(number)
  return {
    timeMs: millisecondsOf(units, unitsPerMs) + offsetMs,
    linkType,
    bytes: body.subarray(20, 20 + length),
  }
}

/** A simple packet has neither time nor interface: it is of the first one. */
function simpleFrameOf(
  { body, view, littleEndian }: Block,
  section: Section,
  number: number,
): CapturedFrame {
  if (body.length < 4) throw cutOff(number)
  const { linkType } = interfaceAt(section, 0, number)
  const length = Math.min(view.getUint32(0, littleEndian), body.length - 4)
  return { timeMs: 0, linkType, bytes: body.subarray(4, 4 + length) }
}

function interfaceAt({ interfaces }: Section, index: number, number: number): Interface {
  const found = interfaces[index]
  if (found === undefined) {
    throw new CaptureError(
      `Block ${number} of the capture names an interface ${index} that is none`,
    )
  }
  return found
}

function cutOff(number: number): CaptureError {
  return new CaptureError(`The capture ends in the middle of block ${number}`)
}
