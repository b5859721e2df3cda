// Enhanced authentication (§4.12) during CONNECT and again later: whose AUTH, when, and with what.

import { encode, ReasonCode } from '@godwit/codec'
import type { AuthPacket } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { ServerProtocol } from '../src/index.ts'
import { acceptance, Acknowledgements, at, close, closeWithWill, connect } from './protocol.ts'
import { connected, faultOf, frame, LIMITS, opened, OLDER, seconds, send } from './protocol.ts'

const METHOD = 'SCRAM-SHA-1'
const CLIENTS = Uint8Array.of(1)
const SERVERS = Uint8Array.of(2)

describe('a CONNECT with an Authentication Method', () => {
  it('is put before the owner, who may refuse the method [MQTT-4.12.0-1]', () => {
    const server = opened()
    const packet = connect({ properties: { authenticationMethod: METHOD } })
    expect(server.receive(packet, at(0))).toEqual([{ type: 'authenticate', connect: packet }])
    expect(server.reject(ReasonCode.BadAuthenticationMethod, 'Unknown')).toMatchObject([
      { type: 'send', packet: { type: 'connack', reasonCode: 0x8c } },
      { type: 'close', reasonCode: 0x8c, publishWill: false },
    ])
  })

  it('may be accepted at once, with the method and the last data [MQTT-4.12.0-5]', () => {
    expect(
      authenticating().accept(acceptance({ authenticationData: SERVERS }), at(0)),
    ).toMatchObject([
      { packet: { properties: { authenticationMethod: METHOD, authenticationData: SERVERS } } },
    ])
    const [effect] = authenticating().accept(acceptance(), at(0))
    expect(effect).toEqual(
      send({
        type: 'connack',
        sessionPresent: false,
        reasonCode: 0,
        properties: { maximumPacketSize: 1_048_576, authenticationMethod: METHOD },
      }),
    )
  })

  it('is challenged with AUTH 0x18 and its method [MQTT-4.12.0-2] [MQTT-4.12.0-5]', () => {
    const server = authenticating()
    expect(server.challenge(SERVERS)).toEqual([send(challenge(SERVERS))])
    expect(server.state).toBe('authenticating')
    expect(authenticating().challenge()).toEqual([send(challenge())])
  })

  it('may be challenged again and again before CONNACK [MQTT-3.2.0-1]', () => {
    const server = authenticating()
    for (const _ of [1, 2, 3]) {
      expect(server.challenge(SERVERS)).toEqual([send(challenge(SERVERS))])
      const packet = answer()
      expect(server.receive(packet, at(0))).toEqual([
        { type: 'authentication', packet, renewal: false },
      ])
    }
    expect(server.accept(acceptance(), at(0))).toMatchObject([{ packet: { type: 'connack' } }])
    expect(server.state).toBe('connected')
  })

  it('is refused with CONNACK at any step [MQTT-4.12.0-4]', () => {
    const server = authenticating()
    server.challenge(SERVERS)
    server.receive(answer(), at(0))
    expect(server.reject(ReasonCode.NotAuthorized, 'Wrong')).toEqual([
      send({
        type: 'connack',
        sessionPresent: false,
        reasonCode: 0x87,
        properties: { reasonString: 'Wrong' },
      }),
      close(0x87, 'Wrong'),
    ])
    expect(server.challenge(SERVERS)).toEqual([])
    expect(server.renewed()).toEqual([])
  })

  it('has no more time for it than for CONNECT alone', () => {
    const server = authenticating()
    server.challenge(SERVERS)
    server.receive(answer(), at(seconds(9)))
    server.challenge(SERVERS)
    expect(server.deadline).toBe(at(LIMITS.connectTimeoutMs))
    expect(server.timeout(at(seconds(10)))).toEqual([
      close(0x8d, 'The CONNECT exchange took too long'),
    ])
  })

  it('has nothing renewed before it was let in', () => {
    expect(authenticating().renewed()).toEqual([])
  })
})

