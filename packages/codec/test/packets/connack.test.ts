// CONNACK (§3.2): the rules one by one. Further bytes are in the corpus.

import { describe, expect, it } from 'vitest'
import { Decoder } from '../../src/index.ts'
import { bytesOf } from '../../src/testing/index.ts'
import {
  encodingRefusal,
  malformedBy,
  protocolErrorBy,
  refusalOf,
  unencodableBy,
} from '../refusal.ts'

describe('decoding a CONNACK', () => {
  it('refuses acknowledge flags other than Session Present [MQTT-3.2.2-1]', () => {
    expect(refusalOf(4, '20 02 02 00')).toEqual(malformedBy('MQTT-3.2.2-1'))
    expect(refusalOf(5, '20 03 81 00 00')).toEqual(malformedBy('MQTT-3.2.2-1'))
  })

  it('refuses a session present with a code other than 0 [MQTT-3.2.2-6]', () => {
    expect(refusalOf(4, '20 02 01 05')).toEqual(protocolErrorBy('MQTT-3.2.2-6'))
    expect(refusalOf(5, '20 03 01 87 00')).toEqual(protocolErrorBy('MQTT-3.2.2-6'))
  })

  it('refuses a code that is none of CONNACK [MQTT-3.2.2-8]', () => {
    expect(refusalOf(5, '20 03 00 93 00')).toEqual(protocolErrorBy('MQTT-3.2.2-8'))
  })

  it('takes the refusal of a server that knows no MQTT 5.0 for what it is', () => {
    const decoder = new Decoder({ version: 5 })
    decoder.push(bytesOf('20 02 00 01'))
    expect(decoder.next()).toEqual({ type: 'connack', sessionPresent: false, reasonCode: 0x84 })
    expect(decoder.bufferedBytes).toBe(0)
  })

  it('reads no other CONNACK of older versions as one of MQTT 5.0', () => {
    expect(refusalOf(5, '20 02 00 00')).toEqual(malformedBy())
    expect(refusalOf(5, '20 02 00 02')).toEqual(protocolErrorBy('MQTT-3.2.2-8'))
    expect(refusalOf(5, '20 02 01 01')).toEqual(protocolErrorBy('MQTT-3.2.2-8'))
    expect(refusalOf(5, '20 03 00 01 00')).toEqual(protocolErrorBy('MQTT-3.2.2-8'))
    expect(refusalOf(5, '20 01 00')).toEqual(malformedBy())
  })
})

describe('encoding a CONNACK', () => {
  it('refuses a session present that cannot be [MQTT-3.2.2-6]', () => {
    expect(encodingRefusal(connack({ sessionPresent: true, reasonCode: 0x87 }), 5)).toEqual(
      unencodableBy('MQTT-3.2.2-6'),
    )
    expect(encodingRefusal(connack({ sessionPresent: true }), 3)).toEqual(
      unencodableBy('MQTT-3.2.2-6'),
    )
  })

  it('refuses a code that is none of CONNACK [MQTT-3.2.2-8]', () => {
    const refusal = unencodableBy('MQTT-3.2.2-8')
    expect(encodingRefusal(connack({ reasonCode: 0x8e }), 5)).toEqual(refusal)
    expect(encodingRefusal(connack({ reasonCode: undefined }), 5)).toEqual(refusal)
  })

  it('refuses a Reason Code for which older versions have no Connect Return code', () => {
    expect(encodingRefusal(connack({ reasonCode: 0x89 }), 4)).toEqual(unencodableBy())
  })

  it('refuses properties before MQTT 5.0, and flags that are not boolean', () => {
    const properties = { reasonString: 'no' }
    expect(encodingRefusal(connack({ properties }), 4)).toEqual(unencodableBy())
    expect(encodingRefusal(connack({ sessionPresent: undefined }), 4)).toEqual(unencodableBy())
  })
})

function connack(fields: object): unknown {
  return { type: 'connack', sessionPresent: false, reasonCode: 0, ...fields }
}
