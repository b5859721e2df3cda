// The end of a connection at the client's end (§3.14, §4.13): who ends it, and what is said.

import {
  encode,
  malformed,
  peerFault,
  protocolError,
  REASON_CODES,
  ReasonCode,
} from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { ClientSession } from '../src/index.ts'
import type { OutgoingMessage } from '../src/index.ts'
import { ack, connecting, letIn, localFaultOf, message, Output } from './client-protocol.ts'
import { sends, unconnected } from './client-protocol.ts'
import { at, faultOf, frame, OLDER, VERSIONS } from './protocol.ts'

const BYE = { origin: 'client', reasonCode: 0, name: 'Normal disconnection', cause: 'Bye' }

describe('a client that leaves', () => {
  it.each(VERSIONS)('says DISCONNECT and closes in version %i [MQTT-3.14.4-2]', (version) => {
    const client = letIn({ fields: { version } })
    expect(client.end(ReasonCode.NormalDisconnection, 'Bye')).toEqual([
      sends({ type: 'disconnect', reasonCode: 0 }),
      { type: 'close', ...BYE, discarded: [] },
    ])
    expect(client.state).toBe('closed')
  })

  it.each(VERSIONS)('says nothing after DISCONNECT in version %i [MQTT-3.14.4-1]', (version) => {
    const client = letIn({ fields: { version, keepAlive: 10 } })
    const output = new Output(version)
    client.publish(message({ qos: 2 }), at(0), output)
    client.receivePublish(frame({ qos: 1, packetId: 7 }, version), at(0), output)
    client.end(ReasonCode.NormalDisconnection, 'Bye')
    output.take()
    expect(client.end(ReasonCode.NormalDisconnection, 'Bye')).toEqual([])
    expect(client.publish(message(), at(0), output)).toBe('wait')
    expect(client.receive({ type: 'pingreq' }, at(0))).toEqual([])
    expect(client.receiveAcknowledgement(ack('pubrec', 1), at(0), output)).toBeUndefined()
    client.settle({ qos: 1, packetId: 7 }, 0, output)
    client.resend(output)
    expect(client.timeout(at(1_000_000))).toEqual([])
    expect(client.authenticate({}, at(0))).toEqual([])
    expect(client.fail(malformed('It is wrong'))).toEqual([])
    expect(client.lost('reset')).toEqual([])
    expect(() => client.subscribe([], at(0))).toThrow(TypeError)
    expect(output.sent).toEqual([])
  })

  it.each(VERSIONS)('may do so before CONNACK in version %i', (version) => {
    expect(connecting({ version }).end(ReasonCode.NormalDisconnection, 'Bye')).toEqual([
      sends({ type: 'disconnect', reasonCode: 0 }),
      { type: 'close', ...BYE, discarded: [] },
    ])
  })

  it('says nothing before CONNECT', () => {
    expect(unconnected().end(ReasonCode.NormalDisconnection, 'Bye')).toEqual([
      { type: 'close', ...BYE, discarded: [] },
    ])
  })

  it('says why in MQTT 5.0', () => {
    const userProperty = [['a', 'b']] as const
    const details = { sessionExpiryInterval: 0, userProperty }
    const reasonString = 'The battery is low'
    const left = letIn().end(ReasonCode.DisconnectWithWillMessage, reasonString, details)
    expect(left).toMatchObject([
      {
        packet: {
          type: 'disconnect',
          reasonCode: 4,
          properties: { sessionExpiryInterval: 0, reasonString, userProperty },
        },
      },
      { type: 'close', reasonCode: 4, name: 'Disconnect with Will Message' },
    ])
  })

  it.each(OLDER)(
    'for a reason closes without a word in version %i, so that the Will is published',
    (version) => {
      const client = letIn({ fields: { version } })
      expect(client.end(ReasonCode.DisconnectWithWillMessage, 'Bye')).toMatchObject([
        { type: 'close', reasonCode: 4 },
      ])
    },
  )

  it.each(OLDER)('may not say more in version %i', (version) => {
    const client = letIn({ fields: { version } })
    const details = { sessionExpiryInterval: 1 }
    expect(() => client.end(0, 'Bye', details)).toThrow('Only MQTT 5.0 has properties')
    expect(client.state).toBe('connected')
  })

  it('leaves out the reason that does not fit [MQTT-3.14.2-3] [MQTT-3.14.2-4]', () => {
    const client = letIn({ terms: { maximumPacketSize: 20 } })
    const details = { userProperty: [['name', 'a value of some length']] } as const
    const left = client.end(ReasonCode.UnspecifiedError, 'A reason of some length', details)
    expect(left).toMatchObject([{ packet: { type: 'disconnect', reasonCode: 0x80 } }, {}])
    expect(left[0]).not.toHaveProperty('packet.properties')
  })

  it('closes without a word where not even that fits [MQTT-3.2.2-15]', () => {
    const client = letIn({ terms: { maximumPacketSize: 2 } })
    expect(client.end(ReasonCode.UnspecifiedError, 'Bye')).toMatchObject([{ type: 'close' }])
  })

  it.each(Object.values(REASON_CODES))(
    'can say that for $name in every version [MQTT-3.14.2-1]',
    ({ code }) => {
      for (const version of VERSIONS) {
        const lists = [
          letIn({ fields: { version } }).end(code, 'no'),
          letIn({ fields: { version } }).fail(peerFault('no', code)),
          connecting({ version }).fail(peerFault('no', code)),
        ]
        for (const effects of lists) {
          const packets = effects.flatMap((effect) => (effect.type === 'send' ? effect.packet : []))
          expect(() => packets.map((packet) => encode(packet, version))).not.toThrow()
          expect(effects.at(-1)).toMatchObject({ type: 'close', reasonCode: code })
        }
      }
    },
  )

  it('has no code that only a server has [MQTT-3.14.2-1]', () => {
    const left = letIn().end(ReasonCode.ServerShuttingDown, 'Bye')
    expect(left).toMatchObject([{ packet: { reasonCode: 0x80 } }, { reasonCode: 0x8b }])
    const fault = peerFault('It is wrong', ReasonCode.QoSNotSupported)
    expect(letIn().fail(fault)).toMatchObject([
      { packet: { reasonCode: 0x82 } },
      { reasonCode: 0x9b },
    ])
  })
})

