/**
 * What all decoders share (§2.1): fixed headers, and packets put together from chunks.
 *
 * A packet that lies whole in a chunk is decoded where it lies. Only one that crosses from chunk
 * to chunk is collected, in a buffer that grows with the bytes that really came: a header that
 * promises a large packet reserves nothing.
 */
import { byteAt } from './bytes.ts'
import { malformed } from './error.ts'
import { packetTypeOf, tooLarge } from './fixed-header.ts'
import { PACKET_BYTES_MAX } from './limits.ts'
import type { PacketType } from './packet-types.ts'
import type { Packet, ProtocolVersion, PublishPacket } from './packets.ts'
import { PublishFrame } from './publish-frame.ts'
import { NO_READ_LIMITS } from './read-limits.ts'
import type { ReadLimits } from './read-limits.ts'
import { overlong, sharedReader as reader } from './reader.ts'

/** What a decoder can be told. */
export interface DecoderOptions {
  /** The most bytes a packet may have, header included. The limit of the protocol if absent. */
  readonly maximumPacketSize?: number
  /** The version of the connection, where it is known from the start. 5 if absent. */
  readonly version?: ProtocolVersion
  /** The most filters of a SUBSCRIBE or UNSUBSCRIBE; 0x97 beyond it. Any number if absent. */
  readonly filtersMax?: number
  /** The most bytes of the properties of a packet, or a Will; 0x95. Any number if absent. */
  readonly propertyBytesMax?: number
  /** The most User Properties among them; 0x95. Any number if absent. */
  readonly userPropertiesMax?: number
}

/** A packet that is decoded whole: any but PUBLISH. */
export type WholePacket = Exclude<Packet, PublishPacket>

/** What comes out of a decoder: every PUBLISH is a frame. */
export type DecodedPacket = WholePacket | PublishFrame

/** Decodes the bytes of one direction of one connection: of which packets, its heirs know. */
export abstract class PacketDecoder implements ReadLimits {
  /** How the packets that follow are read. */
  version: ProtocolVersion
  /** The most bytes a packet may have; may be changed between packets. */
  maximumPacketSize: number
  /** The most filters of a SUBSCRIBE or UNSUBSCRIBE; may be changed likewise. */
  filtersMax: number
  /** The most bytes of the properties of a packet, or a Will; likewise. */
  propertyBytesMax: number
  /** The most User Properties among them; likewise. */
  userPropertiesMax: number
  #chunk: Uint8Array = NOTHING
  #at = 0
  /** The bytes of a packet whose end is still to come. */
  #held: Uint8Array = NOTHING
  #heldLength = 0
  /** What the last fixed header said. */
  #type: PacketType = 'publish'
  #bodyAt = 0
  #failure: unknown

  constructor(options: DecoderOptions = {}) {
    this.version = options.version ?? 5
    this.maximumPacketSize = options.maximumPacketSize ?? PACKET_BYTES_MAX
    this.filtersMax = options.filtersMax ?? NO_READ_LIMITS.filtersMax
    this.propertyBytesMax = options.propertyBytesMax ?? NO_READ_LIMITS.propertyBytesMax
    this.userPropertiesMax = options.userPropertiesMax ?? NO_READ_LIMITS.userPropertiesMax
  }

  /** How many bytes were pushed and are not part of a packet that came out. */
  get bufferedBytes(): number {
    return this.#heldLength + this.#chunk.length - this.#at
  }

