/** Types of Control Packets and versions of MQTT, as people write them. */
import { PACKET_TYPES } from '@godwit/codec'
import type { PacketType, ProtocolVersion } from '@godwit/codec'

/** The type with this number, or `undefined` for 0. */
export function packetTypeOfCode(code: number): PacketType | undefined {
  return TYPES[code]
}

/** What a version is called: `3.1`, `3.1.1` or `5.0`. */
export const VERSION_NAMES: Readonly<Record<ProtocolVersion, string>> = {
  3: '3.1',
  4: '3.1.1',
  5: '5.0',
}

const TYPES: readonly (PacketType | undefined)[] = [
  undefined,
  ...Object.keys(PACKET_TYPES).filter(isPacketType),
]

function isPacketType(name: string): name is PacketType {
  return name in PACKET_TYPES
}
