// The terms in CONNACK (§3.2.2.3): what MQTT 5.0 clients are told of the server and of themselves.

import { PACKET_BYTES_MAX } from '@godwit/codec'
import type { ConnackPacket, ConnectPacket, ProtocolVersion } from '@godwit/codec'
import { describe, expect, it } from 'vitest'
import type { Acceptance, ServerLimits } from '../src/index.ts'
import { acceptance, at, close, connect, connected, frame, newExchanges } from './protocol.ts'
import { Acknowledgements, OLDER, opened, send, VERSIONS } from './protocol.ts'

/** A server of which there is nothing to tell. */
const ALL = { packetBytesMax: PACKET_BYTES_MAX }

describe('the capabilities in CONNACK', () => {
  it('are not mentioned where the server can do everything', () => {
    expect(termsOf({}, ALL)).toEqual({})
  })

  it('are announced where the server lacks them, such as QoS 1 and 2 [MQTT-3.2.2-9]', () => {
    const limits = {
      packetBytesMax: 1_048_576,
      receiveMaximum: 10,
      maximumQoS: 0,
      topicAliasMaximum: 5,
      retainAvailable: false,
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifierAvailable: false,
      sharedSubscriptionAvailable: false,
    } as const
    expect(termsOf({}, limits)).toEqual({
      maximumPacketSize: 1_048_576,
      receiveMaximum: 10,
      maximumQoS: 0,
      topicAliasMaximum: 5,
      retainAvailable: 0,
      wildcardSubscriptionAvailable: 0,
      subscriptionIdentifierAvailable: 0,
      sharedSubscriptionAvailable: 0,
    })
  })

  it.each(OLDER)('are no part of version %i', (version) => {
    const server = opened({ maximumQoS: 0, receiveMaximum: 10, retainAvailable: false })
    server.receive(connect({ version }), at(0))
    expect(server.accept(acceptance({ reasonString: 'Welcome' }), at(0))).toEqual([
      send({ type: 'connack', sessionPresent: false, reasonCode: 0 }),
    ])
  })
})

describe('the session in CONNACK', () => {
  it.each(VERSIONS)('is new with Clean Start 1 in version %i [MQTT-3.2.2-2]', (version) => {
    const server = opened()
    server.receive(connect({ version, cleanStart: true }), at(0))
    expect(server.accept(acceptance({ sessionPresent: true }), at(0))).toMatchObject([
      { packet: { sessionPresent: false, reasonCode: 0 } },
    ])
  })

  it('is kept as long as the client wants, of which nothing is said [MQTT-3.1.2-23]', () => {
    expect(termsOf({ properties: { sessionExpiryInterval: 3600 } }, ALL)).toEqual({})
    expect(expiryOf({ properties: { sessionExpiryInterval: 3600 } })).toBe(3600)
    expect(expiryOf({})).toBe(0)
  })

  it('is kept as long as the server allows, which is said where that is shorter', () => {
    const longer = { properties: { sessionExpiryInterval: 3601 } }
    expect(termsOf(longer, ALL)).toEqual({ sessionExpiryInterval: 3600 })
    expect(expiryOf(longer)).toBe(3600)
    const forEver = { properties: { sessionExpiryInterval: 0xffff_ffff } }
    expect(termsOf(forEver, ALL)).toEqual({ sessionExpiryInterval: 3600 })
    expect(termsOf(forEver, { ...ALL, sessionExpirySecondsMax: 0xffff_ffff })).toEqual({})
    expect(termsOf(forEver, { ...ALL, sessionExpirySecondsMax: 0 })).toEqual({
      sessionExpiryInterval: 0,
    })
  })

  it.each(OLDER)('ends with version %i if it is a Clean Session [MQTT311-3.1.2-6]', (version) => {
    expect(expiryOf({ version, cleanStart: true })).toBe(0)
    expect(expiryOf({ version, cleanStart: false })).toBe(3600)
  })
})

describe('the Keep Alive in CONNACK', () => {
  it.each([
    [1200, {}],
    [1201, { serverKeepAlive: 1200 }],
    [0, {}],
  ])('answers %i with %o [MQTT-3.2.2-21]', (keepAlive, told) => {
    expect(termsOf({ keepAlive }, ALL)).toEqual(told)
  })
})

describe('what the owner has decided', () => {
  it('tells the Client Identifier that was assigned [MQTT-3.1.3-7]', () => {
    const assigned = { assignedClientIdentifier: 'auto-1' }
    expect(termsOf({ clientId: '' }, ALL, assigned)).toEqual(assigned)
  })

  it('tells Response Information only to a client that asks for it [MQTT-3.1.2-28]', () => {
    const told = { responseInformation: 'replies/c' }
    const asking = { properties: { requestResponseInformation: 1 } }
    expect(termsOf(asking, ALL, told)).toEqual(told)
    expect(termsOf(asking, ALL)).toEqual({})
    expect(termsOf({ properties: { requestResponseInformation: 0 } }, ALL, told)).toEqual({})
    expect(termsOf({}, ALL, told)).toEqual({})
  })

  it('can be seen by the owner in what the client asked for', () => {
    const server = opened()
    expect(server.responseInformationWanted).toBe(false)
    expect(server.problemInformation).toBe(true)
    expect(server.sessionExpiryInterval).toBe(0)
    expect(server.maximumPacketSize).toBe(Infinity)
    const properties = { requestResponseInformation: 1, requestProblemInformation: 0 }
    server.receive(connect({ properties }), at(0))
    expect(server.responseInformationWanted).toBe(true)
    expect(server.problemInformation).toBe(false)
  })
})

