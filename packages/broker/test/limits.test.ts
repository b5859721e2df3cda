// Every limit, at it and just over it; and the table of them in the README.

import { encode } from '@godwit/codec'
import { readFileSync } from 'node:fs'
import { VirtualClock } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { Broker, DEFAULT_LIMITS } from '../src/index.ts'
import { connect, openWorld, publish, subscribe, VERSIONS } from './peer.ts'

describe('a limit', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 31])('is never %d', (stallTimeoutMs) => {
    const options = { listeners: [], clock: new VirtualClock(), limits: { stallTimeoutMs } }
    expect(() => new Broker(options)).toThrow(
      `The limit stallTimeoutMs is a whole number from 1 to 2147483647, got ${stallTimeoutMs}`,
    )
  })

  it.each([1, 2 ** 31 - 1])('of %d for each of them lets clients in', async (value) => {
    const names = Object.keys(DEFAULT_LIMITS)
    // A first client cannot say less than this.
    const keep = { connectBytesMax: 100, packetBytesMax: 100, propertyBytesMax: 100 }
    const limits = { ...Object.fromEntries(names.map((name) => [name, value])), ...keep }
    const { dial } = await openWorld({ limits })
    const peer = dial()
    const properties = { sessionExpiryInterval: 0xffff_ffff, topicAliasMaximum: 65_535 }
    peer.send(connect({ keepAlive: 65_535, properties }))
    expect(peer.take()).toMatchObject([{ type: 'connack', reasonCode: 0 }])
  })

  it('may be anything else, for each of them', () => {
    for (const name of Object.keys(DEFAULT_LIMITS)) {
      for (const value of [1, 2 ** 31 - 1]) {
        const options = { listeners: [], clock: new VirtualClock(), limits: { [name]: value } }
        expect(() => new Broker(options)).not.toThrow()
      }
    }
  })
})

describe('connectBytesMax', () => {
  const packet = connect({ password: new Uint8Array(100) })
  const size = encode(packet, 5).length

  it('lets a CONNECT of that size pass, and closes at the fixed header of a larger', async () => {
    const { dial } = await openWorld({ limits: { connectBytesMax: size } })
    const [at, over] = [dial(), dial()]
    at.send(packet)
    expect(at.take()).toMatchObject([{ type: 'connack', reasonCode: 0 }])
    over.write(Uint8Array.of(0x10, size - 1))
    expect(over.take()).toEqual([])
    expect(over.closed).toBe('in order')
  })
})

describe('packetBytesMax', () => {
  it('lets a packet of that size pass, and answers a larger with 0x95 at its header', async () => {
    const { client } = await openWorld({ limits: { packetBytesMax: 100 } })
    const peer = client('c')
    peer.send(subscribe('a'), publish('a', 'x'.repeat(94)))
    expect(peer.take()).toHaveLength(2)
    peer.write(Uint8Array.of(0x30, 99))
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x95 }])
  })

  it('is told to MQTT 5.0 clients, up to what the protocol can carry at all', async () => {
    for (const [packetBytesMax, maximumPacketSize] of [
      [1, 1],
      [2 ** 31 - 1, undefined],
    ] as const) {
      const { dial } = await openWorld({ limits: { packetBytesMax } })
      const peer = dial()
      peer.send(connect())
      const [connack] = peer.take()
      expect(connack).toMatchObject({ type: 'connack', reasonCode: 0 })
      const told = connack?.type === 'connack' ? connack.properties?.maximumPacketSize : 0
      expect(told).toBe(maximumPacketSize)
    }
  })
})

describe('propertyBytesMax', () => {
  /** Ten bytes. */
  const properties = { contentType: '1234567' }

  it('lets properties of that size pass, and answers larger ones with 0x95', async () => {
    const { client } = await openWorld({ limits: { propertyBytesMax: 10 } })
    const peer = client('c')
    peer.send(subscribe('a'), publish('a', 'x', { properties }))
    expect(peer.take()).toMatchObject([{ type: 'suback' }, { properties }])
    peer.send(publish('a', 'x', { properties: { contentType: '12345678' } }))
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x95 }])
  })

  it('holds for a CONNECT, and for its Will', async () => {
    const { dial } = await openWorld({ limits: { propertyBytesMax: 10 } })
    const will = { topic: 'a', payload: new Uint8Array(), qos: 0, retain: false } as const
    const [at, over, overInWill] = [dial(), dial(), dial()]
    at.send(connect({ will: { ...will, properties }, properties: { receiveMaximum: 1 } }))
    over.send(connect({ properties: { authenticationMethod: '12345678' } }))
    overInWill.send(connect({ will: { ...will, properties: { contentType: '12345678' } } }))
    expect(at.take()).toMatchObject([{ type: 'connack', reasonCode: 0 }])
    expect(over.take()).toMatchObject([{ type: 'connack', reasonCode: 0x95 }])
    expect(overInWill.take()).toMatchObject([{ type: 'connack', reasonCode: 0x95 }])
  })
})