  /**
   * Adds bytes. They are borrowed, not copied: they must stay unchanged until `next` has returned
   * `undefined` and the frames that came out are done with or owned. After a failure they are
   * dropped.
   */
  push(chunk: Uint8Array): void {
    if (this.#failure !== undefined) return
    reader.forget()
    this.#chunk = this.#at === this.#chunk.length ? chunk : join(this.#chunk, this.#at, chunk)
    this.#at = 0
  }

  /**
   * The next whole packet, or `undefined` when more bytes are needed. @throws {MqttError} for
   * bytes that break the specification; the connection is beyond repair, and further calls throw
   * the same.
   */
  next(): DecodedPacket | undefined {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return this.#heldLength > 0 ? this.#nextHeld() : this.#nextInChunk()
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** Reads the body of a packet of this type, at which the shared reader stands. */
  protected abstract read(type: WholePacket['type']): WholePacket

  #nextInChunk(): DecodedPacket | undefined {
    const chunk = this.#chunk
    const start = this.#at
    if (start === chunk.length) return this.#letGo()
    const end = this.#scan(chunk, start, chunk.length)
    if (end === 0 || end > chunk.length) {
      this.#hold(chunk, start, chunk.length)
      return this.#letGo()
    }
    this.#at = end
    return this.#decode(chunk, start, end)
  }

  /** Completes the packet that was begun in an earlier chunk. */
  #nextHeld(): DecodedPacket | undefined {
    const chunk = this.#chunk
    let end = this.#scan(this.#held, 0, this.#heldLength)
    while (end === 0 && this.#at < chunk.length) {
      this.#hold(chunk, this.#at, this.#at + 1)
      this.#at++
      end = this.#scan(this.#held, 0, this.#heldLength)
    }
    if (end === 0) return this.#letGo()
    const to = Math.min(chunk.length, this.#at + end - this.#heldLength)
    this.#hold(chunk, this.#at, to)
    this.#at = to
    if (this.#heldLength < end) return this.#letGo()
    // Frames may still borrow the buffer, so the next packet to cross gets another.
    const held = this.#held
    this.#held = NOTHING
    this.#heldLength = 0
    return this.#decode(held, 0, end)
  }

  /** All of the chunk is used: a connection that is silent from here on must not keep it alive. */
  #letGo(): undefined {
    this.#chunk = NOTHING
    this.#at = 0
    return undefined
  }

  /**
   * Reads the fixed header at `start` and returns where the packet ends, which may be beyond the
   * bytes that are there; 0 while the header itself is incomplete. Leaves the reader at the body.
   */
  #scan(bytes: Uint8Array, start: number, available: number): number {
    this.#type = packetTypeOf(byteAt(bytes, start), this.version)
    if (start + 1 === available) return 0
    const length = byteAt(bytes, start + 1)
    if (length >= 0x80) return this.#scanLong(bytes, start, available)
    this.#bodyAt = start + 2
    return this.#checkedEnd(start, start + 2 + length)
  }

  /** The same for a Remaining Length of several bytes. */
  #scanLong(bytes: Uint8Array, start: number, available: number): number {
    let remainingLength = 0
    for (let at = start + 1; at < available; at++) {
      const byte = byteAt(bytes, at)
      const shift = 7 * (at - start - 1)
      remainingLength |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        if (byte === 0) throw overlong()
        this.#bodyAt = at + 1
        return this.#checkedEnd(start, at + 1 + remainingLength)
      }
      if (shift === 21) throw malformed('The Remaining Length has more than four bytes')
    }
    return 0
  }

  #checkedEnd(start: number, end: number): number {
    if (end - start > this.maximumPacketSize) throw tooLarge(end - start, this.maximumPacketSize)
    return end
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#heldLength + to - from
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#held.length, HELD_BYTES_MIN))
      grown.set(this.#held.subarray(0, this.#heldLength))
      this.#held = grown
    }
    this.#held.set(chunk.subarray(from, to), this.#heldLength)
    this.#heldLength = needed
  }

  #decode(bytes: Uint8Array, start: number, end: number): DecodedPacket {
    reader.moveTo(bytes, this.#bodyAt, end, this)
    const type = this.#type
    if (type === 'publish') return new PublishFrame(reader, start, this.version)
    return this.read(type)
  }
}

const NOTHING = new Uint8Array(0)
const HELD_BYTES_MIN = 64

/** A chunk came before the one in front of it was used up. */
function join(former: Uint8Array, from: number, chunk: Uint8Array): Uint8Array {
  const joined = new Uint8Array(former.length - from + chunk.length)
  joined.set(former.subarray(from))
  joined.set(chunk, former.length - from)
  return joined
}
