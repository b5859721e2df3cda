// CONNECT from the client's end (§3.1): what is asked for, and what may not be.

import { encode, MqttError } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import { CLIENT_LIMITS, connack, connecting, localFaultOf } from './client-protocol.ts'
import { message, options, Output, sends, unconnected } from './client-protocol.ts'
import { at, OLDER, VERSIONS, will } from './protocol.ts'

describe('a CONNECT', () => {
  it.each(VERSIONS)(
    'is the first packet of version %i, and there is one [MQTT-3.1.0-1] [MQTT-3.1.0-2]',
    (version) => {
      const client = unconnected()
      expect(client.state).toBe('unconnected')
      expect(client.version).toBe(5)
      expect(client.connect(options({ version }), at(0))).toEqual([
        sends({ type: 'connect', version, clientId: 'c', cleanStart: true, keepAlive: 0 }),
      ])
      expect(client.state).toBe('connecting')
      expect(client.version).toBe(version)
      expect(() => client.connect(options({ version }), at(0))).toThrow(TypeError)
    },
  )

  it('comes before anything else that the client says [MQTT-3.1.0-1]', () => {
    const client = unconnected()
    const output = new Output()
    expect(client.publish(message(), at(0), output)).toBe('wait')
    expect(client.authenticate({}, at(0))).toEqual([])
    expect(client.timeout(at(1_000_000))).toEqual([])
    client.resend(output)
    client.settle({ qos: 1, packetId: 1 }, 0, output)
    expect(() => client.subscribe([], at(0))).toThrow(TypeError)
    expect(() => client.unsubscribe([], at(0))).toThrow('The client is not connected')
    expect(() => client.reauthenticate({}, at(0))).toThrow(TypeError)
    expect(output.sent).toEqual([])
    expect(client.hasRoom).toBe(false)
    expect(client.resending).toBe(false)
    expect(client.deadline).toBe(Infinity)
  })

  it('carries the Will, the user name and the password that it was given [MQTT-3.1.2-9] [MQTT-3.1.2-17] [MQTT-3.1.2-19]', () => {
    const fields = { will: will({ qos: 1 }), username: 'u', password: Uint8Array.of(7) }
    const [{ packet }] = unconnected().connect(options(fields), at(0))
    expect(packet).toMatchObject(fields)
    // The flags, the Keep Alive, no properties; then what they announce.
    expect([...encode(packet, 5)].slice(9)).toEqual([
      0b1100_1110, 0, 0, 0, 0, 1, 0x63, 0, 0, 4, 0x67, 0x6f, 0x6e, 0x65, 0, 0, 0, 1, 0x75, 0, 1, 7,
    ])
  })

  it('has no flags for what it was not given [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-16] [MQTT-3.1.2-18]', () => {
    const [{ packet }] = unconnected().connect(options({ version: 4 }), at(0))
    expect([...encode(packet, 4)].slice(9)).toEqual([0b0000_0010, 0, 0, 0, 1, 0x63])
  })

  it('names the session by its Client Identifier [MQTT-3.1.3-2]', () => {
    const client = connecting({ clientId: '' })
    client.receive(connack({ properties: { assignedClientIdentifier: 'auto-1' } }), at(0))
    const clientId = client.terms?.clientId ?? ''
    expect(unconnected().connect(options({ clientId }), at(0))).toMatchObject([
      { packet: { clientId: 'auto-1' } },
    ])
  })

  it('tells an MQTT 5.0 server what the client limits', () => {
    const limits = { receiveMaximum: 10, topicAliasMaximum: 5, packetBytesMax: 1000 }
    const properties = { sessionExpiryInterval: 60 }
    expect(unconnected(limits).connect(options({ properties }), at(0))).toMatchObject([
      {
        packet: {
          properties: {
            sessionExpiryInterval: 60,
            receiveMaximum: 10,
            topicAliasMaximum: 5,
            maximumPacketSize: 1000,
          },
        },
      },
    ])
  })

  it.each(OLDER)('tells a server of version %i nothing, which has no words for it', (version) => {
    const limits = { receiveMaximum: 10, topicAliasMaximum: 5, packetBytesMax: 1000 }
    const [{ packet }] = unconnected(limits).connect(options({ version }), at(0))
    expect(packet.properties).toBeUndefined()
  })

  it('may have an empty Client Identifier in MQTT 5.0', () => {
    const fields = { clientId: '', cleanStart: false }
    expect(unconnected().connect(options(fields), at(0))).toMatchObject([{ packet: fields }])
  })

  it('has an empty Client Identifier in MQTT 3.1.1 only with Clean Session 1 [MQTT311-3.1.3-7]', () => {
    const fields = { version: 4, clientId: '' } as const
    const client = unconnected()
    const lasting = options({ ...fields, cleanStart: false })
    expect(localFaultOf(() => client.connect(lasting, at(0)))).toEqual([0x85, 'MQTT311-3.1.3-7'])
    expect(client.connect(options(fields), at(0))).toMatchObject([{ packet: fields }])
    client.receive(connack(), at(0))
    expect(client.terms?.clientId).toBe('')
  })

  it('has a Client Identifier in MQTT 3.1', () => {
    const client = unconnected()
    const empty = options({ version: 3, clientId: '' })
    expect(localFaultOf(() => client.connect(empty, at(0)))).toEqual([0x85, undefined])
  })

  it('has no password without a user name before MQTT 5.0 [MQTT311-3.1.2-22]', () => {
    const fields = options({ version: 4, password: Uint8Array.of(1) })
    const client = unconnected()
    expect(localFaultOf(() => client.connect(fields, at(0)))).toEqual([0x83, 'MQTT311-3.1.2-22'])
    expect(client.state).toBe('unconnected')
  })

  it.each([
    [{ will: will({ topic: 'a/#' }) }, 'A Topic Name may not hold the wildcards'],
    [{ keepAlive: 65_536 }, '65536'],
    [{ version: 4, properties: { sessionExpiryInterval: 1 } }, 'Only MQTT 5.0 has properties'],
    [{ properties: { authenticationData: Uint8Array.of(1) } }, 'needs authenticationMethod'],
  ] as const)('that cannot be encoded changes nothing: %o', (fields, cause) => {
    const client = unconnected()
    expect(() => client.connect(options(fields), at(0))).toThrow(cause)
    expect(() => client.connect(options(fields), at(0))).toThrow(MqttError)
    expect(client.state).toBe('unconnected')
  })
})

describe('the wait for CONNACK', () => {
  it('ends after a while', () => {
    const client = connecting()
    expect(client.deadline).toBe(at(10_000))
    expect(client.timeout(at(9999))).toEqual([])
    expect(client.timeout(at(10_000))).toEqual([
      {
        type: 'close',
        origin: 'loss',
        reasonCode: 0x88,
        name: 'Server unavailable',
        cause: 'No CONNACK came in time',
        discarded: [],
      },
    ])
    expect(client.state).toBe('closed')
    expect(client.deadline).toBe(Infinity)
  })

  it('is over when CONNACK is there', () => {
    const client = connecting()
    client.receive(connack(), at(5000))
    expect(client.deadline).toBe(Infinity)
    expect(CLIENT_LIMITS.connectTimeoutMs).toBe(10_000)
  })
})
