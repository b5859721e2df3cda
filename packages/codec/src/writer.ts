/**
 * Builds one Control Packet at a time (§2.1).
 *
 * A packet is written once, straight into a slab of memory that it shares with its neighbours,
 * and given out as a view: no second pass to learn the sizes, no copy at the end. Room for the
 * fixed header is left in front of the body and filled from the back when the length is known.
 *
 *     slab  ... | previous packet |   |hdr| body ...... |  free ...
 *                                  ^ up to 3 bytes unused
 *
 * Measured on Node 24 for giving out a small packet: 20 ns, against 50 with `Buffer.allocUnsafe`
 * and a copy from a scratch area, and 250 with a `Uint8Array` of its own above 64 bytes.
 */
import { byteAt, viewOf } from './bytes.ts'
import { unencodable } from './error.ts'
import { UINT16_MAX, UINT32_MAX, VARIABLE_BYTE_INTEGER_MAX } from './limits.ts'
import { checkTextLength, encodeText, tooLong } from './text.ts'

const HEADER_BYTES_MAX = 5
const SLAB_BYTES = 8192
const SINGLE_BYTES_MAX = 32

/** Writes values one after the other into packets of its own memory. */
export class Writer {
  #slab = new Uint8Array(SLAB_BYTES)
  /** Where the part of the slab begins that no packet has taken. */
  #nextFree = 0
  /** Where the body of the packet under construction begins. */
  #body = HEADER_BYTES_MAX
  #at = HEADER_BYTES_MAX

  /** Begins a packet, forgetting one that was never finished. */
  begin(): void {
    this.#body = this.#at = this.#nextFree + HEADER_BYTES_MAX
    this.#room(0)
  }

  /** Puts the fixed header before the body and gives the packet out. @throws {MqttError} */
  finish(firstByte: number): Uint8Array {
    const remainingLength = this.#at - this.#body
    if (remainingLength > VARIABLE_BYTE_INTEGER_MAX) {
      throw unencodable(
        'A packet may have at most 268,435,455 bytes after its header',
        remainingLength,
      )
    }
    const start = this.#body - 1 - varintLength(remainingLength)
    this.#slab[start] = firstByte
    writeVarint(this.#slab, start + 1, remainingLength)
    const packet = viewOf(this.#slab, start, this.#at)
    // A slab that grew for one large packet goes with it instead of being kept for small ones.
    this.#nextFree = this.#slab.length > SLAB_BYTES ? this.#slab.length : this.#at
    return packet
  }

  /** The number of body bytes written so far. */
  get length(): number {
    return this.#at - this.#body
  }

  /** A single byte. */
  byte(value: number): void {
    this.#room(1)
    this.#slab[this.#at++] = value
  }

  /** A Two Byte Integer (§1.5.2). @throws {MqttError} unless it is a whole number that fits. */
  uint16(value: number): void {
    checkInteger(value, UINT16_MAX)
    this.#room(2)
    this.#slab[this.#at++] = value >>> 8
    this.#slab[this.#at++] = value
  }

  /** A Four Byte Integer (§1.5.3), likewise. @throws {MqttError} */
  uint32(value: number): void {
    checkInteger(value, UINT32_MAX)
    this.#room(4)
    this.#slab[this.#at++] = value >>> 24
    this.#slab[this.#at++] = value >>> 16
    this.#slab[this.#at++] = value >>> 8
    this.#slab[this.#at++] = value
  }

  /** A Variable Byte Integer (§1.5.5), likewise. @throws {MqttError} */
  varint(value: number): void {
    checkInteger(value, VARIABLE_BYTE_INTEGER_MAX)
    this.#room(4)
    this.#at = writeVarint(this.#slab, this.#at, value)
  }

  /** A UTF-8 Encoded String (§1.5.4). @throws {MqttError} if it has no such encoding. */
  string(text: string): void {
    checkTextLength(text)
    this.#room(2 + 3 * text.length)
    const from = this.#at + 2
    const end = encodeText(this.#slab, from, text)
    const length = end - from
    if (length > UINT16_MAX) throw tooLong(text)
    this.#slab[this.#at] = length >>> 8
    this.#slab[this.#at + 1] = length
    this.#at = end
  }

  /** Binary Data (§1.5.6). @throws {MqttError} above 65,535 bytes. */
  binary(data: Uint8Array): void {
    checkBytes(data)
    if (data.length > UINT16_MAX) {
      throw unencodable('Binary Data may have at most 65,535 bytes', data.length)
    }
    this.uint16(data.length)
    this.raw(data)
  }

  /** Bytes as they are, with no length before them. @throws {MqttError} for what is no bytes. */
  raw(data: Uint8Array): void {
    checkBytes(data)
    this.#room(data.length)
    this.#slab.set(data, this.#at)
    this.#at += data.length
  }

  /** Bytes out of the middle of an array. A view takes 40 ns, a byte by itself 1 (Node 24). */
  copy(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    this.#room(length)
    if (length > SINGLE_BYTES_MAX) this.#slab.set(viewOf(bytes, from, to), this.#at)
    else for (let at = 0; at < length; at++) this.#slab[this.#at + at] = byteAt(bytes, from + at)
    this.#at += length
  }

  /** A Packet Identifier (§2.2.1). @throws {MqttError} if it is 0 or does not fit. */
  packetId(packetId: number): void {
    if (packetId === 0) throw unencodable('A Packet Identifier is 1 to 65,535', 0, 'MQTT-2.2.1-3')
    this.uint16(packetId)
  }

  /**
   * Puts a Variable Byte Integer in front of all that was written since `from`, a former
   * `length`: a property length, which is known only behind the properties (§2.2.2.1). It counts
   * `following` bytes more, which are written next.
   */
  prefixLength(from: number, following = 0): void {
    const length = this.length - from + following
    const prefix = varintLength(length)
    this.#room(prefix)
    // Found out only here: to make room may have moved the packet.
    const start = this.#body + from
    this.#slab.copyWithin(start + prefix, start, this.#at)
    writeVarint(this.#slab, start, length)
    this.#at += prefix
  }

  #room(bytes: number): void {
    if (this.#at + bytes > this.#slab.length) this.#grow(bytes)
  }

  /**
   * Moves the packet under construction to a new slab; packets given out keep the old one. A
   * large packet gets a slab of its own size, at least twice what was written, so that copying
   * stays linear.
   */
  #grow(bytes: number): void {
    const written = this.#slab.subarray(this.#body, this.#at)
    const needed = HEADER_BYTES_MAX + written.length + bytes
    this.#slab = new Uint8Array(Math.max(SLAB_BYTES, 2 * written.length, needed))
    this.#slab.set(written, HEADER_BYTES_MAX)
    this.#nextFree = 0
    this.#body = HEADER_BYTES_MAX
    this.#at = HEADER_BYTES_MAX + written.length
  }
}

/** How many bytes a Variable Byte Integer takes (§1.5.5). */
function varintLength(value: number): 1 | 2 | 3 | 4 {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4
}

/** Writes a Variable Byte Integer and returns the offset behind it. */
function writeVarint(target: Uint8Array, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[at++] = rest
  return at
}

function checkBytes(data: Uint8Array): void {
  if (!(data instanceof Uint8Array)) throw unencodable('Bytes must be a Uint8Array', data)
}

function checkInteger(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw unencodable(`A whole number from 0 to ${max} is needed`, value)
  }
}
