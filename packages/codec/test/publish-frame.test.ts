// A PUBLISH in its bytes: what it reads, when, and whose the bytes are.

import { describe, expect, it } from 'vitest'
import { Decoder, encode, PublishFrame } from '../src/index.ts'
import type { ProtocolVersion } from '../src/index.ts'
import { bytesOf, hexOf, PACKET_VECTORS, plainPacket } from '../src/testing/index.ts'

const FULL = '3d 17 0003612f62 0102 0d 01 01 03 000174 26 00016b 000176 6869'

describe('a frame', () => {
  it('has every field of the packet', () => {
    expect(plainPacket(frameOf(FULL))).toStrictEqual({
      type: 'publish',
      topic: 'a/b',
      payload: bytesOf('6869'),
      qos: 2,
      retain: true,
      dup: true,
      packetId: 0x0102,
      properties: { payloadFormatIndicator: 1, contentType: 't', userProperty: [['k', 'v']] },
    })
  })

  it('knows where its parts are', () => {
    const { start, length, packetIdAt, payloadAt, version } = frameOf(FULL)
    expect({ start, length, packetIdAt, payloadAt, version }).toEqual({
      start: 0,
      length: 25,
      packetIdAt: 7,
      payloadAt: 23,
      version: 5,
    })
  })

  it('counts its offsets from its own first byte, wherever in the chunk that is', () => {
    const decoder = new Decoder({ version: 4 })
    decoder.push(bytesOf('c000 3406 000161 0007 2a'))
    decoder.next()
    const frame = decoder.next() as PublishFrame
    const { start, length, packetIdAt, payloadAt } = frame
    expect({ start, length, packetIdAt, payloadAt }).toEqual({
      start: 2,
      length: 8,
      packetIdAt: 5,
      payloadAt: 7,
    })
    expect(hexOf(frame.bytes.subarray(start + packetIdAt, start + payloadAt))).toBe('0007')
  })

  it('has no Packet Identifier at QoS 0 [MQTT-2.2.1-2]', () => {
    const { packetId, packetIdAt, dup, retain } = frameOf('30 05 000161 6869', 4)
    expect({ packetId, packetIdAt, dup, retain }).toEqual({
      packetId: 0,
      packetIdAt: 0,
      dup: false,
      retain: false,
    })
  })

  it.each([
    ['30 06 000161 02 0b01', 1],
    ['30 07 000161 03 0b8001', 128],
    ['30 09 000161 05 0bffffff7f', 268_435_455],
    ['32 08 000161 0007 02 0b05', 5],
    ['30 08 000161 04 0b01 0b02', 0],
    ['30 08 000161 04 0b01 0101', 0],
    ['30 08 000161 04 0101 0b01', 0],
    ['30 06 000161 02 0101', 0],
    ['30 04 000161 00', 0],
  ])('tells in %j the only Subscription Identifier, %i', (hex, identifier) => {
    const frame = frameOf(hex)
    expect(frame.onlySubscriptionIdentifier).toBe(identifier)
    const { subscriptionIdentifier = [] } = frame.properties
    expect(identifier === 0 || subscriptionIdentifier.join() === String(identifier)).toBe(true)
  })

  it('carries no property of which nobody has heard', () => {
    expect(frameOf(FULL).carries('nonsense' as 'userProperty')).toBe(false)
    expect(frameOf(FULL).carries('userProperty')).toBe(true)
  })

  it('has properties, though none, in every version', () => {
    expect(frameOf('30 05 000161 6869', 4).properties).toEqual({})
    expect(frameOf('30 06 000161 00 6869').properties).toEqual({})
    expect(frameOf('30 06 000161 00 6869').carries('topicAlias')).toBe(false)
  })

  it('reads its properties once', () => {
    const frame = frameOf(FULL)
    expect(frame.carries('contentType')).toBe(true)
    expect(frame.carries('messageExpiryInterval')).toBe(false)
    expect(frame.properties).toBe(frame.properties)
  })

  it('reads its properties when other packets were read in between', () => {
    const frame = frameOf(FULL)
    frameOf('30 0e 00056f74686572 04 03 000175 6869')
    expect(frame.properties).toMatchObject({ contentType: 't', userProperty: [['k', 'v']] })
  })

  it('knows where its Message Expiry Interval is, behind properties of every kind', () => {
    const others = '01 01  03 000174  08 000172  09 0002cafe  0b 8001  23 0007  26 00016b 000176'
    const frame = frameOf(`30 27 000161 21 ${others} 02 0000003c 6869`)
    expect(frame.messageExpiryAt).toBe(35)
    expect(hexOf(frame.bytes.subarray(35, 39))).toBe('0000003c')
    expect(frame.own().messageExpiryAt).toBe(35)
    expect(frame.topicAlias).toBe(7)
    expect(frame.own().topicAlias).toBe(7)
  })

  it('counts that place from its own first byte, too, whenever it is asked', () => {
    const decoder = new Decoder({ version: 5 })
    decoder.push(bytesOf('d000 3009 000161 05 02 0000003c'.repeat(2)))
    const frames = Array.from({ length: 2 }, () => {
      decoder.next()
      return decoder.next() as PublishFrame
    })
    expect(frames[0]?.messageExpiryAt).toBe(7)
    expect(frames[0]?.own().messageExpiryAt).toBe(7)
    expect(frames[1]?.own().messageExpiryAt).toBe(7)
  })

  it('has neither Message Expiry Interval nor Topic Alias where they did not come', () => {
    for (const frame of [frameOf(FULL), frameOf('30 05 000161 6869', 4)]) {
      expect(frame.messageExpiryAt).toBe(0)
      expect(frame.topicAlias).toBe(0)
    }
  })

  it('is forwardable without Topic Alias and Subscription Identifiers [MQTT-3.3.2-7]', () => {
    expect(frameOf(FULL).forwardable).toBe(true)
    expect(frameOf('30 05 000161 6869', 4).forwardable).toBe(true)
    expect(frameOf('30 07 000161 03 23 0001').forwardable).toBe(false)
    expect(frameOf('30 06 000161 02 0b 07').forwardable).toBe(false)
  })

  it('can be encoded like any packet', () => {
    for (const { version, hex, packet } of PACKET_VECTORS) {
      if (packet.type !== 'publish') continue
      expect(hexOf(encode(frameOf(hex, version), version))).toBe(hexOf(bytesOf(hex)))
    }
  })
})

