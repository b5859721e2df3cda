// A message on its way to many: which receivers share which bytes, and what the bytes say.

import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { Publication } from '../src/index.ts'
import type { PublishPacket } from '../src/index.ts'
import { bytesOf } from '../src/testing/index.ts'
import { decoded, frameBehindAnother, frameOf, messages, packet } from './messages.ts'
import { refusalBy, unencodableBy } from './refusal.ts'

describe('a publication', () => {
  it('has topic, QoS, RETAIN and payload of its source', () => {
    const source = packet({ topic: 'a', qos: 1, retain: true, packetId: 7 })
    const { topic, qos, retain, payload } = new Publication(source)
    expect({ topic, qos, retain, payload }).toEqual({
      topic: 'a',
      qos: 1,
      retain: true,
      payload: source.payload,
    })
    expect(new Publication(source).source).toBe(source)
  })

  it('gives the bytes that came to receivers of the same layout', () => {
    const frame = frameOf(packet({ qos: 1, packetId: 7 }), 5)
    const publication = new Publication(frame)
    expect(publication.layout(5, true)).toBe(frame)
    expect(publication.layout(5, false)).not.toBe(frame)
    expect(publication.layout(4, true)).not.toBe(frame)
    const older = frameOf(packet(), 3)
    expect(new Publication(older).layout(4, false)).toBe(older)
    expect(new Publication(older).layout(5, false)).not.toBe(older)
  })

  it('encodes each layout once, and shares it between MQTT 3.1 and 3.1.1', () => {
    const publication = new Publication(packet())
    for (const withPacketId of [false, true]) {
      const layout = publication.layout(3, withPacketId)
      expect(publication.layout(3, withPacketId)).toBe(layout)
      expect(publication.layout(4, withPacketId)).toBe(layout)
      expect(publication.layout(5, withPacketId)).not.toBe(layout)
      expect(publication.layout(5, withPacketId)).toBe(publication.layout(5, withPacketId))
    }
  })

  it('encodes the same Subscription Identifiers once', () => {
    const publication = new Publication(frameOf(packet(), 5))
    const layout = publication.layout(5, false, [1, 2])
    expect(publication.layout(5, false, [1, 2])).toBe(layout)
    expect(publication.layout(5, true, [1, 2])).not.toBe(layout)
    expect(publication.layout(5, false, [1])).not.toBe(layout)
    expect(publication.layout(5, false, [1, 3])).not.toBe(layout)
  })

  it('keeps the encodings of eight sets of Subscription Identifiers', () => {
    const publication = new Publication(packet())
    const layouts = Array.from({ length: 9 }, (_, at) => publication.layout(5, false, [at + 1]))
    expect(publication.layout(5, false, [8])).toBe(layouts[7])
    expect(publication.layout(5, false, [9])).not.toBe(layouts[8])
    expect(publication.layout(5, false, [9])).toEqual(layouts[8])
  })
})

