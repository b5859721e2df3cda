/**
 * Bytes of one direction to packets, however broken: whatever the type and the flags say, the
 * Remaining Length (§2.1.4) tells where the next packet begins. Where that is no length, nobody can
 * tell, and the rest of the direction is only counted.
 */

/** The bytes of one packet. */
export interface FramedPacket {
  /** All of them, or those in front where the packet is too large to be kept. */
  readonly bytes: Uint8Array
  /** How many there are; for a packet whose length is none, and one that is cut off, those here. */
  readonly length: number
  /** Where it began: how many bytes its sender had sent before. */
  readonly at: number
  /** How it ended: as it should, with a length that is none, or before its time. */
  readonly end: 'whole' | 'unframable' | 'cut-off'
}

/** A packet of more bytes is not kept whole. */
export const WHOLE_BYTES_MAX = 1_048_576

/** How many bytes of such a packet are kept. */
export const HEAD_BYTES = 65_536

/** Cuts the bytes of one direction into packets. It keeps at most {@link WHOLE_BYTES_MAX}. */
export class Framing {
  /** The bytes of a packet whose end is still to come. */
  #held: Uint8Array = NOTHING
  #heldLength = 0
  /** Of the packet that is held; 0 while its header is incomplete. */
  #packetLength = 0
  /** How many bytes of that packet came, kept or not. */
  #seen = 0
  #at = 0
  #lost = false
  #lostBytes = 0

  /** How many bytes came since the direction could no longer be cut into packets. */
  get lostBytes(): number {
    return this.#lostBytes
  }

  /** Takes bytes, and gives the packets that end in them; they borrow the bytes. */
  *push(chunk: Uint8Array): Generator<FramedPacket> {
    let from = 0
    while (from < chunk.length && !this.#lost) {
      const whole = this.#seen === 0 ? frameLength(chunk.subarray(from)) : 0
      if (whole > 0 && from + whole <= chunk.length) {
        yield this.#packet(chunk.subarray(from, from + whole), whole, 'whole')
        from += whole
      } else {
        from += this.#takePart(chunk.subarray(from))
        const packet = this.#completed()
        if (packet !== undefined) yield packet
      }
    }
    this.#pass(chunk.length - from)
  }

  /** The packet that has begun, of which nothing more will come; the next bytes begin another. */
  cut(): FramedPacket | undefined {
    this.#lost = false
    return this.#seen === 0 ? undefined : this.#release('cut-off', this.#seen)
  }

  /** Gives up: what comes from now on is only counted, until a {@link cut}. */
  abandon(): void {
    this.#lost = true
  }

  /** Passes over bytes that are not there. */
  skip(length: number): void {
    this.#at += length
  }

  /** Counts bytes that belong to no packet. */
  #pass(length: number): void {
    this.#lostBytes += length
    this.#at += length
  }

  /** Takes what belongs to the packet that has begun; a header byte by byte. */
  #takePart(bytes: Uint8Array): number {
    if (this.#packetLength === 0) {
      this.#keep(bytes.subarray(0, 1))
      this.#seen++
      const length = frameLength(this.#held.subarray(0, this.#heldLength))
      if (length === UNFRAMABLE) this.#lost = true
      this.#packetLength = Math.max(0, length)
      return 1
    }
    const part = bytes.subarray(0, this.#packetLength - this.#seen)
    const max = this.#packetLength > WHOLE_BYTES_MAX ? HEAD_BYTES : this.#packetLength
    this.#keep(part.subarray(0, Math.max(0, max - this.#heldLength)))
    this.#seen += part.length
    return part.length
  }

  #completed(): FramedPacket | undefined {
    if (this.#lost) return this.#release('unframable', this.#seen)
    const isComplete = this.#packetLength > 0 && this.#seen === this.#packetLength
    return isComplete ? this.#release('whole', this.#packetLength) : undefined
  }

  #release(end: FramedPacket['end'], length: number): FramedPacket {
    const bytes = this.#held.subarray(0, this.#heldLength)
    this.#held = NOTHING
    this.#heldLength = 0
    this.#packetLength = 0
    this.#seen = 0
    return this.#packet(bytes, length, end)
  }

  #packet(bytes: Uint8Array, length: number, end: FramedPacket['end']): FramedPacket {
    const at = this.#at
    this.#at += length
    return { bytes, length, at, end }
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#heldLength + bytes.length
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#held.length, 64))
      grown.set(this.#held.subarray(0, this.#heldLength))
      this.#held = grown
    }
    this.#held.set(bytes, this.#heldLength)
    this.#heldLength = needed
  }
}

const NOTHING = new Uint8Array(0)

/** A Remaining Length that goes on behind its fourth byte. */
const UNFRAMABLE = -1

/** The length of the packet in front; 0 while its header is incomplete. */
export function frameLength(bytes: Uint8Array): number {
  let remaining = 0
  for (let index = 0; index < 4; index++) {
    const byte = bytes[1 + index]
    if (byte === undefined) return 0
    remaining += (byte & 0x7f) * 0x80 ** index
    if (byte < 0x80) return 2 + index + remaining
  }
  return UNFRAMABLE
}
