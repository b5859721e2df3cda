// Topic Aliases on both sides of a message: what it came with, and what it leaves with.

import { describe, expect, it } from 'vitest'
import { Publication } from '../src/index.ts'
import { bytesOf, hexOf } from '../src/testing/index.ts'
import { decoded, frameIn, frameOf, packet } from './messages.ts'
import { refusalBy, unencodableBy } from './refusal.ts'

describe('a layout with a Topic Alias', () => {
  it('has the alias, and the Topic Name where the receiver has yet to learn it', () => {
    const source = packet({ properties: { contentType: 't' } })
    for (const from of [source, frameOf(source, 5)]) {
      const publication = new Publication(from)
      expect(decoded(publication.aliasedLayout(true, 7, true), 5)).toMatchObject({
        topic: 'a/b',
        properties: { topicAlias: 7, contentType: 't' },
      })
      expect(decoded(publication.aliasedLayout(false, 65_535, false), 5)).toMatchObject({
        topic: '',
        properties: { topicAlias: 65_535, contentType: 't' },
      })
    }
  })

  it('has the bytes of MQTT 5.0, from any version', () => {
    for (const from of [packet(), frameOf(packet(), 4), frameOf(packet(), 5)]) {
      const publication = new Publication(from)
      expect(hexOf(publication.aliasedLayout(false, 7, false).bytes)).toBe('30080000032300072a2b')
      expect(hexOf(publication.aliasedLayout(true, 7, true).bytes)).toBe(
        '300d0003612f620000032300072a2b',
      )
    }
  })

  it("has the receiver's Subscription Identifiers", () => {
    const layout = new Publication(frameOf(packet(), 5)).aliasedLayout(true, 7, false, [4, 5])
    expect(decoded(layout, 5)).toMatchObject({
      properties: { topicAlias: 7, subscriptionIdentifier: [4, 5] },
    })
  })

  it('has no Topic Alias of another connection [MQTT-3.3.2-7]', () => {
    const source = packet({ properties: { topicAlias: 3 } })
    for (const from of [source, frameOf(source, 5)]) {
      const layout = new Publication(from).aliasedLayout(false, 7, false)
      expect(decoded(layout, 5).properties).toEqual({ topicAlias: 7 })
    }
  })

  it('is made anew by each call', () => {
    const publication = new Publication(frameOf(packet(), 5))
    const layout = publication.aliasedLayout(false, 7, true)
    expect(publication.aliasedLayout(false, 7, true)).not.toBe(layout)
    expect(publication.aliasedLayout(false, 7, true)).toEqual(layout)
    expect(decoded(publication.layout(5, false), 5)).not.toHaveProperty('properties')
  })

  it('is refused for an alias that cannot be [MQTT-3.3.2-8]', () => {
    for (const from of [packet(), frameOf(packet(), 5)]) {
      for (const alias of [0, 65_536, -1]) {
        expect(refusalBy(() => new Publication(from).aliasedLayout(true, alias, true))).toEqual(
          unencodableBy('MQTT-3.3.2-8'),
        )
      }
    }
  })

  it('is refused for a topic that cannot be, also where it is left out', () => {
    const publication = new Publication(packet({ topic: 'a/#' }))
    expect(refusalBy(() => publication.aliasedLayout(true, 1, false))).toEqual(
      unencodableBy('MQTT-3.3.2-2'),
    )
  })
})

describe('a frame whose Topic Alias was resolved', () => {
  it.each([false, true])(
    'is forwarded with its Topic Name in every layout, owned: %s [MQTT-3.3.2-7]',
    (owned) => {
      const chunk = bytesOf('32 11 0000 0007 0a 23 0001 26 0001 6b 0001 76 6869')
      const frame = frameIn(chunk)
      frame.topic = 'site/12'
      const publication = new Publication(frame)
      if (owned) {
        publication.own()
        chunk.fill(0xff)
      }
      const message = { topic: 'site/12', payload: bytesOf('6869') }
      const userProperty = [['k', 'v']]
      for (const withPacketId of [false, true]) {
        for (const version of [3, 4] as const) {
          expect(decoded(publication.layout(version, withPacketId), version)).toMatchObject(message)
        }
        const plain = decoded(publication.layout(5, withPacketId), 5)
        expect(plain).toMatchObject(message)
        expect(plain.properties).toEqual({ userProperty })
        const identified = decoded(publication.layout(5, withPacketId, [8]), 5)
        expect(identified).toMatchObject(message)
        expect(identified.properties).toEqual({ subscriptionIdentifier: [8], userProperty })
        const aliased = decoded(publication.aliasedLayout(withPacketId, 2, true), 5)
        expect(aliased).toMatchObject(message)
        expect(aliased.properties).toEqual({ topicAlias: 2, userProperty })
      }
    },
  )
})
