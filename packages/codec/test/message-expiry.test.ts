// Where the Message Expiry Interval of a message is, whatever its encoding.

import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Publication, PublishFrame } from '../src/index.ts'
import type { PublishLayout } from '../src/index.ts'
import { decoded, frameBehindAnother, frameOf, messages, packet } from './messages.ts'

describe('the Message Expiry Interval', () => {
  it('is what was published, in seconds', () => {
    const source = packet({
      properties: { contentType: 't', messageExpiryInterval: 4_000_000_000 },
    })
    for (const from of [source, frameOf(source, 5)]) {
      expect(new Publication(from).messageExpiryInterval).toBe(4_000_000_000)
    }
    const zero = packet({ properties: { messageExpiryInterval: 0 } })
    expect(new Publication(frameOf(zero, 5)).messageExpiryInterval).toBe(0)
  })

  it('is undefined where none was published', () => {
    const other = packet({ properties: { contentType: 't' } })
    for (const from of [packet(), other, frameOf(packet(), 4), frameOf(other, 5)]) {
      expect(new Publication(from).messageExpiryInterval).toBeUndefined()
    }
  })

  it('of a frame is read without making its properties', () => {
    const properties = vi.spyOn(PublishFrame.prototype, 'properties', 'get')
    const source = frameOf(packet({ properties: { messageExpiryInterval: 9 } }), 5)
    expect(new Publication(source).messageExpiryInterval).toBe(9)
    expect(properties).not.toHaveBeenCalled()
    properties.mockRestore()
  })

  it('can be changed where each layout says that it is', () => {
    fc.assert(
      fc.property(messages(), fc.nat(), fc.boolean(), (source, seconds, above0) => {
        const messageExpiryInterval = seconds
        const expiring = { ...source, properties: { ...source.properties, messageExpiryInterval } }
        for (const from of [expiring, frameOf(expiring, 5), frameBehindAnother(expiring)]) {
          const publication = new Publication(from)
          for (const layout of layoutsOf5(publication, above0)) {
            expect(decoded(expiringIn(layout, 0x01020304), 5).properties).toEqual({
              ...decoded(layout, 5).properties,
              messageExpiryInterval: 0x01020304,
            })
            expect(secondsOf(layout)).toBe(seconds)
          }
          expect(publication.layout(4, above0).messageExpiryAt).toBe(0)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is nowhere in a layout without one', () => {
    const other = packet({ properties: { contentType: 't', userProperty: [['a', 'b']] } })
    for (const from of [packet(), other, frameOf(packet(), 4), frameOf(other, 5)]) {
      const publication = new Publication(from)
      for (const layout of [...layoutsOf5(publication, true), publication.layout(3, false)]) {
        expect(layout.messageExpiryAt).toBe(0)
      }
    }
  })
})

/** The layouts for receivers of 5.0, of every kind. */
function layoutsOf5(publication: Publication, above0: boolean): readonly PublishLayout[] {
  return [
    publication.layout(5, above0),
    publication.layout(5, above0, [300, 1]),
    publication.aliasedLayout(above0, 7, true),
    publication.aliasedLayout(above0, 300, false, [2]),
  ]
}

/** The Message Expiry Interval at the place that the layout names. */
function secondsOf({ bytes, start, messageExpiryAt }: PublishLayout): number {
  return Buffer.from(bytes).readUInt32BE(start + messageExpiryAt)
}

/** A copy of a layout, with another Message Expiry Interval at the place that it names. */
function expiringIn(layout: PublishLayout, seconds: number): PublishLayout {
  const bytes = layout.bytes.slice()
  new DataView(bytes.buffer).setUint32(layout.start + layout.messageExpiryAt, seconds)
  const { start, length, packetIdAt, payloadAt, messageExpiryAt } = layout
  return { bytes, start, length, packetIdAt, payloadAt, messageExpiryAt }
}
