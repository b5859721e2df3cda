// The end of a connection (§3.14, §3.1.2.5): who ends it, what is said, and whether a Will is due.

import { ReasonCode } from '@godwit/codec'
import type { DisconnectPacket } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { at, close, closeWithWill, connect, connected, faultOf, opened } from './protocol.ts'
import { send, VERSIONS } from './protocol.ts'

const GOODBYE = 'The client disconnected'

describe('a DISCONNECT of the client', () => {
  it.each(VERSIONS)('ends version %i and drops the Will [MQTT-3.14.4-3]', (version) => {
    const server = connected({ version })
    const disconnect = { type: 'disconnect', reasonCode: ReasonCode.NormalDisconnection } as const
    expect(server.receive(disconnect, at(0))).toEqual([close(0, GOODBYE)])
    expect(server.state).toBe('closed')
  })

  it.each([
    ReasonCode.DisconnectWithWillMessage,
    ReasonCode.UnspecifiedError,
    ReasonCode.AdministrativeAction,
  ])('with the code %i makes the Will due', (reasonCode) => {
    expect(connected().receive({ type: 'disconnect', reasonCode }, at(0))).toEqual([
      closeWithWill(reasonCode, GOODBYE),
    ])
  })

  it('may not have a code that only a server says [MQTT-3.14.2-1]', () => {
    const disconnect = { type: 'disconnect', reasonCode: ReasonCode.ServerShuttingDown } as const
    const server = connected()
    expect(faultOf(() => server.receive(disconnect, at(0)))).toEqual([0x82, 'MQTT-3.14.2-1'])
    expect(server.state).toBe('connected')
  })

  it.each(VERSIONS)('changes nothing of how long the session of version %i is kept', (version) => {
    const asked = { sessionExpiryInterval: 60 }
    const properties = version === 5 ? { properties: asked } : {}
    const server = connected({ version, cleanStart: false, ...properties })
    server.receive({ type: 'disconnect', reasonCode: ReasonCode.NormalDisconnection }, at(0))
    expect(server.sessionExpiryInterval).toBe(version === 5 ? 60 : 3600)
  })

  it.each([0, 5, 3600])('may set a Session Expiry Interval of %i', (sessionExpiryInterval) => {
    const server = connected({ properties: { sessionExpiryInterval: 60 } })
    expect(server.receive(leaving(sessionExpiryInterval), at(0))).toEqual([close(0, GOODBYE)])
    expect(server.sessionExpiryInterval).toBe(sessionExpiryInterval)
  })

  it('is granted no longer Session Expiry Interval than CONNECT was', () => {
    const server = connected({ properties: { sessionExpiryInterval: 60 } })
    server.receive(leaving(0xffff_ffff), at(0))
    expect(server.sessionExpiryInterval).toBe(3600)
  })

  it('may not set a Session Expiry Interval where CONNECT had none', () => {
    expect(faultOf(() => connected().receive(leaving(1), at(0)))).toEqual([0x82, undefined])
    expect(connected().receive(leaving(0), at(0))).toEqual([close(0, GOODBYE)])
  })
})

