// CONNACK at the client's end (§3.2): the terms, the session, and refusals.

import { ReasonCode } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ClientSession } from '../src/index.ts'
import type { OutgoingMessage } from '../src/index.ts'
import {
  ack,
  connack,
  connecting,
  letIn,
  message,
  Output,
  sends,
  unconnected,
} from './client-protocol.ts'
import { at, faultOf, OLDER } from './protocol.ts'

const DEFAULTS = {
  clientId: 'c',
  keepAlive: 0,
  sessionExpiryInterval: 0,
  receiveMaximum: 65_535,
  maximumQoS: 2,
  retainAvailable: true,
  maximumPacketSize: 268_435_460,
  topicAliasMaximum: 0,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifierAvailable: true,
  sharedSubscriptionAvailable: true,
  responseInformation: undefined,
  serverReference: undefined,
  reasonString: undefined,
  authenticationData: undefined,
  userProperty: [],
}

describe('the terms in CONNACK', () => {
  it('are the defaults of MQTT 5.0 where it says nothing', () => {
    const client = connecting()
    expect(client.terms).toBeUndefined()
    expect(client.receive(connack(), at(0))).toEqual([
      { type: 'connected', sessionPresent: false, discarded: [], terms: DEFAULTS },
    ])
    expect(client.state).toBe('connected')
    expect(client.terms).toEqual(DEFAULTS)
  })

  it('are all that it says', () => {
    const authenticationMethod = 'GS2-KRB5'
    const client = connecting({
      clientId: '',
      properties: {
        sessionExpiryInterval: 60,
        requestResponseInformation: 1,
        authenticationMethod,
      },
    })
    const properties = {
      sessionExpiryInterval: 30,
      receiveMaximum: 10,
      maximumQoS: 1,
      retainAvailable: 0,
      maximumPacketSize: 1000,
      assignedClientIdentifier: 'auto-1',
      topicAliasMaximum: 5,
      reasonString: 'Hello',
      wildcardSubscriptionAvailable: 0,
      subscriptionIdentifierAvailable: 0,
      sharedSubscriptionAvailable: 0,
      serverKeepAlive: 20,
      responseInformation: 'reply/',
      serverReference: 'other:1883',
      authenticationMethod,
      authenticationData: Uint8Array.of(7),
      userProperty: [['a', 'b']],
    } as const
    expect(client.receive(connack({ properties }), at(0))).toEqual([
      {
        type: 'connected',
        sessionPresent: false,
        discarded: [],
        terms: {
          clientId: 'auto-1',
          keepAlive: 20,
          sessionExpiryInterval: 30,
          receiveMaximum: 10,
          maximumQoS: 1,
          retainAvailable: false,
          maximumPacketSize: 1000,
          topicAliasMaximum: 5,
          wildcardSubscriptionAvailable: false,
          subscriptionIdentifierAvailable: false,
          sharedSubscriptionAvailable: false,
          responseInformation: 'reply/',
          serverReference: 'other:1883',
          reasonString: 'Hello',
          authenticationData: Uint8Array.of(7),
          userProperty: [['a', 'b']],
        },
      },
    ])
  })

  it.each([
    [true, 0],
    [false, 0xffff_ffff],
  ])(
    'follow from Clean Session %s in MQTT 3.1.1: the session outlives it %i seconds',
    (cleanStart, sessionExpiryInterval) => {
      const client = letIn({ fields: { version: 4, cleanStart, keepAlive: 9 } })
      const subscriptionIdentifierAvailable = false
      expect(client.terms).toEqual({
        ...DEFAULTS,
        keepAlive: 9,
        sessionExpiryInterval,
        subscriptionIdentifierAvailable,
      })
      expect(client.sessionExpiryInterval).toBe(sessionExpiryInterval)
    },
  )

  it('leave the Session Expiry Interval as it was asked for', () => {
    const client = letIn({ fields: { properties: { sessionExpiryInterval: 60 } } })
    expect(client.sessionExpiryInterval).toBe(60)
  })

  it('do not replace a Client Identifier that the client has', () => {
    const client = letIn({ terms: { assignedClientIdentifier: 'auto-1' } })
    expect(client.terms?.clientId).toBe('c')
  })

  it('know no QoS above 2', () => {
    expect(letIn({ terms: { maximumQoS: 3 } }).terms?.maximumQoS).toBe(2)
  })
})

