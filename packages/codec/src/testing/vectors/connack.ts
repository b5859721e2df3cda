/** Vectors of CONNACK (§3.2). */
import { bytesOf } from '../hex.ts'
import type { PacketVector } from './vector.ts'

/** CONNACK packets of every version. */
export const CONNACK_VECTORS: readonly PacketVector[] = [
  {
    name: 'a CONNACK of MQTT 3.1 that accepts',
    version: 3,
    hex: '20 02 00 00',
    packet: { type: 'connack', sessionPresent: false, reasonCode: 0x00 },
  },
  {
    name: 'a CONNACK of MQTT 3.1 whose unused byte is not zero',
    version: 3,
    hex: '20 02 ff 05',
    packet: { type: 'connack', sessionPresent: false, reasonCode: 0x87 },
    decodeOnly: true,
  },
  {
    name: 'a CONNACK of MQTT 3.1.1 with a session',
    version: 4,
    hex: '20 02 01 00',
    packet: { type: 'connack', sessionPresent: true, reasonCode: 0x00 },
  },
  ...([0x84, 0x85, 0x88, 0x86, 0x87] as const).map((reasonCode, index): PacketVector => {
    return {
      name: `a CONNACK of MQTT 3.1.1 with the Connect Return code ${index + 1}`,
      version: 4,
      hex: `20 02 00 0${index + 1}`,
      packet: { type: 'connack', sessionPresent: false, reasonCode },
    }
  }),
  {
    name: 'a CONNACK of MQTT 5.0 that refuses',
    version: 5,
    hex: '20 03 00 8a 00',
    packet: { type: 'connack', sessionPresent: false, reasonCode: 0x8a },
  },
  {
    name: 'a CONNACK of MQTT 5.0 with every property',
    version: 5,
    hex: `
      20 56 01 00 53 11 00000078 12 00066175746f2d31 13 001e 15 00014d 16 0001 01 1a
      0004696e666f 1c 000a6f746865723a31383833 1f 000777656c636f6d65 21 000a 22 0005 24 01
      25 00 26 000161 000162 27 00001000 28 00 29 00 2a 00`,
    packet: {
      type: 'connack',
      sessionPresent: true,
      reasonCode: 0x00,
      properties: {
        sessionExpiryInterval: 120,
        assignedClientIdentifier: 'auto-1',
        serverKeepAlive: 30,
        authenticationMethod: 'M',
        authenticationData: bytesOf('01'),
        responseInformation: 'info',
        serverReference: 'other:1883',
        reasonString: 'welcome',
        receiveMaximum: 10,
        topicAliasMaximum: 5,
        maximumQoS: 1,
        retainAvailable: 0,
        userProperty: [['a', 'b']],
        maximumPacketSize: 4096,
        wildcardSubscriptionAvailable: 0,
        subscriptionIdentifierAvailable: 0,
        sharedSubscriptionAvailable: 0,
      },
    },
  },
]
