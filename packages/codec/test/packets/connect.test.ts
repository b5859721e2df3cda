// CONNECT (§3.1): the rules one by one. Further bytes are in the corpus.

import { describe, expect, it } from 'vitest'
import { encode } from '../../src/index.ts'
import type { ConnectPacket, ProtocolVersion } from '../../src/index.ts'
import { bytesOf, decodeChunks, hexOf } from '../../src/testing/index.ts'
import {
  encodingRefusal,
  malformedBy,
  protocolErrorBy,
  refusalOf,
  unencodableBy,
} from '../refusal.ts'

describe('decoding a CONNECT', () => {
  it('answers a protocol name other than MQTT with the code 0x84 [MQTT-3.1.2-1]', () => {
    const wrongProtocol = { ...malformedBy('MQTT-3.1.2-1'), reasonCode: 0x84 }
    expect(refusalOf(5, '10 0e 000448545450 05 02 003c 00 000161')).toEqual(wrongProtocol)
    expect(refusalOf(4, '10 0d 00046d717474 04 02 003c 000161')).toEqual(wrongProtocol)
  })

  it('answers a version that it does not speak with the code 0x84 [MQTT-3.1.2-2]', () => {
    const wrongLevel = { ...malformedBy('MQTT-3.1.2-2'), reasonCode: 0x84 }
    expect(refusalOf(5, '10 0e 00044d515454 06 02 003c 00 000161')).toEqual(wrongLevel)
    expect(refusalOf(5, '10 0d 00044d515454 84 02 003c 000161')).toEqual(wrongLevel)
    expect(refusalOf(5, '10 0d 00044d515454 03 02 003c 000161')).toEqual(wrongLevel)
    expect(refusalOf(5, '10 0f 00064d5149736470 04 02 003c 000161')).toEqual(wrongLevel)
  })

  it('checks that the reserved connect flag is 0 [MQTT-3.1.2-3]', () => {
    expect(refusalOf(4, '10 0d 00044d515454 04 03 003c 000161')).toEqual(
      malformedBy('MQTT-3.1.2-3'),
    )
    expect(refusalOf(5, '10 0e 00044d515454 05 03 003c 00 000161')).toEqual(
      malformedBy('MQTT-3.1.2-3'),
    )
  })

  it('refuses a Will QoS where the Will Flag is 0 [MQTT-3.1.2-11]', () => {
    expect(refusalOf(4, '10 0d 00044d515454 04 0a 003c 000161')).toEqual(
      malformedBy('MQTT-3.1.2-11'),
    )
    expect(refusalOf(5, '10 0e 00044d515454 05 1a 003c 00 000161')).toEqual(
      malformedBy('MQTT-3.1.2-11'),
    )
  })

  it('refuses a Will QoS of 3 [MQTT-3.1.2-12]', () => {
    const bytes = '10 12 00044d515454 04 1e 003c 000161 000177 0000'
    expect(refusalOf(4, bytes)).toEqual(malformedBy('MQTT-3.1.2-12'))
  })

  it('refuses a Will Retain where the Will Flag is 0 [MQTT-3.1.2-13]', () => {
    expect(refusalOf(4, '10 0d 00044d515454 04 22 003c 000161')).toEqual(
      malformedBy('MQTT-3.1.2-13'),
    )
  })

  it('refuses a user name where the User Name Flag is 0 [MQTT-3.1.2-16]', () => {
    expect(refusalOf(4, '10 10 00044d515454 04 02 003c 000161 000175')).toEqual(malformedBy())
  })

  it('refuses a password where the Password Flag is 0 [MQTT-3.1.2-18]', () => {
    expect(refusalOf(4, '10 13 00044d515454 04 82 003c 000161 000175 000170')).toEqual(
      malformedBy(),
    )
  })

  it('refuses a password without a user name before MQTT 5.0 [MQTT311-3.1.2-22]', () => {
    const refusal = malformedBy('MQTT311-3.1.2-22')
    expect(refusalOf(4, '10 10 00044d515454 04 42 003c 000161 000170')).toEqual(refusal)
    expect(refusalOf(3, '10 12 00064d5149736470 03 42 003c 000161 000170')).toEqual(refusal)
  })

  it('reads the fields of the payload in their order [MQTT-3.1.3-1]', () => {
    const bytes =
      '10 22 00044d515454 05 c6 0001 00 00026964 00 000477696c6c 0001 2a 000475736572 0001 2b'
    expect(decodeChunks([bytesOf(bytes)])).toStrictEqual([
      {
        type: 'connect',
        version: 5,
        clientId: 'id',
        cleanStart: true,
        keepAlive: 1,
        will: { topic: 'will', payload: bytesOf('2a'), qos: 0, retain: false },
        username: 'user',
        password: bytesOf('2b'),
      },
    ])
  })

  it('refuses a CONNECT without a Client Identifier [MQTT-3.1.3-3]', () => {
    expect(refusalOf(4, '10 0a 00044d515454 04 02 003c')).toEqual(malformedBy())
  })

  it('takes a Client Identifier for a UTF-8 string [MQTT-3.1.3-4]', () => {
    const bytes = '10 0e 00044d515454 04 02 003c 0002 c328'
    expect(refusalOf(4, bytes)).toEqual(malformedBy('MQTT-1.5.4-1'))
  })

  it('takes a Will Topic for a UTF-8 string [MQTT-3.1.3-11]', () => {
    const bytes = '10 13 00044d515454 04 06 003c 000161 0002 c328 0000'
    expect(refusalOf(4, bytes)).toEqual(malformedBy('MQTT-1.5.4-1'))
  })

  it('refuses a Will Topic with a wildcard [MQTT-4.7.0-1]', () => {
    const bytes = '10 14 00044d515454 04 06 003c 000161 0003772f23 0000'
    expect(refusalOf(4, bytes)).toEqual(malformedBy('MQTT-4.7.0-1'))
  })

  it('refuses Authentication Data without an Authentication Method', () => {
    const bytes = '10 12 00044d515454 05 02 003c 04 16 000164 000161'
    expect(refusalOf(5, bytes)).toEqual(protocolErrorBy())
  })
})

