/**
 * A cursor over the body of one Control Packet (§1.5). Every method checks against the end of the
 * packet, so that lengths which do not add up are found where they stand.
 */
import { byteAt, copyOf, uint16At, uint32At } from './bytes.ts'
import { malformed } from './error.ts'
import { NO_READ_LIMITS } from './read-limits.ts'
import type { ReadLimits } from './read-limits.ts'
import { checkText, readRecurringText, readText, readTopicName } from './text.ts'

const NOTHING = new Uint8Array(0)

/** A chunk of at most this many bytes is copied to where a view stands ready. */
const SMALL_BYTES_MAX = 1024

/** Reads values one after the other. One instance is pointed at one packet after another. */
export class Reader {
  /** The bytes that hold the packet, and perhaps others. */
  bytes: Uint8Array
  /** The offset of the next byte to read. */
  at: number
  /** The offset behind the last byte of the packet. */
  end: number
  /** A view of the bytes, or of a copy of them. */
  view: DataView
  /** What the receiver of the packet allows in it. */
  limits: ReadLimits = NO_READ_LIMITS
  readonly #small = new Uint8Array(SMALL_BYTES_MAX)
  readonly #smallView = new DataView(this.#small.buffer)

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.view = this.#viewOf(bytes)
    this.at = at
    this.end = end
  }

  /** Points the cursor at another packet, which keeps within other limits. */
  moveTo(bytes: Uint8Array, at: number, end: number, limits: ReadLimits): void {
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.view = this.#viewOf(bytes)
    }
    this.at = at
    this.end = end
    this.limits = limits
  }

  /** Forgets what was read last: the same array may hold other bytes by now. */
  forget(): void {
    this.bytes = NOTHING
  }

  /** How many bytes are left. */
  get left(): number {
    return this.end - this.at
  }

  /** A single byte. @throws {MqttError} at the end of the packet, as all of these do. */
  byte(): number {
    this.#need(1)
    return byteAt(this.bytes, this.at++)
  }

  /** A Two Byte Integer (§1.5.2). */
  uint16(): number {
    this.#need(2)
    this.at += 2
    return uint16At(this.bytes, this.at - 2)
  }

  /** A Four Byte Integer (§1.5.3). */
  uint32(): number {
    this.#need(4)
    this.at += 4
    return uint32At(this.bytes, this.at - 4)
  }

  /** A Variable Byte Integer, in as few bytes as it takes (§1.5.5). [MQTT-1.5.5-1] */
  varint(): number {
    let value = 0
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) throw overlong()
        return value
      }
    }
    throw malformed('A Variable Byte Integer has more than four bytes')
  }

  /** A UTF-8 Encoded String (§1.5.4). */
  string(): string {
    const from = this.skipBinary()
    return readText(this, from, this.at)
  }

  /** A string that is likely to come again, such as the name of a User Property. */
  recurringString(): string {
    const from = this.skipBinary()
    return readRecurringText(this, from, this.at)
  }

  /** A string that is a Topic Name; `statement` is the one that a wildcard breaks. */
  topicName(statement: string): string {
    const topic = this.topicNameOrEmpty(statement)
    if (topic === '') throw malformed('A Topic Name is empty', 'MQTT-4.7.3-1')
    return topic
  }

  /** The same where a Topic Alias may stand in for it. */
  topicNameOrEmpty(statement: string): string {
    const from = this.skipBinary()
    return readTopicName(this, from, this.at, statement)
  }

  /** Binary Data, copied out of the packet (§1.5.6). */
  binary(): Uint8Array {
    const from = this.skipBinary()
    return copyOf(this.bytes, from, this.at)
  }

  /** Passes over a string, checking it; returns where its characters begin. */
  skipString(): number {
    const from = this.skipBinary()
    checkText(this, from, this.at)
    return from
  }

  /** Passes over Binary Data; returns where its bytes begin. */
  skipBinary(): number {
    const from = this.at + 2
    if (from > this.end) throw cutShort()
    const to = from + uint16At(this.bytes, from - 2)
    if (to > this.end) throw cutShort()
    this.at = to
    return from
  }

  /** A Packet Identifier, which is never 0 (§2.2.1). */
  packetId(): number {
    const packetId = this.uint16()
    if (packetId === 0) throw malformed('The Packet Identifier is 0', 'MQTT-2.2.1-3')
    return packetId
  }

  /** Says that the packet must be over. */
  done(): void {
    if (this.left > 0) throw malformed(`The packet is ${this.left} bytes longer than its content`)
  }

  /** A new view takes 90 ns to make and collect, copying a packet 30 (Node 24). */
  #viewOf(bytes: Uint8Array): DataView {
    if (bytes.length > SMALL_BYTES_MAX) {
      return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    this.#small.set(bytes)
    return this.#smallView
  }

  #need(length: number): void {
    if (this.at + length > this.end) throw cutShort()
  }
}

/**
 * The reader that all packets share: reading one is never interrupted by another, and packets of
 * one chunk then share its view. It holds on to the chunk that was read last, and to
 * the decoder.
 */
export const sharedReader: Reader = new Reader(new Uint8Array(0))

function cutShort(): Error {
  return malformed('The packet ends in the middle of a field: its lengths do not add up')
}

/** A Variable Byte Integer whose last byte adds nothing. */
export function overlong(): Error {
  return malformed('A Variable Byte Integer has more bytes than it needs', 'MQTT-1.5.5-1')
}
