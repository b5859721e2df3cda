// Enhanced authentication at the client's end (§4.12): during CONNECT, and once more later.

import { describe, expect, it } from 'vitest'
import { connack, connecting, letIn, localFaultOf, sends } from './client-protocol.ts'
import { at, faultOf } from './protocol.ts'

const METHOD = 'SCRAM-SHA-1'
const FIELDS = { properties: { authenticationMethod: METHOD } }
const TERMS = { authenticationMethod: METHOD }

describe('during CONNECT', () => {
  it('an AUTH of the server is answered with AUTH 0x18 and the method [MQTT-4.12.0-3] [MQTT-4.12.0-5]', () => {
    const client = connecting(FIELDS)
    const challenge = auth(0x18, [1])
    expect(client.receive(challenge, at(0))).toEqual([
      { type: 'authentication', packet: challenge },
    ])
    expect(client.state).toBe('connecting')
    expect(client.authenticate({ authenticationData: Uint8Array.of(2) }, at(0))).toEqual([
      sends(auth(0x18, [2])),
    ])
    expect(client.authenticate({}, at(0))).toEqual([])
    expect(client.receive(connack({ properties: TERMS }), at(0))).toMatchObject([
      { type: 'connected' },
    ])
  })

  it('nothing but AUTH and DISCONNECT is sent before CONNACK [MQTT-3.1.2-30]', () => {
    const client = connecting({ ...FIELDS, keepAlive: 1 })
    expect(client.deadline).toBe(at(10_000))
    expect(client.authenticate({}, at(0))).toEqual([])
    expect(() => client.subscribe([], at(0))).toThrow(TypeError)
    expect(() => client.reauthenticate({}, at(0))).toThrow(TypeError)
    expect(client.end(0, 'Bye')).toMatchObject([{ packet: { type: 'disconnect' } }, {}])
  })

  it('the server may not send AUTH unasked [MQTT-4.12.0-6]', () => {
    const client = connecting()
    expect(faultOf(() => client.receive(auth(0x18), at(0)))).toEqual([0x82, 'MQTT-4.12.0-6'])
    const unasked = connack({ properties: TERMS })
    expect(faultOf(() => client.receive(unasked, at(0)))).toEqual([0x82, 'MQTT-4.12.0-6'])
  })

  it('the server may not leave or change the method [MQTT-4.12.0-5]', () => {
    const client = connecting(FIELDS)
    const other = { ...auth(0x18), properties: { authenticationMethod: 'PLAIN' } }
    expect(faultOf(() => client.receive(other, at(0)))).toEqual([0x82, 'MQTT-4.12.0-5'])
    expect(faultOf(() => client.receive(connack(), at(0)))).toEqual([0x82, 'MQTT-4.12.0-5'])
  })

  it('an AUTH of the server asks for more [MQTT-4.12.0-2]', () => {
    const success = auth(0)
    expect(faultOf(() => connecting(FIELDS).receive(success, at(0)))).toEqual([
      0x82,
      'MQTT-4.12.0-2',
    ])
  })

  it('an AUTH of the server may not have a code of a client [MQTT-3.15.2-1]', () => {
    expect(faultOf(() => connecting(FIELDS).receive(auth(0x19), at(0)))).toEqual([
      0x82,
      'MQTT-3.15.2-1',
    ])
  })

  it('a second AUTH may not come before the first is answered', () => {
    const client = connecting(FIELDS)
    client.receive(auth(0x18), at(0))
    expect(faultOf(() => client.receive(auth(0x18), at(0)))).toEqual([0x82, undefined])
  })

  it('CONNACK needs no answer any more', () => {
    const client = connecting(FIELDS)
    client.receive(auth(0x18), at(0))
    client.receive(connack({ properties: TERMS }), at(0))
    expect(client.authenticate({}, at(0))).toEqual([])
  })

  it('an AUTH may have declined Problem Information neither [MQTT-3.1.2-29]', () => {
    const properties = { ...FIELDS.properties, requestProblemInformation: 0 }
    const remarked = { ...auth(0x18), properties: { ...TERMS, reasonString: 'Why' } }
    expect(faultOf(() => connecting({ properties }).receive(remarked, at(0)))).toEqual([
      0x82,
      'MQTT-3.1.2-29',
    ])
  })
})

