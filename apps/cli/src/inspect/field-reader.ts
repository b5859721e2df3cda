/**
 * A cursor over one packet that keeps what it reads as fields. It ends in one of two ways before
 * the packet does: with a {@link FaultFound} where the bytes break a rule, or with a
 * {@link CutOff} where the rest of the packet is not there.
 */
import { badCharacter } from './bad-character.ts'
import type { ByteRange, Field, FieldValue } from './field.ts'

/** Bytes that break a rule. */
export class FaultFound extends Error {
  override readonly name = 'FaultFound'
  readonly fault: ByteRange

  constructor(at: number, length: number) {
    super(`The bytes from ${at} to ${at + length} break a rule`)
    this.fault = { at, length: Math.max(1, length) }
  }
}

/** The packet goes on, but its bytes do not. */
export class CutOff extends Error {
  override readonly name = 'CutOff'
}

/** What a field is called, and what else is known about it. */
export interface Label {
  readonly name: string
  readonly meaning?: string
  readonly many?: true
}

/** Reads fields one after the other. */
export class FieldReader {
  readonly bytes: Uint8Array
  /** The offset of the next byte. */
  at = 0
  /** The offset behind the last byte of what is read, be that there or not. */
  end: number
  #fields: Field[] = []

  constructor(bytes: Uint8Array, end: number) {
    this.bytes = bytes
    this.end = end
  }

  /** What was read so far. */
  get fields(): readonly Field[] {
    return this.#fields
  }

  /** How many bytes the packet has from here on. */
  get left(): number {
    return this.end - this.at
  }

  /** Whether one byte is left, and it is this one. */
  isLast(byte: number): boolean {
    return this.left === 1 && this.bytes[this.at] === byte
  }

  /** Keeps a field that begins at an offset and ends where the cursor is. */
  keep(label: Label | string, from: number, value: FieldValue): void {
    this.keepRange(label, { at: from, length: this.at - from }, value)
  }

  /** Keeps a field of a few bits of one byte. */
  keepBits(label: Label | string, at: number, value: FieldValue): void {
    this.keepRange(label, { at, length: 1 }, value)
  }

  /** Keeps a field, wherever it is. */
  keepRange(label: Label | string, { at, length }: ByteRange, value: FieldValue): void {
    const named = typeof label === 'string' ? { name: label } : label
    this.#fields.push({ ...named, at, length, value })
  }

  /** Keeps what `read` reads as a group, even if that ends before its time. */
  group(label: Label | string, read: () => void): void {
    const named = typeof label === 'string' ? { name: label } : label
    const outer = this.#fields
    const from = this.at
    const parts: Field[] = []
    this.#fields = parts
    try {
      read()
    } finally {
      this.#fields = outer
      outer.push({ ...named, at: from, length: this.at - from, parts })
    }
  }

  /** Says that the bytes from here on break a rule. */
  fault(at: number, length: number = this.at - at): never {
    throw new FaultFound(at, length)
  }

  /** A byte, which is not kept. */
  byte(): number {
    this.#need(1)
    return this.bytes[this.at++] ?? 0
  }

  /** A Two Byte Integer, which is not kept. */
  uint16(): number {
    this.#need(2)
    return this.byte() * 0x100 + this.byte()
  }

  /** A Four Byte Integer, which is not kept. */
  uint32(): number {
    this.#need(4)
    return this.uint16() * 0x1_0000 + this.uint16()
  }

  /** A Variable Byte Integer, which is not kept. */
  varint(): number {
    const from = this.at
    let value = 0
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return byte === 0 && shift > 0 ? this.fault(from) : value
    }
    return this.fault(from)
  }

  /** A string, which is not kept. */
  text(kind: 'string' | 'topic' = 'string'): string {
    const bytes = this.binary()
    const bad = badCharacter(bytes, kind)
    if (bad !== undefined) this.fault(this.at - bytes.length + bad.at, bad.length)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  }

  /** Binary Data, which is not kept. */
  binary(): Uint8Array {
    const from = this.at
    const length = this.uint16()
    if (length > this.left) this.fault(from, 2)
    return this.raw(length)
  }

  /** So many bytes as they are, which are not kept. */
  raw(length: number): Uint8Array {
    this.#need(length)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  /** A Packet Identifier, which is kept and never 0 (§2.2.1). */
  packetIdentifier(): void {
    const from = this.at
    const packetId = this.uint16()
    if (packetId === 0) this.fault(from)
    this.keep('Packet Identifier', from, packetId)
  }

  /** Says that the packet is over. */
  done(): void {
    if (this.left > 0) this.fault(this.at, this.left)
  }

  #need(length: number): void {
    // A field that the packet has no room for: what is left of it is where it is missed.
    if (this.at + length > this.end) this.fault(Math.min(this.at, this.end - 1), this.left)
    if (this.at + length > this.bytes.length) throw new CutOff()
  }
}