describe('encoding a CONNECT', () => {
  it('writes the fields of the payload in their order [MQTT-3.1.3-1]', () => {
    const bytes = encode(
      connect(4, {
        clientId: 'id',
        will: { topic: 'will', payload: bytesOf('2a'), qos: 2, retain: true },
        username: 'user',
        password: bytesOf('2b'),
      }),
      4,
    )
    const hex = '10 20 00044d515454 04 f6 003c 00026964 000477696c6c 0001 2a 000475736572 0001 2b'
    expect(hexOf(bytes)).toBe(hexOf(bytesOf(hex)))
  })

  it('refuses a version that is not the one of the connection', () => {
    expect(encodingRefusal(connect(4), 5)).toEqual(unencodableBy())
    expect(encodingRefusal({ ...connect(4), version: 6 }, 6)).toEqual(unencodableBy())
  })

  it('refuses a password without a user name before MQTT 5.0 [MQTT311-3.1.2-22]', () => {
    const password = bytesOf('2b')
    const refusal = unencodableBy('MQTT311-3.1.2-22')
    expect(encodingRefusal(connect(3, { password }), 3)).toEqual(refusal)
    expect(encodingRefusal(connect(4, { password }), 4)).toEqual(refusal)
    expect(decodeChunks([encode(connect(5, { password }), 5)])).toStrictEqual([
      connect(5, { password }),
    ])
  })

  it('refuses a Will of QoS 3, with a wildcard, or without a topic', () => {
    const will = { topic: 'w', payload: bytesOf(''), qos: 0, retain: false }
    const refusal = (changes: object): unknown =>
      encodingRefusal({ ...connect(4), will: { ...will, ...changes } }, 4)
    expect(refusal({ qos: 3 })).toEqual(unencodableBy('MQTT-3.1.2-12'))
    expect(refusal({ topic: 'w/+' })).toEqual(unencodableBy('MQTT-4.7.0-1'))
    expect(refusal({ topic: '' })).toEqual(unencodableBy('MQTT-4.7.3-1'))
    expect(refusal({ properties: { willDelayInterval: 1 } })).toEqual(unencodableBy())
  })

  it('refuses fields of the wrong type', () => {
    for (const field of [
      { clientId: 7 },
      { cleanStart: 1 },
      { keepAlive: '60' },
      { keepAlive: 65_536 },
      { will: null },
      { will: 'w' },
      { will: { topic: 'w', payload: 'gone', qos: 0, retain: false } },
      { will: { topic: 'w', payload: bytesOf(''), qos: 0 } },
      { username: null },
      { username: 'u', password: 'secret' },
      { properties: { receiveMaximum: 1 } },
    ]) {
      expect(encodingRefusal({ ...connect(4), ...field }, 4)).toEqual(unencodableBy())
    }
  })
})

function connect(version: ProtocolVersion, fields: Partial<ConnectPacket> = {}): ConnectPacket {
  return { type: 'connect', version, clientId: 'a', cleanStart: true, keepAlive: 60, ...fields }
}
