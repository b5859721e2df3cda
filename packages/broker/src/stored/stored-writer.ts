/**
 * How values are written in records and entries.
 *
 *     whole number   seven bits a byte, the lowest first; bit 7: more follow; up to 2^53 - 1
 *     difference     a whole number, 2d for d from 0 on, -2d - 1 below
 *     text           its length in bytes, a whole number | UTF-8
 *
 * Of numbers from 2^28 on the lowest 28 bits are split off by division, which is exact up to 2^53;
 * bit operators see 32 bits only. No value is written in more bytes than it takes.
 */
import { checkWhole } from './whole-field.ts'
import type { WholeField } from './whole-field.ts'

/** The first byte of all that is stored. */
export const FORMAT = 1

/** The number of bytes of a whole number. @throws {RangeError} for another. */
export function wholeLength(field: WholeField, value: number): number {
  checkWhole(field, value)
  return lengthOf(value)
}

/** Writes a whole number; returns the offset behind it. */
export function writeWhole(value: number, target: Uint8Array, start: number): number {
  let at = start
  let rest = value
  if (value >= LOW_UNIT) {
    rest = Math.floor(value / LOW_UNIT)
    const low = value - rest * LOW_UNIT
    target[at++] = low | 0x80
    target[at++] = (low >> 7) | 0x80
    target[at++] = (low >> 14) | 0x80
    target[at++] = (low >> 21) | 0x80
  }
  while (rest >= 0x80) {
    target[at++] = rest | 0x80
    rest >>= 7
  }
  target[at++] = rest
  return at
}

/** The number of bytes of a whole number that is known to be one. */
export function lengthOf(value: number): number {
  const isLong = value >= LOW_UNIT
  let length = isLong ? 5 : 1
  let rest = isLong ? Math.floor(value / LOW_UNIT) : value
  for (; rest >= 0x80; rest >>= 7) length++
  return length
}

/** The number of bytes of a difference. */
export function differenceLength(difference: number): number {
  const high = Math.floor(sizeOf(difference) / 0x40)
  return high === 0 ? 1 : 1 + lengthOf(high)
}

/** Writes a difference; returns the offset behind it. */
export function writeDifference(difference: number, target: Uint8Array, at: number): number {
  const size = sizeOf(difference)
  // Twice the size may be beyond 2^53, so its lowest bits go first, with the sign.
  const low = (size % 0x40) * 2 + (difference < 0 ? 1 : 0)
  if (size < 0x40) {
    target[at] = low
    return at + 1
  }
  target[at] = low + 0x80
  return writeWhole(Math.floor(size / 0x40), target, at + 1)
}

/** The number of bytes of a text. @throws {RangeError} for half a surrogate pair. */
export function textLength(text: string): number {
  const length = bytesOf(text)
  return lengthOf(length) + length
}

/** Writes a text of which `textLength` was asked for; returns the offset behind it. */
export function writeText(text: string, target: Uint8Array, start: number): number {
  if (text.length > SHORT_TEXT_MAX) {
    return writeCharacters(text, target, writeWhole(bytesOf(text), target, start))
  }
  const end = writeCharacters(text, target, start + 1)
  target[start] = end - start - 1
  return end
}

/** Puts a record together, in a buffer that grows. Of use once. */
export class StoredWriter {
  #bytes = new Uint8Array(BYTES_MIN)
  #at = 0

  /** Begins with the format. */
  constructor() {
    this.byte(FORMAT)
  }

  /** A byte of flags. */
  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = value
  }

  /** A whole number. @throws {RangeError} for one out of bounds. */
  whole(field: WholeField, value: number): void {
    this.#reserve(wholeLength(field, value))
    this.#at = writeWhole(value, this.#bytes, this.#at)
  }

  /** Several of them, and first how many there are. @throws {RangeError} likewise. */
  wholes(field: WholeField, values: readonly number[]): void {
    this.count(values.length)
    for (const value of values) this.whole(field, value)
  }

  /** How many of something follow, or how many bytes. */
  count(value: number): void {
    this.#reserve(lengthOf(value))
    this.#at = writeWhole(value, this.#bytes, this.#at)
  }

  /** A whole number by its difference to another. @throws {RangeError} for one out of bounds. */
  difference(field: WholeField, value: number, from: number): void {
    checkWhole(field, value)
    const difference = value - from
    this.#reserve(differenceLength(difference))
    this.#at = writeDifference(difference, this.#bytes, this.#at)
  }

  /** A text. @throws {RangeError} for half a surrogate pair. */
  text(text: string): void {
    this.#reserve(textLength(text))
    this.#at = writeText(text, this.#bytes, this.#at)
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** What was written, in memory of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  #reserve(length: number): void {
    const needed = this.#at + length
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

const BYTES_MIN = 64
/** So many characters have a length of one byte, whatever they are. */
const SHORT_TEXT_MAX = 42
/** Four bytes of a whole number; what is above is at most 2^25. */
const LOW_UNIT = 2 ** 28

function sizeOf(difference: number): number {
  return difference < 0 ? -difference - 1 : difference
}

/** The bytes of a text as UTF-8, without their number. */
function bytesOf(text: string): number {
  let length = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) length++
    else if (unit < 0xd800 || unit > 0xdfff) length += 2
    else {
      pointAt(text, index)
      length += 2
      index++
    }
  }
  return length
}

function writeCharacters(text: string, target: Uint8Array, start: number): number {
  let at = start
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) {
      target[at++] = unit
    } else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6)
      target[at++] = 0x80 | (unit & 0x3f)
    } else if (unit < 0xd800 || unit > 0xdfff) {
      target[at++] = 0xe0 | (unit >> 12)
      target[at++] = 0x80 | ((unit >> 6) & 0x3f)
      target[at++] = 0x80 | (unit & 0x3f)
    } else {
      const point = pointAt(text, index++)
      target[at++] = 0xf0 | (point >> 18)
      target[at++] = 0x80 | ((point >> 12) & 0x3f)
      target[at++] = 0x80 | ((point >> 6) & 0x3f)
      target[at++] = 0x80 | (point & 0x3f)
    }
  }
  return at
}

/** The code point of the surrogate pair that begins at an index. */
function pointAt(text: string, index: number): number {
  const point = text.codePointAt(index) ?? 0
  if (point > 0xffff) return point
  throw new RangeError(
    `A text that is stored may not hold half a surrogate pair, got ${JSON.stringify(text)}`,
  )
}
