/** Vectors of SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (§3.8 to §3.11). */
import type { Subscription } from '../../packets.ts'
import { BEFORE_5 } from './vector.ts'
import type { PacketVector } from './vector.ts'

const PLAIN = { noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
const USER_PROPERTY = { userProperty: [['a', 'b']] } as const

/** SUBSCRIBE packets of every version. */
export const SUBSCRIBE_VECTORS: readonly PacketVector[] = [
  ...BEFORE_5.map((version): PacketVector => {
    return {
      name: 'a SUBSCRIBE with every QoS',
      version,
      hex: '82 10 000a 000161 00 0003622f2b 01 000123 02',
      packet: {
        type: 'subscribe',
        packetId: 10,
        subscriptions: [
          { filter: 'a', qos: 0, ...PLAIN },
          { filter: 'b/+', qos: 1, ...PLAIN },
          { filter: '#', qos: 2, ...PLAIN },
        ],
      },
    }
  }),
  {
    name: 'a SUBSCRIBE of MQTT 3.1 that is sent again',
    version: 3,
    hex: '8a 06 000a 000161 00',
    packet: {
      type: 'subscribe',
      packetId: 10,
      subscriptions: [{ filter: 'a', qos: 0, ...PLAIN }],
    },
    decodeOnly: true,
  },
  {
    name: 'a SUBSCRIBE with every Subscription Option and property',
    version: 5,
    hex: '82 22 0001 0a 0b 8001 26 000161 000162 000161 04 000162 19 000a2473686172652f672f63 22',
    packet: {
      type: 'subscribe',
      packetId: 1,
      subscriptions: [
        subscription({ filter: 'a', noLocal: true }),
        subscription({ filter: 'b', qos: 1, retainAsPublished: true, retainHandling: 1 }),
        subscription({ filter: '$share/g/c', qos: 2, retainHandling: 2 }),
      ],
      properties: { subscriptionIdentifier: 128, ...USER_PROPERTY },
    },
  },
]

/** SUBACK packets of every version. */
export const SUBACK_VECTORS: readonly PacketVector[] = [
  {
    name: 'a SUBACK of MQTT 3.1',
    version: 3,
    hex: '90 05 000a 00 01 02',
    packet: { type: 'suback', packetId: 10, reasonCodes: [0x00, 0x01, 0x02] },
  },
  {
    name: 'a SUBACK of MQTT 3.1.1 that refuses one filter',
    version: 4,
    hex: '90 06 000a 00 01 02 80',
    packet: { type: 'suback', packetId: 10, reasonCodes: [0x00, 0x01, 0x02, 0x80] },
  },
  {
    name: 'a SUBACK of MQTT 5.0 with every property',
    version: 5,
    hex: '90 12 000a 0c 1f 00026e6f 26 000161 000162 02 8f a2',
    packet: {
      type: 'suback',
      packetId: 10,
      reasonCodes: [0x02, 0x8f, 0xa2],
      properties: { reasonString: 'no', ...USER_PROPERTY },
    },
  },
]

/** UNSUBSCRIBE packets of every version. */
export const UNSUBSCRIBE_VECTORS: readonly PacketVector[] = [
  ...BEFORE_5.map((version): PacketVector => {
    return {
      name: 'an UNSUBSCRIBE of two filters',
      version,
      hex: 'a2 0a ffff 000161 0003622f23',
      packet: { type: 'unsubscribe', packetId: 65_535, filters: ['a', 'b/#'] },
    }
  }),
  {
    name: 'an UNSUBSCRIBE of MQTT 3.1 that is sent again',
    version: 3,
    hex: 'aa 05 0001 000161',
    packet: { type: 'unsubscribe', packetId: 1, filters: ['a'] },
    decodeOnly: true,
  },
  {
    name: 'an UNSUBSCRIBE of MQTT 5.0 with every property',
    version: 5,
    hex: 'a2 0d 0001 07 26 000161 000162 000161',
    packet: { type: 'unsubscribe', packetId: 1, filters: ['a'], properties: USER_PROPERTY },
  },
]

/** UNSUBACK packets of every version. */
export const UNSUBACK_VECTORS: readonly PacketVector[] = [
  ...BEFORE_5.map((version): PacketVector => {
    return {
      name: 'an UNSUBACK without codes',
      version,
      hex: 'b0 02 0001',
      packet: { type: 'unsuback', packetId: 1, reasonCodes: [] },
    }
  }),
  {
    name: 'an UNSUBACK of MQTT 5.0 with every property',
    version: 5,
    hex: 'b0 12 0001 0c 1f 0002736f 26 000161 000162 00 11 87',
    packet: {
      type: 'unsuback',
      packetId: 1,
      reasonCodes: [0x00, 0x11, 0x87],
      properties: { reasonString: 'so', ...USER_PROPERTY },
    },
  },
]

function subscription(fields: Partial<Subscription> & { readonly filter: string }): Subscription {
  return { qos: 0, ...PLAIN, ...fields }
}