describe('the end by the server', () => {
  it('is a DISCONNECT with its reason in MQTT 5.0, and the end [MQTT-3.14.4-2]', () => {
    expect(connected().end(ReasonCode.SessionTakenOver, 'Another came')).toEqual([
      send({ type: 'disconnect', reasonCode: 0x8e, properties: { reasonString: 'Another came' } }),
      closeWithWill(0x8e, 'Another came'),
    ])
  })

  it('says no code that only a client can say [MQTT-3.14.2-1]', () => {
    const cause = 'The owner is mistaken'
    const [said] = connected().end(ReasonCode.DisconnectWithWillMessage, cause)
    const properties = { reasonString: cause }
    expect(said).toEqual(send({ type: 'disconnect', reasonCode: 0x82, properties }))
  })

  it.each([3, 4] as const)('is silent in version %i, which has no such packet', (version) => {
    expect(connected({ version }).end(ReasonCode.SessionTakenOver, 'Another came')).toEqual([
      closeWithWill(0x8e, 'Another came'),
    ])
  })

  it('is no DISCONNECT before CONNACK [MQTT-3.14.0-1]', () => {
    expect(opened().end(ReasonCode.ServerShuttingDown, 'Bye')).toEqual([close(0x8b, 'Bye')])
  })

  it('is a CONNACK while CONNECT waits for an answer, with a code that it has', () => {
    const server = opened()
    server.receive(connect(), at(0))
    expect(server.end(ReasonCode.ServerShuttingDown, 'Bye')).toEqual([
      send({
        type: 'connack',
        sessionPresent: false,
        reasonCode: 0x80,
        properties: { reasonString: 'Bye' },
      }),
      close(0x8b, 'Bye'),
    ])
  })

  it('leaves out the Reason String that does not fit [MQTT-3.14.2-3]', () => {
    const server = connected({ properties: { maximumPacketSize: 27 } })
    expect(server.end(ReasonCode.ServerShuttingDown, 'The server shuts down')).toEqual([
      send({ type: 'disconnect', reasonCode: 0x8b }),
      closeWithWill(0x8b, 'The server shuts down'),
    ])
  })

  it('leaves out the User Properties that do not fit [MQTT-3.14.2-4]', () => {
    const userProperty = [['a', 'b']] as const
    const endIn = (maximumPacketSize: number) => {
      const server = connected({ properties: { maximumPacketSize } })
      return server.end(ReasonCode.ServerShuttingDown, 'Bye', { userProperty })
    }
    expect(endIn(17)).toMatchObject([
      { packet: { properties: { reasonString: 'Bye', userProperty } } },
      {},
    ])
    expect(endIn(16)).toEqual([
      send({ type: 'disconnect', reasonCode: 0x8b, properties: { reasonString: 'Bye' } }),
      closeWithWill(0x8b, 'Bye'),
    ])
  })

  it('says why, even to a client that wants no Problem Information [MQTT-3.1.2-29]', () => {
    const server = connected({ properties: { requestProblemInformation: 0 } })
    expect(server.end(ReasonCode.ServerShuttingDown, 'Bye')).toMatchObject([
      { packet: { properties: { reasonString: 'Bye' } } },
      { type: 'close' },
    ])
  })

  it.each([ReasonCode.UseAnotherServer, ReasonCode.ServerMoved])(
    'with the code %i says where to go instead',
    (reasonCode) => {
      const details = { serverReference: 'b.example:1883' }
      const properties = { reasonString: 'Go', ...details }
      expect(connected().end(reasonCode, 'Go', details)).toEqual([
        send({ type: 'disconnect', reasonCode, properties }),
        closeWithWill(reasonCode, 'Go'),
      ])
      const server = opened()
      server.receive(connect(), at(0))
      expect(server.reject(reasonCode, 'Go', details)).toEqual([
        send({ type: 'connack', sessionPresent: false, reasonCode, properties }),
        close(reasonCode, 'Go'),
      ])
    },
  )

  it('with any other code says nothing of other servers', () => {
    const details = { serverReference: 'b.example:1883' }
    const [effect] = connected().end(ReasonCode.ServerBusy, 'Go', details)
    const properties = { reasonString: 'Go' }
    expect(effect).toEqual(send({ type: 'disconnect', reasonCode: 0x89, properties }))
  })

  it("has no Session Expiry Interval, which is the client's to set [MQTT-3.14.2-2]", () => {
    const server = connected({ properties: { sessionExpiryInterval: 0xffff_ffff } })
    const [effect] = server.end(ReasonCode.ServerBusy, 'Bye')
    const properties = { reasonString: 'Bye' }
    expect(effect).toEqual(send({ type: 'disconnect', reasonCode: 0x89, properties }))
  })

  it('means that the connection is closed, sent or not [MQTT-4.13.2-1]', () => {
    const server = connected({ version: 4 })
    const effects = server.end(ReasonCode.ServerBusy, 'Bye')
    expect(effects.at(-1)).toEqual(closeWithWill(0x89, 'Bye'))
    expect(server.state).toBe('closed')
  })

  it('is the last packet: nothing is sent behind it [MQTT-3.14.4-1]', () => {
    const server = connected()
    server.end(ReasonCode.ServerShuttingDown, 'Bye')
    expect(server.end(ReasonCode.SessionTakenOver, 'Another came')).toEqual([])
    expect(server.receive({ type: 'pingreq' }, at(0))).toEqual([])
    expect(server.subscribed(1, [ReasonCode.GrantedQoS0])).toEqual([])
    expect(server.lost('gone')).toEqual([])
  })
})

describe('the loss of the connection', () => {
  it.each(VERSIONS)('makes the Will of version %i due [MQTT-3.1.2-8]', (version) => {
    const server = connected({ version })
    expect(server.lost('reset')).toEqual([closeWithWill(0x80, 'reset')])
    expect(server.lost('reset')).toEqual([])
  })

  it('before the client was let in makes no Will due', () => {
    const server = opened()
    server.receive(connect(), at(0))
    expect(server.lost('reset')).toEqual([close(0x80, 'reset')])
    expect(opened().lost('reset')).toEqual([close(0x80, 'reset')])
  })
})

function leaving(sessionExpiryInterval: number): DisconnectPacket {
  const properties = { sessionExpiryInterval }
  return { type: 'disconnect', reasonCode: ReasonCode.NormalDisconnection, properties }
}
