// PUBLISH (§3.3): the rules one by one. Further bytes are in the corpus.

import { describe, expect, it } from 'vitest'
import { encode } from '../../src/index.ts'
import { bytesOf, decodeChunks, hexOf } from '../../src/testing/index.ts'
import {
  encodingRefusal,
  malformedBy,
  protocolErrorBy,
  refusalOf,
  unencodableBy,
} from '../refusal.ts'

describe('decoding a PUBLISH', () => {
  it('refuses DUP at QoS 0 [MQTT-3.3.1-2]', () => {
    expect(refusalOf(4, '38 03 000161')).toEqual(malformedBy('MQTT-3.3.1-2'))
  })

  it.each([
    ['30 09 000161 05 08 0002c328', 'Response Topic'],
    ['30 0a 000161 06 08 0003eda080', 'Response Topic'],
    ['30 09 000161 05 03 0002c328', 'Content Type'],
    ['30 0a 000161 06 03 0003eda080', 'Content Type'],
  ])('refuses %s, whose %s is no UTF-8 [MQTT-3.3.2-13] [MQTT-3.3.2-19]', (bytes) => {
    expect(refusalOf(5, bytes)).toEqual(malformedBy('MQTT-1.5.4-1'))
  })

  it('refuses QoS 3 [MQTT-3.3.1-4]', () => {
    expect(refusalOf(4, '36 05 000161 0001')).toEqual(malformedBy('MQTT-3.3.1-4'))
    expect(refusalOf(5, '3e 06 000161 0001 00')).toEqual(malformedBy('MQTT-3.3.1-4'))
  })

  it('reads the Topic Name first [MQTT-3.3.2-1]', () => {
    expect(refusalOf(4, '30 01 00')).toEqual(malformedBy())
    expect(decodeChunks([bytesOf('30 03 000161')], { version: 4 })).toMatchObject([{ topic: 'a' }])
  })

  it('refuses wildcards in a Topic Name [MQTT-3.3.2-2]', () => {
    expect(refusalOf(4, '30 05 0003612f2b')).toEqual(malformedBy('MQTT-3.3.2-2'))
    expect(refusalOf(4, '30 03 000123')).toEqual(malformedBy('MQTT-3.3.2-2'))
  })

  it('refuses an empty Topic Name where no Topic Alias takes its place [MQTT-4.7.3-1]', () => {
    expect(refusalOf(4, '30 02 0000')).toEqual(protocolErrorBy('MQTT-4.7.3-1'))
    expect(refusalOf(5, '30 03 0000 00')).toEqual(protocolErrorBy('MQTT-4.7.3-1'))
  })

  it('reads no Packet Identifier at QoS 0 [MQTT-2.2.1-2]', () => {
    const packet = { packetId: 0, payload: bytesOf('0001') }
    const bytes = bytesOf('30 05 000161 0001')
    expect(decodeChunks([bytes], { version: 4 })).toMatchObject([packet])
  })

  it('refuses the Packet Identifier 0 above QoS 0 [MQTT-2.2.1-3]', () => {
    expect(refusalOf(4, '32 05 000161 0000')).toEqual(malformedBy('MQTT-2.2.1-3'))
  })

  it('refuses a Topic Alias of 0 with its own Reason Code [MQTT-3.3.2-8]', () => {
    expect(refusalOf(5, '30 07 000161 03 23 0000')).toEqual({
      ...malformedBy('MQTT-3.3.2-8'),
      reasonCode: 0x94,
    })
  })

  it('refuses a Response Topic with wildcards [MQTT-3.3.2-14]', () => {
    expect(refusalOf(5, '30 0a 000161 06 08 0003722f2b')).toEqual(malformedBy('MQTT-3.3.2-14'))
  })

  it('keeps the order of User Properties [MQTT-3.3.2-18]', () => {
    const bytes = bytesOf(
      '30 1d 000161 19 26 000162 000131 03 000174 26 000161 000132 26 000162 000130',
    )
    const userProperty = [
      ['b', '1'],
      ['a', '2'],
      ['b', '0'],
    ]
    expect(decodeChunks([bytes])).toMatchObject([{ properties: { userProperty } }])
  })
})

describe('encoding a PUBLISH', () => {
  it('writes the Topic Name first [MQTT-3.3.2-1]', () => {
    const packet = { type: 'publish', topic: 'a', payload: bytesOf('2a') } as const
    const bytes = encode({ ...packet, qos: 2, retain: true, dup: true, packetId: 258 }, 5)
    expect(hexOf(bytes)).toBe(hexOf(bytesOf('3d 07 000161 0102 00 2a')))
  })

  it.each([
    ['QoS 3', { qos: 3, packetId: 1 }, 'MQTT-3.3.1-4'],
    ['half a QoS', { qos: 0.5 }, 'MQTT-3.3.1-4'],
    ['DUP at QoS 0', { dup: true }, 'MQTT-3.3.1-2'],
    ['a Packet Identifier at QoS 0', { packetId: 1 }, 'MQTT-2.2.1-2'],
    ['the Packet Identifier 0 above it', { qos: 1 }, 'MQTT-2.2.1-3'],
    ['a wildcard', { topic: 'a/#' }, 'MQTT-3.3.2-2'],
    ['an empty Topic Name', { topic: '' }, 'MQTT-4.7.3-1'],
    ['a Packet Identifier of 65,536', { qos: 1, packetId: 65_536 }, undefined],
    ['no Topic Name', { topic: undefined }, undefined],
    ['a payload of text', { payload: 'text' }, undefined],
    ['a RETAIN of 1', { retain: 1 }, undefined],
    ['a DUP of text', { qos: 1, packetId: 1, dup: 'no' }, undefined],
  ])('refuses %s', (_, fields, statement) => {
    expect(encodingRefusal(publish(fields), 4)).toEqual(unencodableBy(statement))
    expect(encodingRefusal(publish(fields), 5)).toEqual(unencodableBy(statement))
  })

  it('refuses an empty Topic Name beside a Topic Alias before MQTT 5.0', () => {
    const packet = publish({ topic: '', properties: { topicAlias: 1 } })
    expect(encodingRefusal(packet, 4)).toEqual(unencodableBy())
    expect(encodingRefusal(packet, 9)).toEqual(unencodableBy())
  })
})

function publish(fields: object): unknown {
  const packet = { type: 'publish', topic: 'a', payload: bytesOf('') }
  return { ...packet, qos: 0, retain: false, dup: false, packetId: 0, ...fields }
}
