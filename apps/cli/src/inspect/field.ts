/** What a Control Packet is made of, for showing it: names, values, and where their bytes are. */

/** One field of a packet, or a group of them. */
export interface Field {
  /** The name that the specification gives it: `Keep Alive`. */
  readonly name: string
  /** The offset of its first byte, counted from the first byte of the packet. */
  readonly at: number
  /** How many bytes it takes, its own length prefix included. */
  readonly length: number
  /** What it says; absent for a group. */
  readonly value?: FieldValue
  /** What the value means, where it does not say so itself: `seconds`, or the name of a code. */
  readonly meaning?: string
  /** The fields of a group. */
  readonly parts?: readonly Field[]
  /** Whether its group may hold it more than once. */
  readonly many?: true
}

/** What a field can say. A pair is a User Property. */
export type FieldValue = string | number | boolean | Uint8Array | readonly [string, string]

/** Some bytes. */
export interface ByteRange {
  /** The offset of the first of them. */
  readonly at: number
  readonly length: number
}

/** A packet taken apart, as far as it goes. */
export interface Anatomy {
  readonly fields: readonly Field[]
  /** Where it breaks the specification; what comes behind that is not in the fields. */
  readonly fault?: ByteRange
  /** Whether its bytes end before it does. */
  readonly cutOff: boolean
}
