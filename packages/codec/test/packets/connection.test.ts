// DISCONNECT and AUTH (§3.14, §3.15). Further bytes are in the corpus.

import { describe, expect, it } from 'vitest'
import { encode } from '../../src/index.ts'
import { hexOf } from '../../src/testing/index.ts'
import {
  encodingRefusal,
  malformedBy,
  protocolErrorBy,
  refusalOf,
  unencodableBy,
} from '../refusal.ts'

describe('DISCONNECT', () => {
  it('is refused with a code that is none of its own [MQTT-3.14.2-1]', () => {
    expect(refusalOf(5, 'e0 01 8a')).toEqual(protocolErrorBy('MQTT-3.14.2-1'))
    const packet = { type: 'disconnect', reasonCode: 0x8a }
    expect(encodingRefusal(packet, 5)).toEqual(unencodableBy('MQTT-3.14.2-1'))
  })

  it('has no body before MQTT 5.0', () => {
    expect(refusalOf(4, 'e0 01 00')).toEqual(malformedBy())
    expect(encodingRefusal({ type: 'disconnect', reasonCode: 0x04 }, 4)).toEqual(unencodableBy())
  })

  it('is written without what says nothing', () => {
    expect(hexOf(encode({ type: 'disconnect', reasonCode: 0, properties: {} }, 5))).toBe('e000')
    expect(hexOf(encode({ type: 'disconnect', reasonCode: 4, properties: {} }, 5))).toBe('e00104')
  })
})

describe('AUTH', () => {
  it('is refused with a code that is none of its own [MQTT-3.15.2-1]', () => {
    expect(refusalOf(5, 'f0 06 01 04 15 00016d')).toEqual(protocolErrorBy('MQTT-3.15.2-1'))
    const packet = { type: 'auth', reasonCode: 0x80, properties: { authenticationMethod: 'm' } }
    expect(encodingRefusal(packet, 5)).toEqual(unencodableBy('MQTT-3.15.2-1'))
  })

  it('is refused without an Authentication Method [MQTT-4.12.0-5]', () => {
    expect(refusalOf(5, 'f0 02 18 00')).toEqual(protocolErrorBy('MQTT-4.12.0-5'))
    const packet = { type: 'auth', reasonCode: 0x18 }
    expect(encodingRefusal(packet, 5)).toEqual(unencodableBy('MQTT-4.12.0-5'))
  })

  it('does not exist before MQTT 5.0', () => {
    expect(refusalOf(4, 'f0 00')).toEqual(malformedBy())
    expect(encodingRefusal({ type: 'auth', reasonCode: 0 }, 4)).toEqual(unencodableBy())
  })
})
