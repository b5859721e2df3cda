// PUBACK, PUBREC, PUBREL and PUBCOMP (§3.4 to §3.7). Further bytes are in the corpus.

import { describe, expect, it } from 'vitest'
import { ACK_BYTES, encode, writeAck } from '../../src/index.ts'
import { hexOf } from '../../src/testing/index.ts'
import {
  encodingRefusal,
  malformedBy,
  protocolErrorBy,
  refusalOf,
  unencodableBy,
} from '../refusal.ts'

const TYPES = ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const

describe('decoding an acknowledgement', () => {
  it('refuses a code that is none of PUBACK [MQTT-3.4.2-1]', () => {
    expect(refusalOf(5, '40 03 0001 92')).toEqual(protocolErrorBy('MQTT-3.4.2-1'))
  })

  it('refuses a code that is none of PUBREC [MQTT-3.5.2-1]', () => {
    expect(refusalOf(5, '50 03 0001 92')).toEqual(protocolErrorBy('MQTT-3.5.2-1'))
  })

  it('refuses a code that is none of PUBREL [MQTT-3.6.2-1]', () => {
    expect(refusalOf(5, '62 03 0001 80')).toEqual(protocolErrorBy('MQTT-3.6.2-1'))
  })

  it('refuses a code that is none of PUBCOMP [MQTT-3.7.2-1]', () => {
    expect(refusalOf(5, '70 03 0001 80')).toEqual(protocolErrorBy('MQTT-3.7.2-1'))
  })

  it('refuses the Packet Identifier 0 [MQTT-2.2.1-3]', () => {
    expect(refusalOf(4, '40 02 0000')).toEqual(malformedBy('MQTT-2.2.1-3'))
  })

  it('refuses all that follows the Packet Identifier before MQTT 5.0', () => {
    expect(refusalOf(4, '40 03 0001 00')).toEqual(malformedBy())
  })
})

describe('encoding an acknowledgement', () => {
  it.each(TYPES)('writes a %s of Success in four bytes in every version', (type) => {
    for (const version of [3, 4, 5] as const) {
      const target = new Uint8Array(6).fill(0xee)
      expect(writeAck(target, 1, type, 0xabcd)).toBe(1 + ACK_BYTES)
      const bytes = encode({ type, packetId: 0xabcd, reasonCode: 0 }, version)
      expect(hexOf(target)).toBe(`ee${hexOf(bytes)}ee`)
    }
  })

  it.each(TYPES)('refuses a %s that its version cannot say', (type) => {
    const packet = { type, packetId: 1, reasonCode: 0 }
    expect(encodingRefusal({ ...packet, reasonCode: 0x92 }, 4)).toEqual(unencodableBy())
    expect(encodingRefusal({ ...packet, properties: { reasonString: 'a' } }, 4)).toEqual(
      unencodableBy(),
    )
    expect(encodingRefusal({ ...packet, packetId: 0 }, 5)).toEqual(unencodableBy('MQTT-2.2.1-3'))
    expect(encodingRefusal({ ...packet, packetId: 1.5 }, 5)).toEqual(unencodableBy())
  })

  it('refuses codes of other packets [MQTT-3.4.2-1] [MQTT-3.6.2-1]', () => {
    const puback = { type: 'puback', packetId: 1, reasonCode: 0x92 }
    expect(encodingRefusal(puback, 5)).toEqual(unencodableBy('MQTT-3.4.2-1'))
    const pubrel = { type: 'pubrel', packetId: 1, reasonCode: 0x10 }
    expect(encodingRefusal(pubrel, 5)).toEqual(unencodableBy('MQTT-3.6.2-1'))
  })
})