describe('userPropertiesMax', () => {
  const one = ['k', 'v'] as const

  it('lets so many pass, and answers more with 0x95', async () => {
    const { client } = await openWorld({ limits: { userPropertiesMax: 2 } })
    const peer = client('c')
    peer.send(subscribe('a'), publish('a', 'x', { properties: { userProperty: [one, one] } }))
    expect(peer.take()).toMatchObject([{ type: 'suback' }, { topic: 'a' }])
    peer.send(publish('a', 'x', { properties: { userProperty: [one, one, one] } }))
    expect(peer.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x95 }])
  })

  it('holds for a CONNECT', async () => {
    const { dial } = await openWorld({ limits: { userPropertiesMax: 2 } })
    const [at, over] = [dial(), dial()]
    at.send(connect({ properties: { userProperty: [one, one] } }))
    over.send(connect({ properties: { userProperty: [one, one, one] } }))
    expect(at.take()).toMatchObject([{ type: 'connack', reasonCode: 0 }])
    expect(over.take()).toMatchObject([{ type: 'connack', reasonCode: 0x95 }])
  })
})

describe('clientIdLengthMax', () => {
  it('lets a Client Identifier of that length in, and refuses a longer with 0x85', async () => {
    const { dial } = await openWorld({ limits: { clientIdLengthMax: 5 } })
    const [at, over] = [dial(), dial()]
    at.send(connect({ clientId: 'abcde' }))
    over.send(connect({ clientId: 'abcdef' }))
    expect(at.take()).toMatchObject([{ reasonCode: 0 }])
    expect(over.take()).toMatchObject([{ reasonCode: 0x85 }])
  })
})

describe('topicLengthMax and topicLevelsMax', () => {
  const limits = { topicLengthMax: 6, topicLevelsMax: 3 }

  it.each(['abcdef', 'a/b/c', '//'])('let the topic %s pass', async (topic) => {
    const { client } = await openWorld({ limits })
    const peer = client('c')
    peer.send(subscribe(topic), publish(topic, 'x'))
    expect(peer.take()).toMatchObject([{ reasonCodes: [0] }, { topic }])
  })

  it.each(['abcdefg', 'a/b/c/d', '///'])('refuse the topic %s with 0x90, 0x8F', async (topic) => {
    const { client } = await openWorld({ limits })
    const peer = client('c')
    peer.send(subscribe(topic), publish(topic, 'x'))
    expect(peer.take()).toMatchObject([
      { type: 'suback', reasonCodes: [0x8f] },
      { type: 'disconnect', reasonCode: 0x90 },
    ])
  })
})

describe('subscriptionsMax', () => {
  it('grants so many, and answers more with 0x97; replacing one is no more', async () => {
    const { client, broker } = await openWorld({ limits: { subscriptionsMax: 2 } })
    const peer = client('c')
    peer.send(subscribe('a', 'b', 'c', 'a'))
    expect(peer.take()).toMatchObject([{ reasonCodes: [0, 0, 0x97, 0] }])
    peer.send({ type: 'unsubscribe', packetId: 1, filters: ['a'] }, subscribe('c'))
    expect(peer.take()).toMatchObject([{ reasonCodes: [0] }, { reasonCodes: [0] }])
    expect(broker.stats().subscriptions).toBe(2)
  })
})

describe('subscribeFiltersMax', () => {
  it('looks at so many filters of one SUBSCRIBE, and answers the rest with 0x97', async () => {
    const { client } = await openWorld({ limits: { subscribeFiltersMax: 2 } })
    const peer = client('c')
    peer.send(subscribe('a', 'b', 'c'))
    expect(peer.take()).toMatchObject([{ reasonCodes: [0, 0, 0x97] }])
  })
})

describe('packetFiltersMax', () => {
  const filters = ['a', 'b', 'c']

  it.each([
    ['SUBSCRIBE', subscribe('a', 'b'), subscribe('a', 'b', 'c')],
    [
      'UNSUBSCRIBE',
      { type: 'unsubscribe', packetId: 1, filters: filters.slice(1) },
      { type: 'unsubscribe', packetId: 1, filters },
    ],
  ] as const)('lets so many of one %s pass, and ends with 0x97 at more', async (_, at, over) => {
    const { client, broker } = await openWorld({ limits: { packetFiltersMax: 2 } })
    for (const version of VERSIONS) {
      const peer = client('c', { version })
      peer.send(at)
      expect(peer.take()).toHaveLength(1)
      peer.send(over)
      const last = version === 5 ? [{ type: 'disconnect', reasonCode: 0x97 }] : []
      expect(peer.take()).toMatchObject(last)
      expect(peer.closed).toBe('in order')
      expect(broker.stats().subscriptions).toBe(0)
    }
  })
})

describe('keepAliveSecondsMax', () => {
  it('leaves a Keep Alive of that length, and shortens a longer', async () => {
    const { dial, clock } = await openWorld({ limits: { keepAliveSecondsMax: 10 } })
    const [at, over] = [dial(), dial()]
    at.send(connect({ clientId: 'at', keepAlive: 10 }))
    over.send(connect({ clientId: 'over', keepAlive: 11 }))
    expect(at.take()).not.toMatchObject([{ properties: { serverKeepAlive: 10 } }])
    expect(over.take()).toMatchObject([{ properties: { serverKeepAlive: 10 } }])
    clock.advance(15_400)
    expect(over.take()).toMatchObject([{ type: 'disconnect', reasonCode: 0x8d }])
  })
})

it('stands in the README with its default', () => {
  const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8')
  const rows = [...readme.matchAll(/^\| `(\w+)` +\| ([\d,]+) +\|/gm)].map(
    ([, name = '', value = '']) => [name, Number(value.replaceAll(',', ''))] as const,
  )
  expect(Object.fromEntries(rows)).toEqual(DEFAULT_LIMITS)
})
