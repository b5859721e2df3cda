// Malformed Packets and Protocol Errors (§4.13): which packet says so, in which version and state.

import { encode, malformed, MqttError, peerFault, protocolError } from '@godwit/codec'
import { REASON_CODES, ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { at, close, closeWithWill, connect, connected, opened, send, VERSIONS } from './protocol.ts'

describe('a fault in CONNECT', () => {
  it('is answered with CONNACK in MQTT 5.0, and the end [MQTT-3.1.4-1]', () => {
    const server = opened()
    const fault = malformed('The reserved connect flag is set', 'MQTT-3.1.2-3')
    const reasonString = 'The reserved connect flag is set [MQTT-3.1.2-3]'
    expect(server.fail(fault, 5)).toEqual([
      send({
        type: 'connack',
        sessionPresent: false,
        reasonCode: 0x81,
        properties: { reasonString },
      }),
      close(0x81, reasonString),
    ])
    expect(server.version).toBe(5)
  })

  it.each([3, 4] as const)('closes without CONNACK in version %i [MQTT311-3.1.4-1]', (version) => {
    const fault = malformed('The reserved connect flag is set')
    expect(opened().fail(fault, version)).toEqual([close(0x81, 'The reserved connect flag is set')])
  })

  it('is told a client of another version as return code 1 [MQTT-3.1.2-2] [MQTT311-3.1.2-2]', () => {
    const fault = peerFault('Version 6', ReasonCode.UnsupportedProtocolVersion, 'MQTT-3.1.2-2')
    expect(opened().fail(fault, 4)).toEqual([
      send({ type: 'connack', sessionPresent: false, reasonCode: 0x84 }),
      close(0x84, 'Version 6 [MQTT-3.1.2-2]'),
    ])
  })

  it('closes without a word on what is not MQTT [MQTT-3.1.2-1]', () => {
    const fault = peerFault('No MQTT', ReasonCode.UnsupportedProtocolVersion, 'MQTT-3.1.2-1')
    expect(opened().fail(fault, 4)).toEqual([close(0x84, 'No MQTT [MQTT-3.1.2-1]')])
  })
})

describe('a fault of a connected client', () => {
  it('is answered with DISCONNECT in MQTT 5.0, and the end [MQTT-4.13.1-1]', () => {
    expect(connected().fail(protocolError('It is wrong'), 5)).toEqual([
      send({ type: 'disconnect', reasonCode: 0x82, properties: { reasonString: 'It is wrong' } }),
      closeWithWill(0x82, 'It is wrong'),
    ])
  })

  it.each([3, 4] as const)(
    'closes version %i without a word [MQTT-4.13.1-1] [MQTT311-4.8.0-1]',
    (version) => {
      expect(connected({ version }).fail(malformed('It is wrong'), version)).toEqual([
        closeWithWill(0x81, 'It is wrong'),
      ])
    },
  )

  it('becomes a Protocol Error where its code is of CONNACK only [MQTT-3.14.2-1]', () => {
    const fault = peerFault('Version 9', ReasonCode.UnsupportedProtocolVersion, 'MQTT-3.1.2-2')
    expect(connected().fail(fault, 5)).toEqual([
      send({
        type: 'disconnect',
        reasonCode: 0x82,
        properties: { reasonString: 'Version 9 [MQTT-3.1.2-2]' },
      }),
      closeWithWill(0x84, 'Version 9 [MQTT-3.1.2-2]'),
    ])
  })

  it('leaves the version as the first CONNECT set it', () => {
    const server = connected({ version: 5 })
    expect(server.fail(protocolError('A second CONNECT, of version 4'), 4)).toMatchObject([
      { type: 'send', packet: { type: 'disconnect', reasonCode: 0x82 } },
      { type: 'close' },
    ])
    expect(server.version).toBe(5)
  })

  it.each(VERSIONS)('that comes after the end of version %i changes nothing', (version) => {
    const server = connected({ version })
    server.lost('gone')
    expect(server.fail(malformed('It is wrong'), version)).toEqual([])
  })
})

describe('a packet that a client may not send', () => {
  it.each(VERSIONS)('is a second CONNECT in version %i [MQTT-3.1.0-2]', (version) => {
    const server = connected({ version })
    expect(() => server.receive(connect({ version }), at(0))).toThrow(
      'A second CONNECT came [MQTT-3.1.0-2]',
    )
  })

  it('is an AUTH, where CONNECT had no Authentication Method [MQTT-4.12.0-7]', () => {
    const auth = { type: 'auth', reasonCode: ReasonCode.Reauthenticate } as const
    expect(() => connected().receive(auth, at(0))).toThrow('[MQTT-4.12.0-7]')
  })

  it.each([
    { type: 'connack', sessionPresent: false, reasonCode: 0 },
    { type: 'suback', packetId: 1, reasonCodes: [0] },
    { type: 'unsuback', packetId: 1, reasonCodes: [0] },
    { type: 'pingresp' },
  ] as const)('is a $type', (packet) => {
    expect(() => connected().receive(packet, at(0))).toThrow(MqttError)
    expect(() => connected().receive(packet, at(0))).toThrow(
      `A client sent a ${packet.type.toUpperCase()}`,
    )
  })
})

describe('the last packet of a connection', () => {
  it.each(VERSIONS)('can be encoded, whatever the Reason Code, in version %i', (version) => {
    for (const { code } of Object.values(REASON_CODES)) {
      const waiting = opened()
      waiting.receive(connect({ version }), at(0))
      const fault = peerFault('It is wrong', code)
      const lists = [
        waiting.reject(code, 'no'),
        opened().fail(fault, version),
        connected({ version }).fail(fault, version),
        connected({ version }).end(code, 'no'),
      ]
      for (const effects of lists) {
        const packets = effects.flatMap((effect) => (effect.type === 'send' ? effect.packet : []))
        expect(() => packets.map((packet) => encode(packet, version))).not.toThrow()
        expect(effects.at(-1)).toMatchObject({ type: 'close', reasonCode: code })
      }
    }
  })
})
