/** Vectors of PUBACK, PUBREC, PUBREL and PUBCOMP (§3.4 to §3.7). */
import { VERSIONS } from './vector.ts'
import type { PacketVector } from './vector.ts'

const TYPES = [
  { type: 'puback', byte: '40', code: 0x10, codeByte: '10' },
  { type: 'pubrec', byte: '50', code: 0x97, codeByte: '97' },
  { type: 'pubrel', byte: '62', code: 0x92, codeByte: '92' },
  { type: 'pubcomp', byte: '70', code: 0x92, codeByte: '92' },
] as const

/** PUBACK, PUBREC, PUBREL and PUBCOMP packets of every version. */
export const ACKNOWLEDGEMENT_VECTORS: readonly PacketVector[] = [
  ...VERSIONS.flatMap((version) =>
    TYPES.map(({ type, byte }): PacketVector => {
      return {
        name: `a ${type.toUpperCase()} of four bytes`,
        version,
        hex: `${byte} 02 0102`,
        packet: { type, packetId: 0x0102, reasonCode: 0x00 },
      }
    }),
  ),
  {
    name: 'a PUBREL of MQTT 3.1 that is sent again',
    version: 3,
    hex: '6a 02 0102',
    packet: { type: 'pubrel', packetId: 0x0102, reasonCode: 0x00 },
    decodeOnly: true,
  },
  ...TYPES.flatMap(({ type, byte, code, codeByte }): PacketVector[] => [
    {
      name: `a ${type.toUpperCase()} with a Reason Code alone`,
      version: 5,
      hex: `${byte} 03 0001 ${codeByte}`,
      packet: { type, packetId: 1, reasonCode: code },
    },
    {
      name: `a ${type.toUpperCase()} that says Success in full`,
      version: 5,
      hex: `${byte} 04 0001 00 00`,
      packet: { type, packetId: 1, reasonCode: 0x00 },
      decodeOnly: true,
    },
    {
      name: `a ${type.toUpperCase()} with every property`,
      version: 5,
      hex: `${byte} 10 ffff ${codeByte} 0c 1f 0002 6e6f 26 0001 61 0001 62`,
      packet: {
        type,
        packetId: 65_535,
        reasonCode: code,
        properties: { reasonString: 'no', userProperty: [['a', 'b']] },
      },
    },
  ]),
]
