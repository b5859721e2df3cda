// The fixed header (§2.1): flags, types and the Remaining Length.

import { describe, expect, it } from 'vitest'
import { Decoder, PACKET_TYPES } from '../src/index.ts'
import { bytesOf } from '../src/testing/index.ts'
import { malformedBy, refusalBy, refusalOf } from './refusal.ts'

describe('the flags of the fixed header', () => {
  it('are refused where they are not the ones of the packet type [MQTT-2.1.3-1]', () => {
    for (const first of ['12', '21', '48', '52', '74', '91', 'b8', 'c1', 'd2']) {
      expect(refusalOf(5, `${first} 00`)).toEqual(malformedBy('MQTT-2.1.3-1'))
    }
  })

  it('are 0010 for PUBREL [MQTT-3.6.1-1]', () => {
    expect(refusalOf(4, '60 02 0001')).toEqual(malformedBy('MQTT-3.6.1-1'))
  })

  it('are 0010 for SUBSCRIBE [MQTT-3.8.1-1]', () => {
    expect(refusalOf(4, '80 00')).toEqual(malformedBy('MQTT-3.8.1-1'))
  })

  it('are 0010 for UNSUBSCRIBE [MQTT-3.10.1-1]', () => {
    expect(refusalOf(4, 'a1 00')).toEqual(malformedBy('MQTT-3.10.1-1'))
  })

  it('are 0000 for DISCONNECT [MQTT-3.14.1-1]', () => {
    expect(refusalOf(4, 'e8 00')).toEqual(malformedBy('MQTT-3.14.1-1'))
  })

  it('are 0000 for AUTH [MQTT-3.15.1-1]', () => {
    expect(refusalOf(5, 'f2 00')).toEqual(malformedBy('MQTT-3.15.1-1'))
  })

  it('are refused in every combination but one for every type but PUBLISH', () => {
    for (const [type, { code, flags }] of Object.entries(PACKET_TYPES)) {
      const wrong = Array.from({ length: 16 }, (_, some) => some).filter((some) => some !== flags)
      for (const some of type === 'publish' ? [] : wrong) {
        const decoder = new Decoder()
        decoder.push(Uint8Array.of((code << 4) | some))
        expect(refusalBy(() => decoder.next()).reasonCode).toBe(0x81)
      }
    }
  })
})

describe('the Remaining Length', () => {
  it('has no more bytes than it needs [MQTT-1.5.5-1]', () => {
    expect(refusalOf(4, 'c0 80 00')).toEqual(malformedBy('MQTT-1.5.5-1'))
    expect(refusalOf(4, 'c0 ff 80 00')).toEqual(malformedBy('MQTT-1.5.5-1'))
  })

  it('has at most four bytes', () => {
    expect(refusalOf(4, '30 ff ff ff ff')).toEqual(malformedBy())
    expect(refusalOf(4, '30 80 80 80 80 01')).toEqual(malformedBy())
  })

  it.each([
    [127, '7f'],
    [128, '8001'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2_097_151, 'ffff7f'],
    [2_097_152, '80808001'],
  ])('of %i is read from %s', (length, hex) => {
    const body = new Uint8Array(length)
    body.set([0, 1, 0x61])
    const decoder = new Decoder({ version: 4 })
    decoder.push(Uint8Array.of(0x30, ...bytesOf(hex)))
    decoder.push(body)
    expect(decoder.next()).toMatchObject({
      length: 1 + hex.length / 2 + length,
      payloadAt: 4 + hex.length / 2,
    })
  })
})
