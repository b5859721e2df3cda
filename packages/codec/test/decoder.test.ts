// The decoder as a stream: chunks of any size, limits, failures, and who owns the bytes.

import { describe, expect, it } from 'vitest'
import { Decoder, encode, MqttError, PublishFrame } from '../src/index.ts'
import { bytesOf, decodeChunks, PACKET_VECTORS, REFUSAL_VECTORS } from '../src/testing/index.ts'
import { protocolErrorBy, refusalBy } from './refusal.ts'

describe('chunks', () => {
  it.each(PACKET_VECTORS)('version $version takes $name cut in two anywhere', (vector) => {
    const bytes = bytesOf(vector.hex)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)]
      expect(decodeChunks(chunks, vector)).toStrictEqual([vector.packet])
    }
  })

  it('may be single bytes', () => {
    for (const { version, hex, packet } of PACKET_VECTORS) {
      const bytes = Array.from(bytesOf(hex + hex), (byte) => Uint8Array.of(byte))
      expect(decodeChunks(bytes, { version })).toStrictEqual([packet, packet])
    }
  })

  it('may be cut anywhere in bytes that are refused', () => {
    for (const { version, hex, reasonCode, statement } of REFUSAL_VECTORS) {
      const bytes = Array.from(bytesOf(hex), (byte) => Uint8Array.of(byte))
      const refusal = refusalBy(() => decodeChunks(bytes, { version }))
      expect(refusal).toEqual({ fault: 'peer', reasonCode, statement })
    }
  })

  it('may be pushed before those in front are used up', () => {
    const decoder = new Decoder({ version: 4 })
    for (const hex of ['c000 c0', '00 d000 c000', '', 'e0']) decoder.push(bytesOf(hex))
    decoder.push(bytesOf('00'))
    const types = Array.from({ length: 6 }, () => decoder.next()?.type)
    expect(types).toEqual(['pingreq', 'pingreq', 'pingresp', 'pingreq', 'disconnect', undefined])
  })

  it('may be views into larger memory', () => {
    const memory = bytesOf('ffff 3007000161 68656c6c ffff')
    const decoder = new Decoder({ version: 4 })
    decoder.push(memory.subarray(2, 11))
    expect(decoder.next()).toMatchObject({ topic: 'a', payload: bytesOf('68656c6c') })
  })
})

describe('bufferedBytes', () => {
  it('counts what was pushed and did not come out', () => {
    const decoder = new Decoder({ version: 4 })
    expect(decoder.bufferedBytes).toBe(0)
    decoder.push(bytesOf('c000 4002'))
    expect(decoder.bufferedBytes).toBe(4)
    decoder.next()
    expect(decoder.bufferedBytes).toBe(2)
    decoder.next()
    expect(decoder.bufferedBytes).toBe(2)
    decoder.push(bytesOf('0001 c0'))
    expect(decoder.next()).toMatchObject({ type: 'puback' })
    expect(decoder.bufferedBytes).toBe(1)
  })

  it('stays small when a header promises 256 MiB and nothing follows', () => {
    const decoder = new Decoder({ version: 4 })
    decoder.push(bytesOf('30 ffffff7f 0001 61'))
    expect(decoder.next()).toBeUndefined()
    expect(decoder.bufferedBytes).toBe(8)
  })
})

describe('maximumPacketSize', () => {
  const tooLarge = { ...protocolErrorBy(), reasonCode: 0x95 }

  it('is checked at the fixed header, before anything is buffered', () => {
    const decoder = new Decoder({ version: 4, maximumPacketSize: 1024 })
    decoder.push(bytesOf('30 ffffff7f'))
    expect(refusalBy(() => decoder.next())).toEqual(tooLarge)
  })

  it('is checked when the header comes byte by byte', () => {
    const decoder = new Decoder({ version: 4, maximumPacketSize: 1024 })
    for (const hex of ['30', 'ff', 'ff', 'ff']) {
      decoder.push(bytesOf(hex))
      expect(decoder.next()).toBeUndefined()
    }
    decoder.push(bytesOf('7f'))
    expect(refusalBy(() => decoder.next())).toEqual(tooLarge)
  })

  it('counts the fixed header, and lets through exactly as much', () => {
    const bytes = bytesOf('3005 000161 6869')
    expect(decodeChunks([bytes], { version: 4, maximumPacketSize: 7 })).toHaveLength(1)
    expect(refusalBy(() => decodeChunks([bytes], { version: 4, maximumPacketSize: 6 }))).toEqual(
      tooLarge,
    )
  })

  it('may be changed between packets', () => {
    const decoder = new Decoder({ version: 4 })
    decoder.push(bytesOf('3005 000161 6869 3005 000161 6869'))
    expect(decoder.next()).toBeInstanceOf(PublishFrame)
    decoder.maximumPacketSize = 6
    expect(refusalBy(() => decoder.next())).toEqual(tooLarge)
  })
})