describe('the Session Expiry Interval of a DISCONNECT', () => {
  it('may not be set where CONNECT had none', () => {
    const client = letIn()
    const call = () => client.end(0, 'Bye', { sessionExpiryInterval: 1 })
    expect(localFaultOf(call)).toEqual([0x82, undefined])
    expect(client.state).toBe('connected')
    expect(client.end(0, 'Bye', { sessionExpiryInterval: 0 })).toHaveLength(2)
  })

  it('takes the place of the one that was agreed', () => {
    const session = new ClientSession<OutgoingMessage>()
    const client = letIn({ session, fields: { properties: { sessionExpiryInterval: 60 } } })
    const unacknowledged = message({ qos: 1 })
    client.publish(unacknowledged, at(0), new Output())
    expect(client.end(0, 'Bye', { sessionExpiryInterval: 0 })).toMatchObject([
      { packet: { properties: { sessionExpiryInterval: 0 } } },
      { type: 'close', discarded: [unacknowledged] },
    ])
    expect(client.sessionExpiryInterval).toBe(0)
    expect(session.exists).toBe(false)
  })
})

describe('a DISCONNECT of the server', () => {
  it('closes with all that the server said [MQTT-4.13.2-1]', () => {
    const properties = { reasonString: 'Go', serverReference: 'other' }
    const packet = { type: 'disconnect', reasonCode: 0x9c, properties } as const
    expect(letIn().receive(packet, at(0))).toEqual([
      {
        type: 'close',
        origin: 'server',
        reasonCode: 0x9c,
        name: 'Use another server',
        cause: 'Go',
        serverReference: 'other',
        discarded: [],
      },
    ])
  })

  it('has a cause even if the server gave none', () => {
    const packet = { type: 'disconnect', reasonCode: 0x8b } as const
    expect(letIn().receive(packet, at(0))).toMatchObject([
      { cause: 'The server disconnected: Server shutting down' },
    ])
  })

  it.each(OLDER)('does not exist in version %i', (version) => {
    const client = letIn({ fields: { version } })
    const packet = { type: 'disconnect', reasonCode: 0 } as const
    expect(faultOf(() => client.receive(packet, at(0)))).toEqual([0x82, undefined])
  })

  it('may not have a code that only a client says [MQTT-3.14.2-1]', () => {
    const packet = { type: 'disconnect', reasonCode: 0x04 } as const
    expect(faultOf(() => letIn().receive(packet, at(0)))).toEqual([0x82, 'MQTT-3.14.2-1'])
  })

  it('may not have a Session Expiry Interval [MQTT-3.14.2-2]', () => {
    const properties = { sessionExpiryInterval: 1 }
    const packet = { type: 'disconnect', reasonCode: 0, properties } as const
    expect(faultOf(() => letIn().receive(packet, at(0)))).toEqual([0x82, 'MQTT-3.14.2-2'])
  })
})

