/**
 * One direction of a line, bytes in and bytes out, with a look at each packet on the way. Bytes
 * that are no MQTT pass without being looked at.
 */
import { Decoder } from '@godwit/codec'
import type { DecodedPacket, Packet, ProtocolVersion } from '@godwit/codec'
import { plainPacket } from './wire-packet.ts'

/** Looks at a packet; returns whether it goes on. */
export type Examine = (packet: Packet) => boolean

/** Where the packets of one direction pass. */
export class PacketCourse {
  readonly #decoder = new Decoder()
  readonly #examine: Examine
  /** Of a packet whose end is still to come: what it has of bytes that did not go on. */
  #waiting: Uint8Array[] = []
  /** The beginning of that packet has gone on, so that its end must, too. */
  #isBegun = false
  #isBroken = false

  constructor(examine: Examine) {
    this.#examine = examine
  }

  /** What a CONNECT in the other direction has said. */
  set version(version: ProtocolVersion) {
    this.#decoder.version = version
  }

  /**
   * Takes a chunk; returns what goes on. With `whole` a packet goes on when it is complete, so that
   * it can be lost; else its beginning goes ahead.
   */
  take(chunk: Uint8Array, whole: boolean): Uint8Array {
    const pieces: Uint8Array[] = []
    const from = this.#takePackets(chunk, pieces)
    const rest = chunk.subarray(from)
    if (rest.length === 0) return joined(pieces)
    if (whole && !this.#isBegun && !this.#isBroken) {
      this.#waiting.push(rest)
    } else {
      pieces.push(...this.#waiting.splice(0), rest)
      this.#isBegun = true
    }
    return joined(pieces)
  }

  /** Returns where the packet begins whose end is still to come. */
  #takePackets(chunk: Uint8Array, pieces: Uint8Array[]): number {
    let from = 0
    if (!this.#isBroken) this.#decoder.push(chunk)
    for (let packet; (packet = this.#next()) !== undefined;) {
      const to = chunk.length - this.#decoder.bufferedBytes
      const goesOn = this.#examine(plainPacket(packet))
      const bytes = [...this.#waiting.splice(0), chunk.subarray(from, to)]
      if (goesOn || this.#isBegun) pieces.push(...bytes)
      this.#isBegun = false
      from = to
    }
    return from
  }

  #next(): DecodedPacket | undefined {
    if (this.#isBroken) return undefined
    try {
      return this.#decoder.next()
    } catch {
      this.#isBroken = true
      return undefined
    }
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const filled = pieces.filter(({ length }) => length > 0)
  const [first = new Uint8Array(), ...others] = filled
  if (others.length === 0) return first
  const bytes = new Uint8Array(filled.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of filled) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
