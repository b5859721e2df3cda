/**
 * Reads what `StoredWriter` writes, out of any bytes. Each value is checked against the end and
 * against its bounds, and in the form in which it is written, so that what can be read is written
 * as the same bytes again. Nothing is made as long as the bytes only claim that it is.
 */
import { isProtocolVersion } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'
import { StoredFormatError } from './stored-format-error.ts'
import { FORMAT } from './stored-writer.ts'
import type { WholeField } from './whole-field.ts'

/** A cursor over one record. All of its methods throw {StoredFormatError}. */
export class StoredReader {
  readonly #record: string
  readonly #bytes: Uint8Array
  #at = 0

  /** Begins with the format. `record` says what it is, such as 'session'. */
  constructor(record: string, bytes: Uint8Array) {
    this.#record = record
    this.#bytes = bytes
    const format = this.byte('the format')
    if (format === FORMAT) return
    throw this.wrong(0, `format ${FORMAT}`, `${format}: damage, or another version of the broker`)
  }

  /** The offset of the next byte. */
  get at(): number {
    return this.#at
  }

  /** A byte, of which any value will do. */
  byte(name: string): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw this.#cutOff(name)
    this.#at++
    return byte
  }

  /** A byte of flags, of which only some are known. */
  flags(known: number): number {
    const flags = this.byte('flags')
    if ((flags & ~known) === 0) return flags
    throw this.wrong(this.#at - 1, `no flags but ${hex(known)}`, hex(flags))
  }

  /** The Protocol Level in the two lowest bits of flags, which were read last. */
  version(flags: number): ProtocolVersion {
    const version = VERSION_MIN + (flags & 3)
    if (isProtocolVersion(version)) return version
    throw this.wrong(this.#at - 1, 'the version 3, 4 or 5', `${version}`)
  }

  /** A whole number within its bounds. */
  whole(field: WholeField): number {
    const from = this.#at
    return this.#bounded(field, from, this.#number(field.name, 0, 1))
  }

  /** Several of them, with how many there are. */
  wholes(field: WholeField): readonly number[] {
    const values: number[] = []
    for (let left = this.count(`the number of: ${field.name}`); left > 0; left--) {
      values.push(this.whole(field))
    }
    return values
  }

  /** How many of something follow, of which each takes a byte at least. */
  count(name: string): number {
    const from = this.#at
    const count = this.#number(name, 0, 1)
    const left = this.#bytes.length - this.#at
    if (count <= left) return count
    throw this.wrong(from, `${name}, at most the ${left} bytes that are left`, `${count}`)
  }

  /** A whole number that was written by its difference to another. */
  difference(field: WholeField, from: number): number {
    const start = this.#at
    const first = this.byte(field.name)
    const low = (first >> 1) & 0x3f
    const size = first < 0x80 ? low : this.#number(field.name, low, 0x40)
    return this.#bounded(field, start, (first & 1) === 0 ? from + size : from - size - 1)
  }

  /** A text. */
  text(name: string): string {
    const length = this.count(name)
    const start = this.#at
    this.#at += length
    const slot = slotOf(this.#bytes, start, length)
    const known = texts[slot]
    if (known !== undefined && isText(known, this.#bytes, start, length)) return known
    const text = this.#decoded(name, start, length)
    if (text.length === length && length <= KNOWN_BYTES_MAX) texts[slot] = text
    return text
  }

  /** So many bytes, as a view. */
  view(name: string): Uint8Array {
    const length = this.count(name)
    this.#at += length
    return viewOf(this.#bytes, this.#at - length, length)
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    const from = this.#at
    this.#at = this.#bytes.length
    return viewOf(this.#bytes, from, this.#at - from)
  }

  /** Says that the record must be over. */
  done(): void {
    const left = this.#bytes.length - this.#at
    if (left > 0) throw this.wrong(this.#at, 'the end', `${left} more`)
  }

  /** The error for what is wrong at an offset, for the caller to throw. */
  wrong(at: number, expected: string, got: string, cause?: unknown): StoredFormatError {
    return new StoredFormatError({ record: this.#record, at, expected, got, cause })
  }

  /** The rest of a whole number, of which the bits below `unit` were read. */
  #number(name: string, low: number, unit: number): number {
    const from = this.#at
    let value = low
    for (let scale = unit; scale <= SCALE_MAX; scale *= 0x80) {
      const byte = this.byte(name)
      value += (byte & 0x7f) * scale
      if (byte >= 0x80) continue
      if (byte === 0 && scale > 1) throw this.wrong(this.#at - 1, `${name} without zeros`, 'one')
      if (value > Number.MAX_SAFE_INTEGER) break
      return value
    }
    throw this.wrong(from, `${name} of at most 53 bits`, 'more')
  }

  #bounded({ name, min, max }: WholeField, at: number, value: number): number {
    if (value >= min && value <= max) return value
    throw this.wrong(at, `${name} from ${min} to ${max}`, `${value}`)
  }

  #decoded(name: string, start: number, length: number): string {
    try {
      return decoder.decode(viewOf(this.#bytes, start, length))
    } catch (cause) {
      throw this.wrong(start, `${name} in UTF-8`, 'other bytes', cause)
    }
  }

  #cutOff(name: string): StoredFormatError {
    return this.wrong(this.#at, name, 'the end')
  }
}

/** The Protocol Level that two bits of 0 stand for. */
export const VERSION_MIN = 3

/** The unit of the eighth byte, of which four bits are within 2^53. */
const SCALE_MAX = 2 ** 49

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The plain ASCII texts that were read last, found by their bytes: entries name the same publishers
 * again and again. A slot holds one text.
 */
const texts: (string | undefined)[] = Array.from({ length: 1024 })
const KNOWN_BYTES_MAX = 64

function slotOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = length
  const end = start + Math.min(length, KNOWN_BYTES_MAX)
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x9e3779b1)
  return (hash ^ (hash >>> 15)) & 0x3ff
}

function isText(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false
  }
  return true
}

/** A plain Uint8Array also over a Buffer. */
function viewOf(bytes: Uint8Array, from: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, length)
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}