describe('a client that is challenged during CONNECT', () => {
  it('sends AUTH or DISCONNECT and nothing else [MQTT-3.1.2-30]', () => {
    const server = challenged()
    const fault = [0x82, 'MQTT-3.1.2-30']
    const sink = new Acknowledgements()
    const puback = { type: 'puback', packetId: 1, reasonCode: 0 } as const
    expect(faultOf(() => server.receive({ type: 'pingreq' }, at(0)))).toEqual(fault)
    expect(faultOf(() => server.receive(connect(), at(0)))).toEqual(fault)
    expect(faultOf(() => server.receivePublish(frame(), at(0), sink))).toEqual(fault)
    expect(faultOf(() => server.receiveAcknowledgement(puback, at(0), sink))).toEqual(fault)
  })

  it('may leave, and then has no Will that could be due', () => {
    const server = challenged()
    const disconnect = { type: 'disconnect', reasonCode: 4 } as const
    expect(server.receive(disconnect, at(0))).toEqual([close(4, 'The client disconnected')])
    expect(server.accept(acceptance(), at(0))).toEqual([])
  })

  it('answers with 0x18, and not by beginning anew [MQTT-4.12.0-3]', () => {
    const fault = [0x82, 'MQTT-4.12.0-3']
    expect(faultOf(() => challenged().receive(renewal(), at(0)))).toEqual(fault)
  })

  it('answers with 0x18, and not with success, which only a server sends [MQTT-3.15.2-1]', () => {
    const success = { type: 'auth', reasonCode: ReasonCode.Success } as const
    expect(faultOf(() => challenged().receive(success, at(0)))).toEqual([0x82, 'MQTT-3.15.2-1'])
  })

  it('keeps to the method of its CONNECT, or is told 0x8C [MQTT-4.12.0-5]', () => {
    const server = challenged()
    const other = answer({ authenticationMethod: 'GS2-KRB5' })
    expect(faultOf(() => server.receive(other, at(0)))).toEqual([0x8c, 'MQTT-4.12.0-5'])
    const none = { type: 'auth', reasonCode: ReasonCode.ContinueAuthentication } as const
    expect(faultOf(() => server.receive(none, at(0)))).toEqual([0x8c, 'MQTT-4.12.0-5'])
  })

  it('is not heard while the owner is to speak', () => {
    const server = challenged()
    server.receive(answer(), at(0))
    expect(() => server.receive(answer(), at(0))).toThrow(TypeError)
  })
})

describe('a CONNECT without Authentication Method', () => {
  it('has no AUTH and no method in CONNACK [MQTT-4.12.0-6]', () => {
    const server = opened()
    server.receive(connect(), at(0))
    expect(() => server.challenge(SERVERS)).toThrow(TypeError)
    expect(server.accept(acceptance({ authenticationData: SERVERS }), at(0))).toEqual([
      send({
        type: 'connack',
        sessionPresent: false,
        reasonCode: 0,
        properties: { maximumPacketSize: 1_048_576 },
      }),
    ])
    expect(server.renewed()).toEqual([])
  })

  it('lets no AUTH follow [MQTT-4.12.0-7]', () => {
    expect(faultOf(() => connected().receive(renewal(), at(0)))).toEqual([0x82, 'MQTT-4.12.0-7'])
  })

  it.each(OLDER)('is all that there is in version %i', (version) => {
    expect(() => connected({ version }).challenge(SERVERS)).toThrow(TypeError)
  })
})