describe('what receivers get', () => {
  it('is every property as it came: Payload Format Indicator [MQTT-3.3.2-4]', () => {
    expect(forwarded({ payloadFormatIndicator: 1 })).toEqual({ payloadFormatIndicator: 1 })
  })

  it('is the Response Topic as it came [MQTT-3.3.2-15]', () => {
    expect(forwarded({ responseTopic: 'r/1' })).toEqual({ responseTopic: 'r/1' })
  })

  it('is the Correlation Data as it came [MQTT-3.3.2-16]', () => {
    const properties = { correlationData: bytesOf('00ff') }
    expect(forwarded(properties)).toEqual(properties)
  })

  it('is every User Property as it came [MQTT-3.3.2-17] in its order [MQTT-3.3.2-18]', () => {
    const userProperty = [
      ['b', '1'],
      ['a', '2'],
      ['b', '1'],
    ] as const
    expect(forwarded({ userProperty })).toEqual({ userProperty })
  })

  it('is the Content Type as it came [MQTT-3.3.2-20]', () => {
    expect(forwarded({ contentType: 'text/plain' })).toEqual({ contentType: 'text/plain' })
  })

  it('is no Topic Alias of another connection [MQTT-3.3.2-7]', () => {
    expect(forwarded({ topicAlias: 3, contentType: 't' })).toEqual({ contentType: 't' })
  })

  it('is the Subscription Identifiers of the receiver, not those that came', () => {
    const source = frameOf(packet({ properties: { subscriptionIdentifier: [9] } }), 5)
    const publication = new Publication(source)
    expect(decoded(publication.layout(5, false), 5)).not.toHaveProperty('properties')
    expect(decoded(publication.layout(5, false, [4, 268_435_455]), 5)).toMatchObject({
      properties: { subscriptionIdentifier: [4, 268_435_455] },
    })
  })

  it('has no Subscription Identifiers before MQTT 5.0, whatever is asked for', () => {
    const publication = new Publication(packet())
    expect(publication.layout(4, false, [1])).toBe(publication.layout(4, false))
  })

  it('is the same message in every layout', () => {
    fc.assert(
      fc.property(fc.constantFrom(3, 4, 5), fc.boolean(), messages(), (version, above0, source) => {
        for (const from of [source, frameOf(source, 5)]) {
          const layout = new Publication(from).layout(version, above0)
          const { topic, payload, qos, properties } = decoded(layout, version)
          expect({ topic, payload, qos: qos > 0 }).toEqual({
            topic: source.topic,
            payload: source.payload,
            qos: above0,
          })
          expect(properties).toEqual(version === 5 ? kept(source) : undefined)
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('own', () => {
  it('lets everything be read and encoded later, as it would have been at once', () => {
    fc.assert(
      fc.property(messages(), fc.boolean(), (source, above0) => {
        const frame = frameBehindAnother(source)
        const chunk = frame.bytes
        const publication = new Publication(frame).own()
        chunk.fill(0xff)
        frameOf(packet({ topic: 'another' }), 5)
        expect(publication.payload).toEqual(source.payload)
        expect(publication.messageExpiryInterval).toBe(source.properties?.messageExpiryInterval)
        const expected = new Publication(frameOf(source, 5))
        for (const version of [4, 5] as const) {
          expect(decoded(publication.layout(version, above0), version)).toEqual(
            decoded(expected.layout(version, above0), version),
          )
        }
        expect(frame.properties).toEqual(source.properties ?? {})
      }),
      { numRuns: 100 },
    )
  })

  it('copies the bytes that came, so that the chunk may be overwritten', () => {
    const frame = frameOf(packet({ topic: 'kept' }), 5)
    const chunk = frame.bytes
    const publication = new Publication(frame).own()
    chunk.fill(0)
    expect(publication.layout(5, false)).toBe(frame)
    expect(decoded(frame, 5)).toMatchObject({ topic: 'kept' })
  })

  it('has nothing to do for a packet that a program made', () => {
    const source = packet()
    expect(new Publication(source).own().source).toBe(source)
  })
})

describe('a message that cannot be on the wire', () => {
  it('is refused when it is encoded', () => {
    const refusal = (fields: object): unknown =>
      refusalBy(() => new Publication({ ...packet(), ...fields }).layout(5, true))
    expect(refusal({ topic: 'a/#' })).toEqual(unencodableBy('MQTT-3.3.2-2'))
    expect(refusal({ topic: '' })).toEqual(unencodableBy('MQTT-4.7.3-1'))
    expect(refusal({ payload: 'text' })).toEqual(unencodableBy())
    expect(refusal({ properties: { topicAlias: 1, contentType: 7 } })).toEqual(unencodableBy())
  })

  it('is refused for Subscription Identifiers that cannot be', () => {
    for (const source of [packet(), frameOf(packet(), 5), frameOf(packet(), 4)]) {
      const publication = new Publication(source)
      expect(refusalBy(() => publication.layout(5, true, [0]))).toEqual(unencodableBy())
    }
  })
})

/** What a receiver of MQTT 5.0 gets of these properties. */
function forwarded(properties: PublishPacket['properties'] & object): unknown {
  const source = frameOf(packet({ properties }), 5)
  const [whole, again] = [source, packet({ properties })].map((from) => {
    return decoded(new Publication(from).layout(5, true), 5).properties
  })
  expect(again).toEqual(whole)
  return whole
}

/** The properties that are not of one connection only; `undefined` for none. */
function kept({ properties = {} }: PublishPacket): unknown {
  const { topicAlias: _, subscriptionIdentifier: __, ...others } = properties
  return Object.keys(others).length === 0 ? undefined : others
}
