// What programs read.

import { describe, expect, it } from 'vitest'
import { encode } from '@godwit/codec'
import { bytesOf } from '@godwit/codec/testing'
import { tellingForPrograms } from '../../src/inspect/packet-json.ts'
import { PLAIN, toldToPrograms } from './telling.ts'

describe('for programs', () => {
  it('fields and properties stand under their names', () => {
    const subscription = { noLocal: false, retainAsPublished: true, retainHandling: 2 } as const
    const subscribe = encode(
      {
        type: 'subscribe',
        packetId: 7,
        subscriptions: [{ filter: 'a/#', qos: 2, ...subscription }],
        properties: { subscriptionIdentifier: 9, userProperty: [['k', 'v']] },
      },
      5,
    )
    expect(toldToPrograms(subscribe)).toEqual([
      {
        type: 'SUBSCRIBE',
        version: '5.0',
        guess: true,
        alsoWellFormedIn: [],
        at: 0,
        bytes: 20,
        fields: {
          controlPacketType: 8,
          flags: '0010',
          remainingLength: 18,
          packetIdentifier: 7,
          properties: {
            propertyLength: 9,
            subscriptionIdentifier: 9,
            userProperty: [['k', 'v']],
          },
          subscription: [
            {
              topicFilter: 'a/#',
              maximumQoS: 2,
              noLocal: false,
              retainAsPublished: true,
              retainHandling: 2,
            },
          ],
        },
      },
    ])
  })

  it('payloads are text or hexadecimal, and say if there is more of them', () => {
    const payload = Buffer.alloc(100, 0xff)
    const packet = {
      type: 'publish',
      topic: 'a',
      payload,
      qos: 0,
      retain: false,
      dup: false,
    } as const
    const [told] = toldToPrograms(encode({ ...packet, packetId: 0 }, 5))
    expect(told).toMatchObject({
      fields: { payload: { bytes: 100, hex: 'ff'.repeat(32), clipped: true } },
    })
  })

  it('codes have their names', () => {
    expect(toldToPrograms(bytesOf('90 05 0001 00 01 87'))).toMatchObject([
      { fields: { reasonCode: [1, 0x87], reasonName: ['Granted QoS 1', 'Not authorized'] } },
    ])
  })

  it('a malformed packet says where and why, and has its bytes', () => {
    expect(toldToPrograms(bytesOf('30 06 0003612f23 00'))).toMatchObject([
      {
        malformed: {
          at: 6,
          length: 1,
          message: 'A Topic Name holds the wildcard # [MQTT-3.3.2-2]',
          statement: 'MQTT-3.3.2-2',
          reasonCode: 0x81,
          reason: 'Malformed Packet (0x81)',
          hex: '30060003612f2300',
        },
      },
    ])
  })

  it('a password is not told', () => {
    const hex = '10 17 0004 4d515454 04 c2 003c 0001 61 0002 6164 0004 70617373'
    expect(JSON.stringify(toldToPrograms(bytesOf(hex)))).toContain('"password":null')
    const [told] = toldToPrograms(bytesOf(hex), { secrets: true })
    expect(told).toMatchObject({ fields: { password: { bytes: 4, text: 'pass' } } })
  })

  it('the layout says where each field is', () => {
    const [told] = toldToPrograms(bytesOf('40 02 0007'), { offsets: true })
    expect(told).toMatchObject({
      layout: [{}, {}, { at: 1, length: 1 }, { name: 'Packet Identifier', at: 2, length: 2 }],
    })
  })

  it('time, connection and sender stand in front', () => {
    const tell = tellingForPrograms(PLAIN)
    const about = { timeMs: 1_700_000_000_123, connection: 3, sender: 'server' } as const
    expect(
      tell({ ...about, type: 'note', kind: 'gap', text: 'a gap', details: { bytes: 5 } }),
    ).toBe(
      '{"time":"2023-11-14T22:13:20.123Z","connection":3,"sender":"server",' +
        '"note":"gap","text":"a gap","bytes":5}\n',
    )
  })
})
