/**
 * A set of Packet Identifiers. Mostly it is empty or small, and a `Set` does; but a peer may put
 * all 65,535 into it, which cost 2 MiB in a `Set` and 8 KiB as bits.
 */
import type { PacketIdentifier } from '@godwit/codec'

/** A set that stays small in memory, whatever is in it. */
export class PacketIdentifierSet {
  #few = new Set<PacketIdentifier>()
  /** In place of `#few` from when that is full until nothing is left. */
  #many: DataView | undefined
  #size = 0

  /** How many identifiers are in it. */
  get size(): number {
    return this.#size
  }

  /** Whether an identifier is in it. */
  has(packetId: PacketIdentifier): boolean {
    return this.#many === undefined ? this.#few.has(packetId) : holds(this.#many, packetId)
  }

  /** Puts an identifier in. */
  add(packetId: PacketIdentifier): void {
    if (this.has(packetId)) return
    if (this.#size === FEW && this.#many === undefined) this.#grow()
    if (this.#many === undefined) this.#few.add(packetId)
    else flip(this.#many, packetId)
    this.#size++
  }

  /** Takes an identifier out. Returns whether it was in. */
  delete(packetId: PacketIdentifier): boolean {
    if (!this.has(packetId)) return false
    if (this.#many === undefined) this.#few.delete(packetId)
    else flip(this.#many, packetId)
    this.#size--
    if (this.#size === 0) this.#many = undefined
    return true
  }

  /** Takes everything out. */
  clear(): void {
    this.#few.clear()
    this.#many = undefined
    this.#size = 0
  }

  /** Takes everything out, and puts in what is in another set. */
  copy(other: PacketIdentifierSet): void {
    this.#few = new Set(other.#few)
    this.#many = other.#many && new DataView(other.#many.buffer.slice(0))
    this.#size = other.#size
  }

  #grow(): void {
    this.#many = new DataView(new ArrayBuffer(BITMAP_BYTES))
    for (const packetId of this.#few) flip(this.#many, packetId)
    this.#few.clear()
  }
}

const FEW = 128
const BITMAP_BYTES = 65_536 / 8

function holds(bits: DataView, packetId: PacketIdentifier): boolean {
  return (bits.getUint8(packetId >> 3) & (1 << (packetId & 7))) !== 0
}

function flip(bits: DataView, packetId: PacketIdentifier): void {
  bits.setUint8(packetId >> 3, bits.getUint8(packetId >> 3) ^ (1 << (packetId & 7)))
}