describe('authenticating again', () => {
  it('begins with AUTH 0x19 and the same method [MQTT-4.12.1-1]', () => {
    const client = letIn({ fields: { ...FIELDS, keepAlive: 10 }, terms: TERMS })
    expect(client.reauthenticate({ authenticationData: Uint8Array.of(1) }, at(1000))).toEqual([
      sends(auth(0x19, [1])),
    ])
    expect(client.receive(auth(0x18), at(2000))).toMatchObject([{ type: 'authentication' }])
    expect(client.authenticate({}, at(3000))).toEqual([sends(auth(0x18))])
    expect(client.receive(auth(0), at(4000))).toEqual([
      { type: 'reauthenticated', packet: auth(0) },
    ])
    expect(client.deadline).toBe(at(13_000))
  })

  it('may end with an AUTH that says nothing', () => {
    const client = letIn({ fields: FIELDS, terms: TERMS })
    client.reauthenticate({}, at(0))
    const empty = { type: 'auth', reasonCode: 0 } as const
    expect(client.receive(empty, at(0))).toEqual([{ type: 'reauthenticated', packet: empty }])
  })

  it('may be done again, but not at once', () => {
    const client = letIn({ fields: FIELDS, terms: TERMS })
    client.reauthenticate({}, at(0))
    expect(localFaultOf(() => client.reauthenticate({}, at(0)))).toEqual([0x82, undefined])
    client.receive(auth(0), at(0))
    expect(client.reauthenticate({}, at(0))).toHaveLength(1)
  })

  it('is not begun without a method [MQTT-4.12.0-7]', () => {
    const client = letIn()
    expect(localFaultOf(() => client.reauthenticate({}, at(0)))).toEqual([0x82, 'MQTT-4.12.0-7'])
  })

  it('is not begun by the server', () => {
    const client = letIn({ fields: FIELDS, terms: TERMS })
    expect(faultOf(() => client.receive(auth(0x18), at(0)))).toEqual([0x82, undefined])
  })

  it('is not begun with more than the server reads [MQTT-3.2.2-15]', () => {
    const client = letIn({ fields: FIELDS, terms: { ...TERMS, maximumPacketSize: 30 } })
    const large = { authenticationData: new Uint8Array(30) }
    expect(localFaultOf(() => client.reauthenticate(large, at(0)))).toEqual([0x95, 'MQTT-3.2.2-15'])
    expect(client.reauthenticate({}, at(0))).toHaveLength(1)
  })

  it('leaves out the remarks that do not fit [MQTT-3.15.2-2] [MQTT-3.15.2-3]', () => {
    const remarks = { reasonString: 'As every hour', userProperty: [['a', 'b']] } as const
    const wide = letIn({ fields: FIELDS, terms: TERMS })
    expect(wide.reauthenticate(remarks, at(0))).toMatchObject([{ packet: { properties: remarks } }])
    const narrow = letIn({ fields: FIELDS, terms: { ...TERMS, maximumPacketSize: 20 } })
    expect(narrow.reauthenticate(remarks, at(0))).toEqual([sends(auth(0x19))])
  })

  it('that fails is the end [MQTT-4.12.1-2]', () => {
    const client = letIn({ fields: FIELDS, terms: TERMS })
    client.reauthenticate({}, at(0))
    const packet = { type: 'disconnect', reasonCode: 0x87 } as const
    expect(client.receive(packet, at(0))).toMatchObject([{ type: 'close', reasonCode: 0x87 }])
    const wary = letIn({ fields: FIELDS, terms: TERMS })
    wary.reauthenticate({}, at(0))
    wary.receive(auth(0x18), at(0))
    expect(wary.end(0x80, 'The server is another')).toMatchObject([
      { packet: { type: 'disconnect', reasonCode: 0x80 } },
      { type: 'close' },
    ])
  })
})

function auth(
  reasonCode: 0 | 0x18 | 0x19,
  data?: readonly number[],
): {
  readonly type: 'auth'
  readonly reasonCode: 0 | 0x18 | 0x19
  readonly properties: {
    readonly authenticationMethod: string
    readonly authenticationData?: Uint8Array
  }
} {
  return {
    type: 'auth',
    reasonCode,
    properties: {
      authenticationMethod: METHOD,
      ...(data !== undefined && { authenticationData: Uint8Array.from(data) }),
    },
  }
}