describe('the bytes of a frame', () => {
  it('are those of the chunk, and so is the payload', () => {
    const chunk = bytesOf(FULL)
    const frame = frameIn(chunk)
    expect(frame.bytes).toBe(chunk)
    expect(frame.payload.buffer).toBe(chunk.buffer)
  })

  it('are its own after own(), so that the chunk may be overwritten', () => {
    const chunk = bytesOf(FULL)
    const before = plainPacket(frameIn(chunk))
    const frame = frameIn(chunk).own()
    chunk.fill(0xff)
    expect(plainPacket(frame)).toStrictEqual(before)
    expect(frame.bytes).toHaveLength(frame.length)
    expect(frame.bytes.buffer.byteLength).toBe(frame.length)
    expect(frame.start).toBe(0)
  })

  it('are copied once, however often it is owned', () => {
    const frame = frameOf(FULL).own()
    const { bytes } = frame
    expect(frame.own().bytes).toBe(bytes)
  })

  it('share nothing with the properties that were read', () => {
    const chunk = bytesOf('30 09 000161 05 09 0002 cafe')
    const { properties } = frameIn(chunk)
    chunk.fill(0xff)
    expect(properties).toEqual({ correlationData: bytesOf('cafe') })
  })

  it('may be a Buffer, and give a plain Uint8Array for a payload', () => {
    const frame = frameIn(Buffer.from(bytesOf(FULL)))
    expect(Object.getPrototypeOf(frame.payload)).toBe(Uint8Array.prototype)
    expect(Object.getPrototypeOf(frame.own().payload)).toBe(Uint8Array.prototype)
  })
})

function frameOf(hex: string, version: ProtocolVersion = 5): PublishFrame {
  return frameIn(bytesOf(hex), version)
}

function frameIn(chunk: Uint8Array, version: ProtocolVersion = 5): PublishFrame {
  const decoder = new Decoder({ version })
  decoder.push(chunk)
  const packet = decoder.next()
  expect(packet).toBeInstanceOf(PublishFrame)
  return packet as PublishFrame
}
