// CONNECT and CONNACK (§3.1, §3.2): who is let in, on which terms, and who is refused with what.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { acceptance, at, close, connect, connected, opened, send } from './protocol.ts'
import { VERSIONS, will } from './protocol.ts'

const ACCEPTED = { type: 'connack', sessionPresent: false, reasonCode: 0 } as const

describe('a CONNECT', () => {
  it.each(VERSIONS)('is put before the owner in version %i, who alone decides', (version) => {
    const packet = connect({ version })
    const server = opened()
    expect(server.state).toBe('awaiting-connect')
    expect(server.receive(packet, at(0))).toEqual([{ type: 'authenticate', connect: packet }])
    expect(server.state).toBe('authenticating')
    expect(server.version).toBe(version)
  })

  it.each([3, 4] as const)(
    'is answered with CONNACK 0x00 in version %i [MQTT-3.1.4-5]',
    (version) => {
      const server = opened()
      server.receive(connect({ version }), at(0))
      expect(server.accept(acceptance(), at(0))).toEqual([send(ACCEPTED)])
      expect(server.state).toBe('connected')
    },
  )

  it('is answered once at most [MQTT-3.2.0-2]', () => {
    const server = connected()
    expect(server.accept(acceptance(), at(0))).toEqual([])
    expect(server.reject(ReasonCode.NotAuthorized, 'no')).toEqual([])
    expect(opened().accept(acceptance(), at(0))).toEqual([])
    expect(opened().reject(ReasonCode.NotAuthorized, 'no')).toEqual([])
  })

  it.each(VERSIONS)('is answered before all else in version %i [MQTT-3.2.0-1]', (version) => {
    const server = opened()
    server.receive(connect({ version }), at(0))
    expect(server.subscribed(1, [0])).toEqual([])
    expect(server.unsubscribed(1, [0])).toEqual([])
    expect(server.accept(acceptance(), at(0))).toMatchObject([{ packet: { type: 'connack' } }])
    expect(server.subscribed(1, [0])).toMatchObject([{ packet: { type: 'suback' } }])
  })

  it.each(VERSIONS)(
    'may name its client in 1 to 23 bytes in version %i [MQTT-3.1.3-5]',
    (version) => {
      for (const clientId of [
        '0',
        'a',
        'Z',
        'abcdefghijklmnopqrstuvw',
        '0123456789ABCDEFGHIJKLM',
      ]) {
        const packet = connect({ version, clientId })
        const effects = opened({ clientIdLengthMax: 23 }).receive(packet, at(0))
        expect(effects).toEqual([{ type: 'authenticate', connect: packet }])
      }
    },
  )

  it('is the first packet, and no other packet is [MQTT-3.1.0-1]', () => {
    expect(() => opened().receive({ type: 'pingreq' }, at(0))).toThrow(
      'The first packet of a connection must be CONNECT [MQTT-3.1.0-1]',
    )
  })

  it('is answered before the owner gives the next input', () => {
    const server = opened()
    server.receive(connect(), at(0))
    expect(() => server.receive({ type: 'pingreq' }, at(0))).toThrow(TypeError)
  })

  it.each([
    [3, false],
    [4, true],
    [5, true],
  ] as const)(
    'tells version %i that the session is present: %s [MQTT-3.2.2-3]',
    (version, told) => {
      const server = opened()
      server.receive(connect({ version, cleanStart: false }), at(0))
      expect(server.accept(acceptance({ sessionPresent: true }), at(0))).toMatchObject([
        { packet: { sessionPresent: told, reasonCode: 0 } },
      ])
    },
  )
})