describe('a failure', () => {
  it('is thrown again by every further call, whatever is pushed', () => {
    const decoder = new Decoder({ version: 4 })
    decoder.push(bytesOf('00 00'))
    const [first, second] = [errorOf(decoder), errorOf(decoder)]
    decoder.push(bytesOf('c000'))
    expect(first).toBeInstanceOf(MqttError)
    expect(second).toBe(first)
    expect(errorOf(decoder)).toBe(first)
  })

  it('ends the buffering: what is pushed behind it is not kept', () => {
    const decoder = new Decoder({ version: 4 })
    decoder.push(bytesOf('00 00'))
    expect(errorOf(decoder)).toBeInstanceOf(MqttError)
    const before = decoder.bufferedBytes
    for (let count = 0; count < 10; count++) decoder.push(new Uint8Array(1_000))
    expect(decoder.bufferedBytes).toBe(before)
  })

  it('comes after the packets in front of it', () => {
    const decoder = new Decoder({ version: 4 })
    decoder.push(bytesOf('c000 0000'))
    expect(decoder.next()).toEqual({ type: 'pingreq' })
    expect(errorOf(decoder)).toBeInstanceOf(MqttError)
  })
})

describe('version', () => {
  it('is 5 unless it is told, and that of a CONNECT from there on', () => {
    const decoder = new Decoder()
    expect(decoder.version).toBe(5)
    decoder.push(bytesOf('10 0f 00064d5149736470 03 02 003c 000161'))
    decoder.push(bytesOf('8a 06 0001 000161 00'))
    expect(decoder.next()).toMatchObject({ type: 'connect', version: 3 })
    expect(decoder.version).toBe(3)
    expect(decoder.next()).toMatchObject({ type: 'subscribe' })
  })

  it('is kept apart in each decoder', () => {
    const [older, newer] = [new Decoder({ version: 4 }), new Decoder({ version: 5 })]
    older.push(bytesOf('30 04 000161 00'))
    newer.push(bytesOf('30 04 000161 00'))
    expect(older.next()).toMatchObject({ version: 4, payload: bytesOf('00') })
    expect(newer.next()).toMatchObject({ version: 5, payload: bytesOf('') })
  })
})

describe('the bytes of a chunk', () => {
  it('are borrowed by frames, except those of a packet that crossed from chunk to chunk', () => {
    const bytes = bytesOf('3005 000161 6869')
    const decoder = new Decoder({ version: 4 })
    const [whole, head, tail] = [bytes.slice(), bytes.slice(0, 4), bytes.slice(4)]
    decoder.push(whole)
    const borrowed = decoder.next()
    for (const part of [head, tail]) {
      decoder.push(part)
      decoder.next()
    }
    decoder.push(head)
    expect(decoder.next()).toBeUndefined()
    decoder.push(tail)
    const collected = decoder.next()
    for (const chunk of [whole, head, tail]) chunk.fill(0x7a)
    expect(borrowed).toMatchObject({ payload: bytesOf('7a7a') })
    expect(collected).toMatchObject({ payload: bytesOf('6869') })
  })

  it('are copied for a second crossing packet without harm to the first', () => {
    const packets = ['61', '62', '63'].map((topic) => bytesOf(`3005 0001${topic} 6869`))
    const stream = Uint8Array.from(packets.flatMap((packet) => [...packet]))
    const decoder = new Decoder({ version: 4 })
    const frames = []
    for (const [from, to] of [
      [0, 4],
      [4, 10],
      [10, 18],
      [18, 21],
    ] as const) {
      decoder.push(stream.subarray(from, to))
      for (let frame; (frame = decoder.next()) !== undefined;) frames.push(frame)
    }
    expect(frames).toMatchObject([{ topic: 'a' }, { topic: 'b' }, { topic: 'c' }])
  })

  it('may be pushed again in the same array with other content', () => {
    const decoder = new Decoder({ version: 4 })
    const chunk = bytesOf('3005 0001 61 6869')
    const topics = ['a', 'b', 'c'].map((topic) => {
      chunk[4] = topic.charCodeAt(0)
      decoder.push(chunk)
      return decoder.next()
    })
    expect(topics).toMatchObject([{ topic: 'a' }, { topic: 'b' }, { topic: 'c' }])
  })

  it('do not matter to other packets', () => {
    const packet = { type: 'unsubscribe', packetId: 1, filters: ['é'.repeat(200)] } as const
    const bytes = encode(packet, 4).slice()
    const [decoded] = decodeChunks([bytes], { version: 4 })
    bytes.fill(0)
    expect(decoded).toStrictEqual(packet)
  })
})

function errorOf(decoder: Decoder): unknown {
  try {
    decoder.next()
  } catch (error) {
    return error
  }
  return undefined
}
