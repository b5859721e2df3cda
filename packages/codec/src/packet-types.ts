/**
 * The table of Control Packet types (§2.1.2, §2.1.3): the number in the upper four bits of the
 * first byte, and the flags in its lower four. PUBLISH alone has flags that carry meaning.
 */

/** One row of {@link PACKET_TYPES}. */
export interface PacketTypeRow {
  readonly code: number
  readonly flags: number
}

/** Every Control Packet type by its name in this package, in the order of the codes from 1. */
export const PACKET_TYPES = {
  connect: { code: 1, flags: 0b0000 },
  connack: { code: 2, flags: 0b0000 },
  publish: { code: 3, flags: 0b0000 },
  puback: { code: 4, flags: 0b0000 },
  pubrec: { code: 5, flags: 0b0000 },
  pubrel: { code: 6, flags: 0b0010 },
  pubcomp: { code: 7, flags: 0b0000 },
  subscribe: { code: 8, flags: 0b0010 },
  suback: { code: 9, flags: 0b0000 },
  unsubscribe: { code: 10, flags: 0b0010 },
  unsuback: { code: 11, flags: 0b0000 },
  pingreq: { code: 12, flags: 0b0000 },
  pingresp: { code: 13, flags: 0b0000 },
  disconnect: { code: 14, flags: 0b0000 },
  auth: { code: 15, flags: 0b0000 },
} as const

/** The name of a Control Packet type. */
export type PacketType = keyof typeof PACKET_TYPES

/** The DUP flag of PUBLISH, and in MQTT 3.1 of PUBREL, SUBSCRIBE and UNSUBSCRIBE too. */
export const DUP_FLAG = 0b1000

/** The RETAIN flag of PUBLISH. */
export const RETAIN_FLAG = 0b0001

/** The first byte of a packet of this type whose flags are fixed. */
export function firstByteOf(type: PacketType): number {
  const row = PACKET_TYPES[type]
  return (row.code << 4) | row.flags
}

/** The type with this number, or `undefined` for 0. */
export function packetTypeOfCode(code: number): PacketType | undefined {
  return TYPES[code]
}

const TYPES: readonly (PacketType | undefined)[] = [
  undefined,
  ...Object.keys(PACKET_TYPES).filter(isPacketType),
]

function isPacketType(name: string): name is PacketType {
  return name in PACKET_TYPES
}