describe('an authentication that a connected client renews', () => {
  it('is put before the owner, who ends it with AUTH 0x00 [MQTT-4.12.0-5]', () => {
    const server = authenticated()
    const packet = renewal()
    expect(server.receive(packet, at(0))).toEqual([
      { type: 'authentication', packet, renewal: true },
    ])
    expect(server.renewed(SERVERS)).toEqual([
      send({
        type: 'auth',
        reasonCode: 0,
        properties: { authenticationMethod: METHOD, authenticationData: SERVERS },
      }),
    ])
    expect(server.renewed(SERVERS)).toEqual([])
  })

  it('may take several steps [MQTT-4.12.0-2]', () => {
    const server = authenticated()
    server.receive(renewal(), at(0))
    expect(server.challenge(SERVERS)).toEqual([send(challenge(SERVERS))])
    expect(server.challenge(SERVERS)).toEqual([])
    expect(server.renewed()).toEqual([])
    const packet = answer()
    expect(server.receive(packet, at(0))).toEqual([
      { type: 'authentication', packet, renewal: true },
    ])
    expect(server.renewed()).toEqual([
      send({ type: 'auth', reasonCode: 0, properties: { authenticationMethod: METHOD } }),
    ])
    expect(server.receive(renewal(), at(0))).toMatchObject([{ renewal: true }])
  })

  it('leaves all other packets as they are, whoever is to speak', () => {
    const server = authenticated()
    const goesOn = () => {
      expect(server.receive({ type: 'pingreq' }, at(0))).toEqual([send({ type: 'pingresp' })])
      expect(server.receivePublish(frame(), at(0), new Acknowledgements())).toBe('deliver')
      expect(server.subscribed(1, [0])).toHaveLength(1)
      expect(server.state).toBe('connected')
    }
    server.receive(renewal(), at(0))
    goesOn()
    server.challenge(SERVERS)
    goesOn()
  })

  it('keeps to the method of CONNECT [MQTT-4.12.1-1]', () => {
    const other = renewal({ authenticationMethod: 'GS2-KRB5' })
    expect(faultOf(() => authenticated().receive(other, at(0)))).toEqual([0x8c, 'MQTT-4.12.1-1'])
  })

  it('that fails ends the connection with DISCONNECT [MQTT-4.12.1-2]', () => {
    const server = authenticated()
    server.receive(renewal(), at(0))
    expect(server.end(ReasonCode.NotAuthorized, 'Wrong')).toEqual([
      send({ type: 'disconnect', reasonCode: 0x87, properties: { reasonString: 'Wrong' } }),
      closeWithWill(0x87, 'Wrong'),
    ])
    expect(server.renewed()).toEqual([])
  })

  it('begins with 0x19, once, and goes on only where it was challenged [MQTT-4.12.0-3]', () => {
    const server = authenticated()
    expect(faultOf(() => server.receive(answer(), at(0)))).toEqual([0x82, undefined])
    server.receive(renewal(), at(0))
    expect(faultOf(() => server.receive(answer(), at(0)))).toEqual([0x82, undefined])
    expect(faultOf(() => server.receive(renewal(), at(0)))).toEqual([0x82, 'MQTT-4.12.0-3'])
    server.challenge()
    expect(faultOf(() => server.receive(renewal(), at(0)))).toEqual([0x82, 'MQTT-4.12.0-3'])
  })

  it('is not begun by the server [MQTT-4.12.0-2]', () => {
    expect(authenticated().challenge(SERVERS)).toEqual([])
  })
})

describe('the remarks of an AUTH', () => {
  const remarks = { reasonString: 'More', userProperty: [['a', 'b']] } as const

  it('are left out where they do not fit [MQTT-3.15.2-2] [MQTT-3.15.2-3]', () => {
    const size = encode(challenge(), 5).length
    const inBytes = (maximumPacketSize: number) =>
      authenticating({ maximumPacketSize }).challenge(undefined, remarks)
    expect(inBytes(size + 14)).toMatchObject([{ packet: { properties: remarks } }])
    expect(inBytes(size + 13)).toMatchObject([{ packet: { properties: { reasonString: 'More' } } }])
    expect(inBytes(size + 13)).not.toMatchObject([{ packet: { properties: remarks } }])
    expect(inBytes(size + 6)).toEqual([send(challenge())])
  })

  it('are left out where the client wants none [MQTT-3.1.2-29]', () => {
    const server = authenticating({ requestProblemInformation: 0 })
    expect(server.challenge(undefined, remarks)).toEqual([send(challenge())])
  })
})

function authenticating(properties: object = {}): ServerProtocol {
  const server = opened()
  server.receive(connect({ properties: { authenticationMethod: METHOD, ...properties } }), at(0))
  return server
}

function challenged(): ServerProtocol {
  const server = authenticating()
  server.challenge(SERVERS)
  return server
}

function authenticated(): ServerProtocol {
  return connected({ properties: { authenticationMethod: METHOD } })
}

function challenge(authenticationData?: Uint8Array): AuthPacket {
  const properties = {
    authenticationMethod: METHOD,
    ...(authenticationData && { authenticationData }),
  }
  return { type: 'auth', reasonCode: ReasonCode.ContinueAuthentication, properties }
}

function answer(fields: AuthPacket['properties'] = {}): AuthPacket {
  const properties = { authenticationMethod: METHOD, authenticationData: CLIENTS, ...fields }
  return { type: 'auth', reasonCode: ReasonCode.ContinueAuthentication, properties }
}

function renewal(fields: AuthPacket['properties'] = {}): AuthPacket {
  return { ...answer(fields), reasonCode: ReasonCode.Reauthenticate }
}
