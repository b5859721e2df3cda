/** Vectors of PINGREQ and PINGRESP (§3.12, §3.13), DISCONNECT (§3.14) and AUTH (§3.15). */
import { bytesOf } from '../hex.ts'
import { VERSIONS } from './vector.ts'
import type { PacketVector } from './vector.ts'

/** The packets that keep and end a connection, in every version. */
export const CONNECTION_VECTORS: readonly PacketVector[] = [
  ...VERSIONS.flatMap((version): PacketVector[] => [
    { name: 'a PINGREQ', version, hex: 'c0 00', packet: { type: 'pingreq' } },
    { name: 'a PINGRESP', version, hex: 'd0 00', packet: { type: 'pingresp' } },
    {
      name: 'a DISCONNECT without a body',
      version,
      hex: 'e0 00',
      packet: { type: 'disconnect', reasonCode: 0x00 },
    },
  ]),
  {
    name: 'a DISCONNECT with a Reason Code alone',
    version: 5,
    hex: 'e0 01 04',
    packet: { type: 'disconnect', reasonCode: 0x04 },
  },
  {
    name: 'a DISCONNECT that says Normal disconnection in full',
    version: 5,
    hex: 'e0 02 00 00',
    packet: { type: 'disconnect', reasonCode: 0x00 },
    decodeOnly: true,
  },
  {
    name: 'a DISCONNECT with every property',
    version: 5,
    hex: 'e0 1f 9c 1d 11 0000000a 1c 00056f74686572 1f 00066d6f76696e67 26 000161 000162',
    packet: {
      type: 'disconnect',
      reasonCode: 0x9c,
      properties: {
        sessionExpiryInterval: 10,
        serverReference: 'other',
        reasonString: 'moving',
        userProperty: [['a', 'b']],
      },
    },
  },
  {
    name: 'an AUTH without a body, which means Success',
    version: 5,
    hex: 'f0 00',
    packet: { type: 'auth', reasonCode: 0x00 },
  },
  {
    name: 'an AUTH with every property',
    version: 5,
    hex: 'f0 1e 18 1c 15 0005534352414d 16 0002 beef 1f 0005676f206f6e 26 000161 000162',
    packet: {
      type: 'auth',
      reasonCode: 0x18,
      properties: {
        authenticationMethod: 'SCRAM',
        authenticationData: bytesOf('beef'),
        reasonString: 'go on',
        userProperty: [['a', 'b']],
      },
    },
  },
]