describe('a session', () => {
  it('that only the server has ends the connection [MQTT-3.2.2-4]', () => {
    const client = connecting({ cleanStart: false })
    const cause = 'The server has kept a session that the client has not'
    expect(client.receive(connack({ sessionPresent: true }), at(0))).toEqual([
      sends({ type: 'disconnect', reasonCode: 0x80, properties: { reasonString: cause } }),
      {
        type: 'close',
        origin: 'client',
        reasonCode: 0x80,
        name: 'Unspecified error',
        cause,
        statement: 'MQTT-3.2.2-4',
        discarded: [],
      },
    ])
  })

  it('that only the server has is left in words that fit into its packets [MQTT-3.14.2-3]', () => {
    const client = connecting({ cleanStart: false })
    const terms = connack({ sessionPresent: true, properties: { maximumPacketSize: 20 } })
    expect(client.receive(terms, at(0))).toMatchObject([
      { packet: { type: 'disconnect', reasonCode: 0x80 } },
      { type: 'close' },
    ])
  })

  it('that the program claims to have is resumed, though it knows nothing of it', () => {
    const session = new ClientSession<OutgoingMessage>(true)
    const client = connecting({ cleanStart: false }, {}, session)
    expect(client.receive(connack({ sessionPresent: true }), at(0))).toMatchObject([
      { type: 'connected', sessionPresent: true },
    ])
  })

  it('that MQTT 3.1.1 finds present may be resumed by a client without one', () => {
    const client = connecting({ version: 4, cleanStart: false })
    expect(client.receive(connack({ sessionPresent: true }), at(0))).toMatchObject([
      { type: 'connected', sessionPresent: true, discarded: [] },
    ])
  })

  it('that the server has lost is discarded by the client [MQTT-3.2.2-5]', () => {
    const { session, unacknowledged } = interrupted()
    const client = connecting({ cleanStart: false }, {}, session)
    expect(session.exists).toBe(true)
    expect(client.receive(connack(), at(0))).toMatchObject([
      { type: 'connected', sessionPresent: false, discarded: [unacknowledged] },
    ])
    expect(client.resending).toBe(false)
    expect(session.sender.inFlight).toBe(0)
  })

  it('is kept while nobody has answered, and after a refusal [MQTT-4.1.0-1]', () => {
    const { session } = interrupted()
    const client = connecting({ cleanStart: false }, {}, session)
    client.receive(connack({ reasonCode: ReasonCode.ServerBusy }), at(0))
    expect(session.exists).toBe(true)
    expect(session.sender.inFlight).toBe(1)
  })

  it('is discarded by Clean Start 1 [MQTT-3.1.2-4]', () => {
    const { session, unacknowledged } = interrupted()
    const client = connecting({ cleanStart: true }, {}, session)
    expect(client.receive(connack(), at(0))).toMatchObject([{ discarded: [unacknowledged] }])
  })

  it.each([4, 5] as const)(
    'may not be present after Clean Start 1 in version %i [MQTT-3.2.2-2]',
    (version) => {
      const client = connecting({ version })
      const present = connack({ sessionPresent: true })
      expect(faultOf(() => client.receive(present, at(0)))).toEqual([0x82, 'MQTT-3.2.2-2'])
    },
  )

  it('is taken to be there in MQTT 3.1, which cannot say so', () => {
    const { session } = interrupted(3)
    const client = connecting({ version: 3, cleanStart: false }, {}, session)
    expect(client.receive(connack(), at(0))).toMatchObject([
      { type: 'connected', sessionPresent: false, discarded: [] },
    ])
    const output = new Output(3)
    client.resend(output)
    expect(output.sent).toEqual(['publish 1 a/b qos 1 dup'])
  })

  it('of MQTT 3.1 is discarded with Clean Session 1 [MQTT311-3.1.2-6]', () => {
    const { session, unacknowledged } = interrupted(3)
    const client = connecting({ version: 3 }, {}, session)
    expect(client.receive(connack(), at(0))).toMatchObject([{ discarded: [unacknowledged] }])
  })
})

