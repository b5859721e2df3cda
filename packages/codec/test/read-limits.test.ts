// The limits that a receiver sets to what is inside a packet: at each of them, and just over it.

import { describe, expect, it } from 'vitest'
import { Decoder, encode, PublishFrame } from '../src/index.ts'
import type { Packet } from '../src/index.ts'
import { decodeChunks } from '../src/testing/index.ts'
import { malformedBy, refusalBy } from './refusal.ts'

const QUOTA_EXCEEDED = { fault: 'peer', reasonCode: 0x97, statement: undefined }
const PACKET_TOO_LARGE = { fault: 'peer', reasonCode: 0x95, statement: undefined }

/** Five bytes each. */
const THREE_USER_PROPERTIES = [
  ['', ''],
  ['', ''],
  ['', ''],
] as const
const properties = { userProperty: THREE_USER_PROPERTIES }
const will = { topic: 'a', payload: new Uint8Array(), qos: 0, retain: false } as const

const CARRYING: Readonly<Record<string, Packet>> = {
  connect: { ...connect(), properties },
  will: { ...connect(), will: { ...will, properties } },
  connack: { type: 'connack', sessionPresent: false, reasonCode: 0, properties },
  publish: { ...publish(), properties },
  puback: { type: 'puback', packetId: 1, reasonCode: 0, properties },
  pubrel: { type: 'pubrel', packetId: 1, reasonCode: 0, properties },
  subscribe: { ...subscribe(1), properties },
  suback: { type: 'suback', packetId: 1, reasonCodes: [0], properties },
  unsubscribe: { ...unsubscribe(1), properties },
  unsuback: { type: 'unsuback', packetId: 1, reasonCodes: [0], properties },
  disconnect: { type: 'disconnect', reasonCode: 0, properties },
  auth: {
    type: 'auth',
    reasonCode: 0x18,
    properties: { authenticationMethod: '', ...properties },
  },
}

describe('filtersMax', () => {
  it.each([3, 4, 5] as const)('is for each SUBSCRIBE and UNSUBSCRIBE of version %i', (version) => {
    const options = { version, filtersMax: 3 }
    for (const packet of [subscribe, unsubscribe]) {
      const [at, over] = [packet(3), packet(4)]
      expect(decodeChunks([encode(at, version), encode(at, version)], options)).toEqual([at, at])
      expect(refusalBy(() => decodeChunks([encode(over, version)], options))).toEqual(
        QUOTA_EXCEEDED,
      )
    }
  })

  it('says so before it looks at what is behind', () => {
    const bytes = Uint8Array.from(encode(unsubscribe(3), 4))
    bytes[bytes.length - 1] = 0xff
    expect(refusalBy(() => decodeChunks([bytes], { version: 4 }))).toEqual(
      malformedBy('MQTT-1.5.4-1'),
    )
    const options = { version: 4, filtersMax: 2 } as const
    expect(refusalBy(() => decodeChunks([bytes], options))).toEqual(QUOTA_EXCEEDED)
  })
})

describe('userPropertiesMax', () => {
  it.each(Object.entries(CARRYING))('is for %s', (_, packet) => {
    const bytes = [encode(packet, 5), encode(packet, 5)]
    expect(decodeChunks(bytes, { userPropertiesMax: 3 })).toHaveLength(2)
    expect(refusalBy(() => decodeChunks(bytes, { userPropertiesMax: 2 }))).toEqual(PACKET_TOO_LARGE)
  })

  it('counts no others', () => {
    const packet = { ...publish(), properties: { subscriptionIdentifier: [1, 2, 3, 4] } }
    expect(decodeChunks([encode(packet, 5)], { userPropertiesMax: 1 })).toEqual([packet])
  })

  it('counts those of a CONNECT and those of its Will apart', () => {
    const packet = { ...connect(), properties, will: { ...will, properties } }
    expect(decodeChunks([encode(packet, 5)], { userPropertiesMax: 3 })).toEqual([packet])
  })
})

describe('propertyBytesMax', () => {
  it.each(Object.entries(CARRYING))('is for %s', (name, packet) => {
    const length = name === 'auth' ? 18 : 15
    const bytes = [encode(packet, 5), encode(packet, 5)]
    expect(decodeChunks(bytes, { propertyBytesMax: length })).toHaveLength(2)
    expect(refusalBy(() => decodeChunks(bytes, { propertyBytesMax: length - 1 }))).toEqual(
      PACKET_TOO_LARGE,
    )
  })

  it('says so before it looks at them', () => {
    // A User Property whose name is longer than the packet.
    const bytes = Uint8Array.of(0x30, 0x08, 0, 1, 0x61, 4, 0x26, 0xff, 0xff, 0x61)
    expect(refusalBy(() => decodeChunks([bytes], {}))).toEqual(malformedBy())
    expect(refusalBy(() => decodeChunks([bytes], { propertyBytesMax: 3 }))).toEqual(
      PACKET_TOO_LARGE,
    )
  })
})

it('all may be changed between packets', () => {
  const decoder = new Decoder()
  for (const packet of [subscribe(2), subscribe(2)]) decoder.push(encode(packet, 5))
  expect(decoder.next()).toEqual(subscribe(2))
  decoder.filtersMax = 1
  expect(refusalBy(() => decoder.next())).toEqual(QUOTA_EXCEEDED)
})

it('are of one decoder: a frame that came out of another is read whole', () => {
  const packet = { ...publish(), properties }
  const [wide, narrow] = [new Decoder(), new Decoder({ propertyBytesMax: 1, userPropertiesMax: 1 })]
  wide.push(encode(packet, 5))
  narrow.push(encode({ type: 'pingreq' }, 5))
  const frame = wide.next()
  expect(narrow.next()).toEqual({ type: 'pingreq' })
  expect(frame).toBeInstanceOf(PublishFrame)
  expect(frame).toMatchObject({ properties })
})

function connect(): Packet & { type: 'connect' } {
  return { type: 'connect', version: 5, clientId: 'c', cleanStart: true, keepAlive: 0 }
}

function publish(): Packet & { type: 'publish' } {
  const payload = new Uint8Array()
  return { type: 'publish', topic: 'a', payload, qos: 0, retain: false, dup: false, packetId: 0 }
}

function subscribe(count: number): Packet & { type: 'subscribe' } {
  const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  const subscriptions = filters(count).map((filter) => ({ filter, ...options }))
  return { type: 'subscribe', packetId: 1, subscriptions }
}

function unsubscribe(count: number): Packet & { type: 'unsubscribe' } {
  return { type: 'unsubscribe', packetId: 1, filters: filters(count) }
}

function filters(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index}`)
}