describe('a CONNACK that is larger than the Maximum Packet Size', () => {
  const limits = { ...ALL, maximumQoS: 0 } as const
  const bytes = 2 + 1 + 1 + 1 + 2

  it('loses its Reason String and then its User Properties [MQTT-3.2.2-19] [MQTT-3.2.2-20]', () => {
    const remarks = { reasonString: 'Hello', userProperty: [['a', 'b']] } as const
    const termsIn = (maximumPacketSize: number) =>
      termsOf({ properties: { maximumPacketSize } }, limits, remarks)
    expect(termsIn(bytes + 8 + 7)).toEqual({ maximumQoS: 0, ...remarks })
    expect(termsIn(bytes + 8 + 6)).toEqual({ maximumQoS: 0, reasonString: 'Hello' })
    expect(termsIn(bytes + 7)).toEqual({ maximumQoS: 0, userProperty: [['a', 'b']] })
    expect(termsIn(bytes)).toEqual({ maximumQoS: 0 })
  })

  it('even so is not sent, and ends the connection [MQTT-3.1.2-24]', () => {
    const server = opened(limits)
    server.receive(connect({ properties: { maximumPacketSize: bytes - 1 } }), at(0))
    expect(server.maximumPacketSize).toBe(bytes - 1)
    expect(server.accept(acceptance(), at(0))).toEqual([
      close(0x95, 'The CONNACK is larger than the Maximum Packet Size of the client'),
    ])
    expect(server.state).toBe('closed')
  })
})

describe('a session that goes on with the connection', () => {
  it.each([
    [{ properties: { receiveMaximum: 2 } }, 2],
    [{ properties: { receiveMaximum: 5 } }, 4],
    [{}, 4],
    [{ version: 4 }, 3],
    [{ version: 3 }, 3],
  ] as const)('of %o has room for %i PUBLISHes [MQTT-3.3.4-9]', (fields, room) => {
    const exchanges = newExchanges()
    connected(fields, { inFlightMax: 4, inFlightMaxV3: 3 }, exchanges)
    const begun = [1, 2, 3, 4, 5].map(() => exchanges.sender.begin(1, 'm'))
    expect(begun.filter((packetId) => packetId !== 0)).toHaveLength(room)
  })

  it('takes as many PUBLISHes as the client was told, if it could be told', () => {
    const publishing = (version: ProtocolVersion) => {
      const server = connected({ version }, { receiveMaximum: 2 })
      const sink = new Acknowledgements()
      for (const packetId of [1, 2, 3]) {
        server.receivePublish(frame({ qos: 1, packetId }, version), at(0), sink)
      }
    }
    expect(() => publishing(5)).toThrow('[MQTT-3.3.4-7]')
    for (const version of OLDER) expect(() => publishing(version)).not.toThrow()
  })

  it('has Topic Aliases as far as both ends allow [MQTT-3.1.2-26] [MQTT-3.1.2-27]', () => {
    const aliasesOf = (fields: Partial<ConnectPacket>, topicAliasOutboundMax = 8) =>
      connected(fields, { topicAliasOutboundMax }).outboundAliases
    const allowing = { properties: { topicAliasMaximum: 1 } }
    expect(aliasesOf(allowing).enabled).toBe(true)
    expect(aliasesOf(allowing, 0).enabled).toBe(false)
    expect(aliasesOf({ properties: { topicAliasMaximum: 0 } }).enabled).toBe(false)
    expect(aliasesOf({}).enabled).toBe(false)
    expect(aliasesOf({ version: 4 }).enabled).toBe(false)
    expect(opened().outboundAliases.enabled).toBe(false)
    const aliases = aliasesOf(allowing)
    expect(['a/one', 'a/two'].map((topic) => [1, 2].map(() => aliases.use(topic)))).toEqual([
      [0, -1],
      [0, 0],
    ])
  })

  it('takes no Topic Alias along to the next one [MQTT-3.3.2-7]', () => {
    const fields = { properties: { topicAliasMaximum: 8 } }
    const exchanges = newExchanges()
    const limits = { topicAliasMaximum: 8 }
    const sink = new Acknowledgements()
    const first = connected(fields, limits, exchanges)
    first.receivePublish(frame({ topic: 'a/b/c', properties: { topicAlias: 1 } }), at(0), sink)
    first.outboundAliases.use('a/b/c')
    expect(first.outboundAliases.use('a/b/c')).toBe(-1)
    first.lost('gone')
    expect(first.outboundAliases.enabled).toBe(false)
    const second = connected(fields, limits, exchanges)
    expect(second.outboundAliases.use('a/b/c')).toBe(0)
    const aliased = frame({ topic: '', properties: { topicAlias: 1 } })
    expect(() => second.receivePublish(aliased, at(0), sink)).toThrow('stands for no Topic Name')
  })
})

/** The properties of the CONNACK that answers such a CONNECT. */
function termsOf(
  fields: Partial<ConnectPacket>,
  limits: Partial<ServerLimits>,
  decided: Partial<Acceptance> = {},
): ConnackPacket['properties'] {
  const server = opened(limits)
  server.receive(connect(fields), at(0))
  const [effect] = server.accept(acceptance(decided), at(0))
  if (effect?.type !== 'send' || effect.packet.type !== 'connack') throw new TypeError('No CONNACK')
  return effect.packet.properties
}

function expiryOf(fields: Partial<ConnectPacket>): number {
  return connected(fields).sessionExpiryInterval
}