describe('a refusal', () => {
  it('closes with all that the server said [MQTT-4.13.2-1]', () => {
    const properties = {
      reasonString: 'Go there',
      serverReference: 'other:1883',
      userProperty: [['a', 'b']],
    } as const
    const refusal = connack({ reasonCode: ReasonCode.ServerMoved, properties })
    expect(connecting().receive(refusal, at(0))).toEqual([
      {
        type: 'close',
        origin: 'server',
        reasonCode: 0x9d,
        name: 'Server moved',
        cause: 'Go there',
        serverReference: 'other:1883',
        userProperty: [['a', 'b']],
        discarded: [],
      },
    ])
  })

  it.each(OLDER)('of version %i has a name and nothing else', (version) => {
    const client = connecting({ version })
    const refusal = connack({ reasonCode: ReasonCode.BadUserNameOrPassword })
    expect(client.receive(refusal, at(0))).toEqual([
      {
        type: 'close',
        origin: 'server',
        reasonCode: 0x86,
        name: 'Bad User Name or Password',
        cause: 'The server refused the CONNECT: Bad User Name or Password',
        discarded: [],
      },
    ])
    expect(client.state).toBe('closed')
    expect(client.receive(connack(), at(0))).toEqual([])
  })
})

describe('a CONNACK that a server may not send', () => {
  it('assigns no Client Identifier where there is none [MQTT-3.2.2-16]', () => {
    const client = connecting({ clientId: '' })
    expect(faultOf(() => client.receive(connack(), at(0)))).toEqual([0x82, 'MQTT-3.2.2-16'])
    const properties = { assignedClientIdentifier: '' }
    expect(faultOf(() => client.receive(connack({ properties }), at(0)))).toEqual([
      0x82,
      'MQTT-3.2.2-16',
    ])
  })

  it('has Response Information unasked [MQTT-3.1.2-28]', () => {
    const unasked = connack({ properties: { responseInformation: 'reply/' } })
    expect(faultOf(() => connecting().receive(unasked, at(0)))).toEqual([0x82, 'MQTT-3.1.2-28'])
  })

  it('is a second one [MQTT-3.2.0-2]', () => {
    expect(faultOf(() => letIn().receive(connack(), at(0)))).toEqual([0x82, 'MQTT-3.2.0-2'])
  })

  it('answers a CONNECT that was not sent', () => {
    expect(faultOf(() => unconnected().receive(connack(), at(0)))).toEqual([0x82, undefined])
  })
})

describe('before CONNACK', () => {
  it.each([
    { type: 'suback', packetId: 1, reasonCodes: [0] },
    { type: 'pingresp' },
    { type: 'connect', version: 5, clientId: '', cleanStart: true, keepAlive: 0 },
  ] as const)('no $type may come [MQTT-3.2.0-1]', (packet) => {
    expect(faultOf(() => connecting().receive(packet, at(0)))).toEqual([0x82, 'MQTT-3.2.0-1'])
  })

  it('no DISCONNECT may come [MQTT-3.14.0-1]', () => {
    const packet = { type: 'disconnect', reasonCode: 0 } as const
    expect(faultOf(() => connecting().receive(packet, at(0)))).toEqual([0x82, 'MQTT-3.14.0-1'])
  })
})

/** A session that lost its connection while a message was unacknowledged. */
function interrupted(version: 3 | 5 = 5): {
  session: ClientSession<OutgoingMessage>
  unacknowledged: OutgoingMessage
} {
  const session = new ClientSession<OutgoingMessage>()
  const unacknowledged = message({ qos: 1 })
  const properties = { sessionExpiryInterval: 60 }
  const client = letIn({
    session,
    fields: version === 5 ? { properties } : { version, cleanStart: false },
  })
  client.publish(unacknowledged, at(0), new Output(version))
  client.receiveAcknowledgement(ack('puback', 9), at(0), new Output())
  client.lost('reset')
  return { session, unacknowledged }
}
