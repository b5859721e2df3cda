// The end of a connection (§3.14, §3.1.2.5): who ends it, what is said, and whether a Will is due.

import { ReasonCode } from '@godwit/codec'
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

  it('may not set a Session Expiry Interval where CONNECT had none', () => {
    const disconnect = {
      type: 'disconnect',
      reasonCode: ReasonCode.NormalDisconnection,
      properties: { sessionExpiryInterval: 1 },
    } as const
    expect(faultOf(() => connected().receive(disconnect, at(0)))).toEqual([0x82, undefined])
    const lasting = connected({ properties: { sessionExpiryInterval: 5 } })
    expect(lasting.receive(disconnect, at(0))).toEqual([close(0, GOODBYE)])
    const none = { ...disconnect, properties: { sessionExpiryInterval: 0 } }
    expect(connected().receive(none, at(0))).toEqual([close(0, GOODBYE)])
  })
})

describe('the end by the server', () => {
  it('is a DISCONNECT with its reason in MQTT 5.0, and the end [MQTT-3.14.4-2]', () => {
    expect(connected().end(ReasonCode.SessionTakenOver, 'Another came')).toEqual([
      send({ type: 'disconnect', reasonCode: 0x8e, properties: { reasonString: 'Another came' } }),
      closeWithWill(0x8e, 'Another came'),
    ])
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
    const server = connected({ properties: { maximumPacketSize: 30 } })
    expect(server.end(ReasonCode.ServerShuttingDown, 'The server shuts down')).toEqual([
      send({ type: 'disconnect', reasonCode: 0x8b }),
      closeWithWill(0x8b, 'The server shuts down'),
    ])
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