describe('a fault of the server', () => {
  it.each([connecting, letIn])(
    'is told it in MQTT 5.0, and is the end [MQTT-4.13.2-1] [MQTT-3.14.4-2]',
    (begin) => {
      const cause = 'It is wrong [MQTT-3.2.0-2]'
      expect(begin().fail(protocolError('It is wrong', 'MQTT-3.2.0-2'))).toEqual([
        sends({ type: 'disconnect', reasonCode: 0x82, properties: { reasonString: cause } }),
        {
          type: 'close',
          origin: 'violation',
          reasonCode: 0x82,
          name: 'Protocol Error',
          cause,
          statement: 'MQTT-3.2.0-2',
          discarded: [],
        },
      ])
    },
  )

  it.each(OLDER)('closes version %i without a word [MQTT311-4.8.0-1]', (version) => {
    const close = {
      type: 'close',
      origin: 'violation',
      reasonCode: 0x81,
      name: 'Malformed Packet',
      cause: 'It is wrong',
      discarded: [],
    }
    expect(letIn({ fields: { version } }).fail(malformed('It is wrong'))).toEqual([close])
    expect(unconnected().fail(malformed('It is wrong'))).toEqual([close])
  })

  it.each([
    { type: 'connect', version: 5, clientId: '', cleanStart: true, keepAlive: 0 },
    { type: 'subscribe', packetId: 1, subscriptions: [] },
    { type: 'unsubscribe', packetId: 1, filters: [] },
    { type: 'pingreq' },
  ] as const)('is a $type, which only a client sends', (packet) => {
    expect(() => letIn().receive(packet, at(0))).toThrow(
      `A server sent a ${packet.type.toUpperCase()}`,
    )
    expect(faultOf(() => letIn().receive(packet, at(0)))).toEqual([0x82, undefined])
  })
})

describe('Problem Information that the client declined', () => {
  const fields = { properties: { requestProblemInformation: 0 } }
  const properties = { reasonString: 'Why' }

  it('is a Protocol Error [MQTT-3.1.2-29]', () => {
    const suback = { type: 'suback', packetId: 1, reasonCodes: [0], properties } as const
    const unsuback = { ...suback, type: 'unsuback' } as const
    const auth = { type: 'auth', reasonCode: 0x18, properties } as const
    for (const packet of [suback, unsuback, auth]) {
      const client = letIn({ fields })
      expect(faultOf(() => client.receive(packet, at(0)))).toEqual([0x82, 'MQTT-3.1.2-29'])
    }
    const user = { ...ack('puback', 1), properties: { userProperty: [] } }
    const client = letIn({ fields })
    expect(faultOf(() => client.receiveAcknowledgement(user, at(0), new Output()))).toEqual([
      0x82,
      'MQTT-3.1.2-29',
    ])
  })

  it('may be in DISCONNECT and CONNACK', () => {
    const connack = letIn({ fields, terms: properties })
    const packet = { type: 'disconnect', reasonCode: 0x8b, properties } as const
    expect(connack.receive(packet, at(0))).toMatchObject([{ cause: 'Why' }])
  })

  it('may be absent', () => {
    const output = new Output()
    const bare = { ...ack('puback', 1), properties: {} }
    expect(letIn({ fields }).receiveAcknowledgement(bare, at(0), output)).toBeUndefined()
  })
})

it.each(VERSIONS)('tells that the transport of version %i is gone', (version) => {
  expect(connecting({ version }).lost('reset')).toEqual([
    {
      type: 'close',
      origin: 'loss',
      reasonCode: 0x80,
      name: 'Unspecified error',
      cause: 'reset',
      discarded: [],
    },
  ])
})
