// The test aids themselves: what others import has to be right first.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode, PACKET_TYPES, PROPERTIES } from '../src/index.ts'
import {
  bytesOf,
  chunkings,
  connectPackets,
  garbage,
  hexOf,
  mutations,
  packets,
  plainPacket,
  propertiesOf,
  publishPackets,
  topicFilters,
  topicNames,
  willMessages,
} from '../src/testing/index.ts'

describe('hexadecimal', () => {
  it('is read with any white space and written without', () => {
    expect(bytesOf(' 0a FF\n10')).toEqual(Uint8Array.of(0x0a, 0xff, 0x10))
    expect(hexOf(Uint8Array.of(0x0a, 0xff, 0x10))).toBe('0aff10')
    expect(bytesOf('')).toEqual(new Uint8Array(0))
  })

  it.each(['0', '0x10', 'zz', '1 2 3'])('is refused where it is not: %s', (hex) => {
    expect(() => bytesOf(hex)).toThrow(RangeError)
  })
})

describe('the arbitraries', () => {
  it('give every packet type of a version', () => {
    const sample = fc.sample(packets(5), 300)
    expect(new Set(sample.map(({ type }) => type))).toEqual(new Set(Object.keys(PACKET_TYPES)))
    expect(fc.sample(packets(4), 300).some(({ type }) => type === 'auth')).toBe(false)
  })

  it('give every property of the table', () => {
    const carriers = ['connect', 'will', 'connack', 'publish'] as const
    const sample = carriers.flatMap((carrier) => fc.sample(propertiesOf(carrier), 100))
    const names = new Set(sample.flatMap((properties) => Object.keys(properties)))
    expect(names).toEqual(new Set(Object.keys(PROPERTIES)))
  })

  it('give PUBLISH packets with a Topic Alias alone in MQTT 5.0 only', () => {
    const nameless = ({ topic }: { readonly topic: string }): boolean => topic === ''
    expect(fc.sample(publishPackets(5), 500).some(nameless)).toBe(true)
    expect(fc.sample(publishPackets(4), 500).some(nameless)).toBe(false)
  })

  it('give CONNECT packets with and without a Will, and lone passwords in MQTT 5.0 only', () => {
    const lone = fc
      .sample(connectPackets(5), 300)
      .filter(({ username, password }) => username === undefined && password !== undefined)
    expect(lone.length).toBeGreaterThan(0)
    const wills = fc.sample(connectPackets(4), 300).filter(({ will }) => will !== undefined)
    expect(wills.length).toBeGreaterThan(0)
    expect(fc.sample(willMessages(4), 50).every((will) => !('properties' in will))).toBe(true)
  })

  it('give Topic Names without wildcards, and Topic Filters with them in their places', () => {
    expect(fc.sample(topicNames(), 300).filter((topic) => /[#+\0]|^$/.test(topic))).toEqual([])
    const filters = fc.sample(topicFilters(), 300)
    expect(filters.filter((filter) => /#./.test(filter) || /[^/][#+]/.test(filter))).toEqual([])
    expect(filters.some((filter) => filter.endsWith('#'))).toBe(true)
  })

  it('cut bytes without losing any', () => {
    const bytes = Uint8Array.from({ length: 40 }, (_, index) => index)
    fc.assert(
      fc.property(chunkings(bytes), (chunks) => {
        expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...bytes])
      }),
    )
  })

  it('damage bytes, and make some that never were a packet', () => {
    const bytes = bytesOf('c000')
    const damaged = fc.sample(mutations(bytes), 100).map(hexOf)
    expect(new Set(damaged).size).toBeGreaterThan(20)
    expect(new Set(fc.sample(garbage(), 100).map(hexOf)).size).toBeGreaterThan(50)
  })
})

describe('plainPacket', () => {
  it('copies the payload', () => {
    const payload = bytesOf('2a')
    const packet = fc.sample(publishPackets(5), 1)[0]!
    const plain = plainPacket({ ...packet, payload })
    payload.fill(0)
    expect(plain).toMatchObject({ payload: bytesOf('2a') })
    expect(encode(plain, 5)).toBeInstanceOf(Uint8Array)
  })

  it('leaves other packets as they are', () => {
    const packet = { type: 'pingreq' } as const
    expect(plainPacket(packet)).toBe(packet)
  })
})
