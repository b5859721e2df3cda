/** Vectors of PUBLISH (§3.3). */
import type { PublishPacket } from '../../packets.ts'
import { bytesOf } from '../hex.ts'
import { BEFORE_5 } from './vector.ts'
import type { PacketVector } from './vector.ts'

const HI = bytesOf('6869')

/** PUBLISH packets of every version. */
export const PUBLISH_VECTORS: readonly PacketVector[] = [
  ...BEFORE_5.flatMap((version): PacketVector[] => [
    {
      name: 'a PUBLISH of QoS 0',
      version,
      hex: '30 07 0003612f62 6869',
      packet: publish({ payload: HI }),
    },
    {
      name: 'a PUBLISH of QoS 1 that is to be retained',
      version,
      hex: '33 09 0003612f62 0007 6869',
      packet: publish({ payload: HI, qos: 1, retain: true, packetId: 7 }),
    },
    {
      name: 'a PUBLISH of QoS 2 that is sent again',
      version,
      hex: '3c 07 0003612f62 ffff',
      packet: publish({ qos: 2, dup: true, packetId: 65_535 }),
    },
    {
      name: 'a PUBLISH with characters of every length, U+FEFF among them',
      version,
      hex: '30 10 000d efbbbf 7a c3a9 e282ac f09f9880 00',
      packet: publish({ topic: '\u{feff}zé€😀', payload: bytesOf('00') }),
    },
  ]),
  {
    name: 'a PUBLISH of QoS 0 and no properties',
    version: 5,
    hex: '31 08 0003612f62 00 6869',
    packet: publish({ payload: HI, retain: true }),
  },
  {
    name: 'a PUBLISH of QoS 1 with every property',
    version: 5,
    hex: `
      32 3b 0003612f62 000a 31 01 01 02 00000e10 03 00046a736f6e 08 00027265 09 0003
      010203 0b 01 0b ffffff7f 23 0002 26 00016b 000131 26 00016b 000132 6869`,
    packet: publish({
      payload: HI,
      qos: 1,
      packetId: 10,
      properties: {
        payloadFormatIndicator: 1,
        messageExpiryInterval: 3600,
        contentType: 'json',
        responseTopic: 're',
        correlationData: bytesOf('010203'),
        subscriptionIdentifier: [1, 268_435_455],
        topicAlias: 2,
        userProperty: [
          ['k', '1'],
          ['k', '2'],
        ],
      },
    }),
  },
  {
    name: 'a PUBLISH of QoS 1, sent again, whose Topic Name is a Topic Alias',
    version: 5,
    hex: '3a 0a 0000 0001 03 23 ffff 6869',
    packet: publish({
      topic: '',
      payload: HI,
      qos: 1,
      dup: true,
      packetId: 1,
      properties: { topicAlias: 65_535 },
    }),
  },
]

function publish(fields: Partial<PublishPacket>): PublishPacket {
  return {
    type: 'publish',
    topic: 'a/b',
    payload: bytesOf(''),
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
    ...fields,
  }
}