describe('a refusal by the rules', () => {
  const tooLong = 'The Client Identifier is longer than 64 characters'

  it('meets a Client Identifier that is too long, with 0x85 [MQTT-3.1.3-8]', () => {
    const server = opened()
    expect(server.receive(connect({ clientId: 'x'.repeat(65) }), at(0))).toEqual([
      send({ ...ACCEPTED, reasonCode: 0x85, properties: { reasonString: tooLong } }),
      close(0x85, tooLong),
    ])
    expect(server.state).toBe('closed')
    expect(opened().receive(connect({ clientId: 'x'.repeat(64) }), at(0))).toMatchObject([
      { type: 'authenticate' },
    ])
  })

  it.each([3, 4] as const)(
    'has a return code and no reason in version %i [MQTT311-3.1.3-9]',
    (version) => {
      expect(opened().receive(connect({ version, clientId: 'x'.repeat(65) }), at(0))).toEqual([
        send({ ...ACCEPTED, reasonCode: 0x85 }),
        close(0x85, tooLong),
      ])
    },
  )

  it('meets an empty Client Identifier without Clean Session [MQTT311-3.1.3-8]', () => {
    const cause = 'An empty Client Identifier needs Clean Session 1'
    const fields = { version: 4, clientId: '' } as const
    expect(opened().receive(connect({ ...fields, cleanStart: false }), at(0))).toEqual([
      send({ ...ACCEPTED, reasonCode: 0x85 }),
      close(0x85, cause),
    ])
    const effects = opened().receive(connect({ ...fields, cleanStart: true }), at(0))
    expect(effects).toMatchObject([{ type: 'authenticate' }])
  })

  it('meets an empty Client Identifier in MQTT 3.1, which has no such thing', () => {
    expect(opened().receive(connect({ version: 3, clientId: '' }), at(0))).toEqual([
      send({ ...ACCEPTED, reasonCode: 0x85 }),
      close(0x85, 'MQTT 3.1 needs a Client Identifier'),
    ])
  })

  it('meets Authentication Data without Authentication Method, which is a Protocol Error', () => {
    const packet = connect({ properties: { authenticationData: Uint8Array.of(1) } })
    expect(opened().receive(packet, at(0))).toMatchObject([
      { type: 'send', packet: { type: 'connack', reasonCode: 0x82 } },
      { type: 'close', reasonCode: 0x82, publishWill: false },
    ])
  })

  it('meets a Will QoS above the Maximum QoS with 0x9B [MQTT-3.2.2-12]', () => {
    const server = opened({ maximumQoS: 1 })
    expect(server.receive(connect({ will: will({ qos: 2 }) }), at(0))).toMatchObject([
      { type: 'send', packet: { type: 'connack', reasonCode: 0x9b } },
      { type: 'close', reasonCode: 0x9b, publishWill: false },
    ])
    const lower = opened({ maximumQoS: 1 }).receive(connect({ will: will({ qos: 1 }) }), at(0))
    expect(lower).toMatchObject([{ type: 'authenticate' }])
  })

  it('meets a Will Retain where nothing is retained with 0x9A [MQTT-3.2.2-13]', () => {
    const server = opened({ retainAvailable: false })
    expect(server.receive(connect({ will: will({ retain: true }) }), at(0))).toMatchObject([
      { type: 'send', packet: { type: 'connack', reasonCode: 0x9a } },
      { type: 'close', reasonCode: 0x9a, publishWill: false },
    ])
  })

  it.each([3, 4] as const)('spares the Will of version %i, which nobody has warned', (version) => {
    const server = opened({ maximumQoS: 0, retainAvailable: false })
    const packet = connect({ version, will: will({ qos: 2, retain: true }) })
    expect(server.receive(packet, at(0))).toMatchObject([{ type: 'authenticate' }])
  })
})

describe('a refusal by the owner', () => {
  it('is a CONNACK with its code, and the end [MQTT-3.1.4-2] [MQTT-3.2.2-7]', () => {
    const server = opened()
    server.receive(connect(), at(0))
    expect(server.reject(ReasonCode.NotAuthorized, 'No such user')).toEqual([
      send({ ...ACCEPTED, reasonCode: 0x87, properties: { reasonString: 'No such user' } }),
      close(0x87, 'No such user'),
    ])
  })

  it('says that no session is present, whatever is stored [MQTT-3.2.2-6]', () => {
    const server = opened()
    server.receive(connect({ cleanStart: false }), at(0))
    expect(server.reject(ReasonCode.ServerBusy, 'Busy')).toMatchObject([
      { packet: { sessionPresent: false } },
      { type: 'close' },
    ])
  })

  it('leaves out the Reason String that does not fit [MQTT-3.2.2-19]', () => {
    const server = opened()
    server.receive(connect({ properties: { maximumPacketSize: 19 } }), at(0))
    expect(server.reject(ReasonCode.NotAuthorized, 'No such user')).toEqual([
      send({ ...ACCEPTED, reasonCode: 0x87 }),
      close(0x87, 'No such user'),
    ])
  })

  it.each([
    [ReasonCode.SessionTakenOver, ReasonCode.UnspecifiedError],
    [ReasonCode.QuotaExceeded, ReasonCode.QuotaExceeded],
  ])('puts the code %i into one of CONNACK, %i [MQTT-3.2.2-8]', (reasonCode, told) => {
    const server = opened()
    server.receive(connect(), at(0))
    expect(server.reject(reasonCode, '')).toMatchObject([
      { packet: { reasonCode: told } },
      { type: 'close', reasonCode },
    ])
  })

  it.each([
    [ReasonCode.BadUserNameOrPassword, ReasonCode.BadUserNameOrPassword],
    [ReasonCode.Banned, ReasonCode.NotAuthorized],
    [ReasonCode.ServerBusy, ReasonCode.ServerUnavailable],
  ])('gives version 4 the nearest return code for %i: %i', (reasonCode, told) => {
    const server = opened()
    server.receive(connect({ version: 4 }), at(0))
    expect(server.reject(reasonCode, 'no')).toEqual([
      send({ ...ACCEPTED, reasonCode: told }),
      close(reasonCode, 'no'),
    ])
  })

  it('is no CONNACK where version 4 has no code that fits [MQTT311-3.2.2-6]', () => {
    const server = opened()
    server.receive(connect({ version: 4 }), at(0))
    expect(server.reject(ReasonCode.TopicNameInvalid, 'no')).toEqual([close(0x90, 'no')])
  })

  it('means that nothing behind the CONNECT is processed [MQTT-3.1.4-6]', () => {
    const server = opened()
    server.receive(connect(), at(0))
    server.reject(ReasonCode.NotAuthorized, 'no')
    expect(server.receive({ type: 'pingreq' }, at(0))).toEqual([])
    expect(server.receive(connect(), at(0))).toEqual([])
    expect(server.accept(acceptance(), at(0))).toEqual([])
  })
})
