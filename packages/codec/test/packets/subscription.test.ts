// SUBSCRIBE, SUBACK, UNSUBSCRIBE and UNSUBACK (§3.8 to §3.11). Further bytes are in the corpus.

import { describe, expect, it } from 'vitest'
import {
  encodingRefusal,
  malformedBy,
  protocolErrorBy,
  refusalOf,
  unencodableBy,
} from '../refusal.ts'

describe('decoding a SUBSCRIBE', () => {
  it('takes a Topic Filter for a UTF-8 string [MQTT-3.8.3-1]', () => {
    expect(refusalOf(4, '82 06 0001 0001 ff 00')).toEqual(malformedBy('MQTT-1.5.4-1'))
  })

  it('refuses one without a Topic Filter [MQTT-3.8.3-2]', () => {
    expect(refusalOf(4, '82 02 0001')).toEqual(protocolErrorBy('MQTT-3.8.3-2'))
    expect(refusalOf(5, '82 03 0001 00')).toEqual(protocolErrorBy('MQTT-3.8.3-2'))
  })

  it('refuses reserved bits of the Subscription Options [MQTT-3.8.3-5]', () => {
    expect(refusalOf(5, '82 07 0001 00 000161 80')).toEqual(malformedBy('MQTT-3.8.3-5'))
    expect(refusalOf(4, '82 06 0001 000161 04')).toEqual(malformedBy('MQTT-3.8.3-5'))
  })

  it('refuses a subscription of QoS 3 [MQTT311-3.8.3-4]', () => {
    expect(refusalOf(4, '82 06 0001 000161 03')).toEqual(protocolErrorBy('MQTT311-3.8.3-4'))
    expect(refusalOf(5, '82 07 0001 00 000161 03')).toEqual(protocolErrorBy())
  })
})

describe('decoding a SUBACK', () => {
  it('refuses one without a Reason Code [MQTT-3.8.4-6]', () => {
    expect(refusalOf(4, '90 02 0001')).toEqual(malformedBy('MQTT-3.8.4-6'))
  })

  it('refuses a code that is none of SUBACK [MQTT-3.9.3-2]', () => {
    expect(refusalOf(5, '90 04 0001 00 11')).toEqual(protocolErrorBy('MQTT-3.9.3-2'))
  })

  it('refuses codes of MQTT 5.0 in older versions [MQTT311-3.9.3-2]', () => {
    expect(refusalOf(4, '90 03 0001 87')).toEqual(malformedBy('MQTT311-3.9.3-2'))
    expect(refusalOf(3, '90 03 0001 80')).toEqual(malformedBy('MQTT311-3.9.3-2'))
  })
})

describe('decoding an UNSUBSCRIBE', () => {
  it('takes a Topic Filter for a UTF-8 string [MQTT-3.10.3-1]', () => {
    expect(refusalOf(4, 'a2 05 0001 0001 ff')).toEqual(malformedBy('MQTT-1.5.4-1'))
  })

  it('refuses one without a Topic Filter [MQTT-3.10.3-2]', () => {
    expect(refusalOf(4, 'a2 02 0001')).toEqual(protocolErrorBy('MQTT-3.10.3-2'))
  })
})

describe('decoding an UNSUBACK', () => {
  it('refuses one without a Reason Code in MQTT 5.0 [MQTT-3.11.3-1]', () => {
    expect(refusalOf(5, 'b0 03 0001 00')).toEqual(malformedBy('MQTT-3.11.3-1'))
  })

  it('refuses a code that is none of UNSUBACK [MQTT-3.11.3-2]', () => {
    expect(refusalOf(5, 'b0 04 0001 00 01')).toEqual(protocolErrorBy('MQTT-3.11.3-2'))
  })
})

describe('encoding a SUBSCRIBE', () => {
  it.each([
    ['no Topic Filter', { subscriptions: [] }, 'MQTT-3.8.3-2'],
    ['no list', { subscriptions: undefined }, undefined],
    ['a string for a subscription', { subscriptions: ['a'] }, undefined],
    ['QoS 3', subscriptions({ qos: 3 }), undefined],
    ['a number for a filter', subscriptions({ filter: 7 }), undefined],
    ['a Retain Handling of 3', subscriptions({ retainHandling: 3 }), undefined],
    ['a Retain Handling of text', subscriptions({ retainHandling: '1' }), undefined],
    ['no No Local', subscriptions({ noLocal: undefined }), undefined],
    ['no Retain As Published', subscriptions({ retainAsPublished: undefined }), undefined],
    ['the Packet Identifier 0', { packetId: 0 }, 'MQTT-2.2.1-3'],
  ])('refuses %s', (_, fields, statement) => {
    const packet = { type: 'subscribe', packetId: 1, ...subscriptions({}), ...fields }
    expect(encodingRefusal(packet, 5)).toEqual(unencodableBy(statement))
  })

  it('refuses Subscription Options and properties before MQTT 5.0', () => {
    const packet = { type: 'subscribe', packetId: 1, ...subscriptions({}) }
    const properties = { subscriptionIdentifier: 1 }
    expect(encodingRefusal({ ...packet, ...subscriptions({ noLocal: true }) }, 4)).toEqual(
      unencodableBy(),
    )
    expect(encodingRefusal({ ...packet, properties }, 4)).toEqual(unencodableBy())
  })
})

describe('encoding a SUBACK, an UNSUBSCRIBE and an UNSUBACK', () => {
  it.each([
    ['a SUBACK without codes', 5, { type: 'suback', reasonCodes: [] }, 'MQTT-3.8.4-6'],
    ['a SUBACK without a list', 5, { type: 'suback' }, undefined],
    ['a SUBACK with a foreign code', 5, { type: 'suback', reasonCodes: [0x11] }, 'MQTT-3.9.3-2'],
    ['a SUBACK with a late code', 4, { type: 'suback', reasonCodes: [0x87] }, 'MQTT311-3.9.3-2'],
    ['a SUBACK of 3.1 that refuses', 3, { type: 'suback', reasonCodes: [0x80] }, 'MQTT311-3.9.3-2'],
    ['an UNSUBSCRIBE without filters', 4, { type: 'unsubscribe', filters: [] }, 'MQTT-3.10.3-2'],
    ['an UNSUBSCRIBE without a list', 4, { type: 'unsubscribe', filters: 'a' }, undefined],
    ['an UNSUBSCRIBE of a number', 5, { type: 'unsubscribe', filters: [1] }, undefined],
    ['an UNSUBACK without codes', 5, { type: 'unsuback', reasonCodes: [] }, 'MQTT-3.11.3-1'],
    ['an UNSUBACK with a foreign code', 5, { type: 'unsuback', reasonCodes: [1] }, 'MQTT-3.11.3-2'],
    ['an UNSUBACK of 3.1.1 with codes', 4, { type: 'unsuback', reasonCodes: [0] }, undefined],
    ['an UNSUBACK without a list', 4, { type: 'unsuback' }, undefined],
  ] as const)('refuses %s', (_, version, fields, statement) => {
    expect(encodingRefusal({ packetId: 1, ...fields }, version)).toEqual(unencodableBy(statement))
  })
})

function subscriptions(fields: object): object {
  const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 }
  return { subscriptions: [{ filter: 'a', ...options, ...fields }] }
}
