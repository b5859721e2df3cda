// What is stored: byte for byte what it was, and an error for anything else.

import { bytesOf, hexOf, mutations } from '@godwit/codec/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeEntry,
  decodeProgress,
  decodeRetained,
  decodeSession,
  decodeSubscription,
  encodeEntry,
  encodeProgress,
  encodeRetained,
  encodeSession,
  encodeSubscription,
  entryHeaderLength,
  StoredFormatError,
  writeEntryHeader,
} from '../src/stored/index.ts'
import type { StoredEntry, StoredSession } from '../src/stored/index.ts'
import {
  storedEntries,
  storedProgress,
  storedRetained,
  storedSessions,
  storedSubscriptions,
} from './stored-arbitraries.ts'
import { storedVectors } from './stored-vectors.ts'

describe.each(storedVectors())('$title', ({ bytes, value, encode, decode, packetAt }) => {
  it('has these bytes, and comes out of them', () => {
    expect(hexOf(encode())).toBe(hexOf(bytes))
    expect(decode(bytes)).toStrictEqual(value)
  })

  it('comes out of bytes that lie within others, and out of a Buffer', () => {
    const around = new Uint8Array(bytes.length + 20).fill(0xff)
    around.set(bytes, 9)
    expect(decode(around.subarray(9, 9 + bytes.length))).toStrictEqual(value)
    expect(decode(Buffer.from(around).subarray(9, 9 + bytes.length))).toStrictEqual(value)
  })

  it('is an error wherever it is cut off', () => {
    for (let length = 0; length < packetAt; length++) {
      expect(() => decode(bytes.slice(0, length))).toThrow(StoredFormatError)
      expect(() => decode(bytes.subarray(0, length))).toThrow(StoredFormatError)
    }
  })

  it('is an error in another format', () => {
    const other = Uint8Array.from(bytes).fill(2, 0, 1)
    expect(() => decode(other)).toThrow('byte 0: expected format 1, got 2')
  })

  it('is a value or an error, whichever bytes are changed', () => {
    fc.assert(
      fc.property(mutations(bytes), (mutated) => {
        expect(outcome(decode, mutated)).not.toBe('another error')
      }),
      { numRuns: 300 },
    )
  })
})

describe('what is stored', () => {
  it('a session comes back as it was', () => {
    fc.assert(
      fc.property(storedSessions(), (session) => {
        expect(decodeSession(encodeSession(session))).toStrictEqual(session)
      }),
    )
  })

  it('a subscription comes back as it was', () => {
    fc.assert(
      fc.property(storedSubscriptions(), (subscription) => {
        expect(decodeSubscription(encodeSubscription(subscription))).toStrictEqual(subscription)
      }),
    )
  })

  it('progress comes back as it was', () => {
    fc.assert(
      fc.property(storedProgress(), (progress) => {
        expect(decodeProgress(encodeProgress(progress))).toStrictEqual(progress)
      }),
    )
  })

  it('an entry comes back as it was', () => {
    fc.assert(
      fc.property(storedEntries(), (entry) => {
        expect(decodeEntry(encodeEntry(entry))).toStrictEqual(entry)
      }),
    )
  })

  it('a Retained Message comes back as it was', () => {
    fc.assert(
      fc.property(storedRetained(), (retained) => {
        expect(decodeRetained(encodeRetained(retained))).toStrictEqual(retained)
      }),
    )
  })
})

describe('what is large', () => {
  it('a Will of the largest payload comes back', () => {
    const payload = new Uint8Array(65_535).fill(7)
    const session = { ...SESSION, will: { topic: 'w', payload, qos: 2, retain: true } } as const
    const { will } = decodeSession(encodeSession(session))
    expect(will?.qos).toBe(2)
    expect(Buffer.compare(will?.payload ?? new Uint8Array(0), payload)).toBe(0)
  })

  it('a long text comes back, in any script', () => {
    for (const character of ['a', 'ü', '€', '🐦', '\0', '\ufeff']) {
      for (const count of [1, 20, 42, 43, 64, 65, 200, 70_000]) {
        const publisher = character.repeat(count)
        expect(decodeEntry(encodeEntry({ ...ENTRY, publisher })).publisher).toBe(publisher)
      }
    }
  })

  it('every power of two is written as it is, and those beside it', () => {
    for (let exponent = 0; exponent <= 53; exponent++) {
      for (const receivedAt of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
        const entry = { ...ENTRY, receivedAt: Math.min(receivedAt, Number.MAX_SAFE_INTEGER) }
        expect(decodeEntry(encodeEntry(entry))).toStrictEqual(entry)
        const next = [entry.receivedAt]
        expect(decodeProgress(encodeProgress({ next, inFlight: [] })).next).toEqual(next)
      }
    }
  })
})

describe('any bytes', () => {
  it.each([
    ['session', decodeSession, encodeSession],
    ['subscription', decodeSubscription, encodeSubscription],
    ['progress', decodeProgress, encodeProgress],
    ['entry', decodeEntry, encodeEntry],
    ['Retained Message', decodeRetained, encodeRetained],
  ])('are a %s, written in one way only, or an error', (_, decode, encode) => {
    const bytes = fc
      .uint8Array({ maxLength: 40 })
      .map((rest) => Uint8Array.of(1, ...rest.map((byte) => (byte > 0xc0 ? byte & 0x0f : byte))))
    fc.assert(
      fc.property(bytes, (some) => {
        const value = outcome(decode, some)
        expect(value).not.toBe('another error')
        // What it was encoded from has the type that came out of the same row.
        const again =
          value === 'an error' ? some : (encode as (value: unknown) => Uint8Array)(value)
        expect(hexOf(again)).toBe(hexOf(some))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the header of an entry', () => {
  it('is written where it is wanted, and nothing beside it', () => {
    fc.assert(
      fc.property(storedEntries(), fc.nat(20), (entry, start) => {
        const length = entryHeaderLength(entry)
        const target = new Uint8Array(start + length + 20).fill(0xee)
        expect(writeEntryHeader(entry, target, start)).toBe(start + length)
        const { packet } = entry
        const whole = encodeEntry(entry)
        expect(hexOf(target.subarray(start, start + length))).toBe(
          hexOf(whole.subarray(0, whole.length - packet.length)),
        )
        const around = [...target.subarray(0, start), ...target.subarray(start + length)]
        expect(around.every((byte) => byte === 0xee)).toBe(true)
      }),
    )
  })

  it('leaves the packet where it is', () => {
    const bytes = encodeEntry({ ...ENTRY, packet: bytesOf('300400017478') })
    const { packet } = decodeEntry(bytes)
    expect(packet.buffer).toBe(bytes.buffer)
    expect(packet.byteOffset + packet.length).toBe(bytes.byteOffset + bytes.length)
  })
})

describe('a decoder says what is wrong', () => {
  it.each([
    ['entry', '', 'entry cannot be read: byte 0: expected the format, got the end'],
    ['entry', '02', 'expected format 1, got 2: damage, or another version of the broker'],
    ['entry', '01 03 00', 'byte 1: expected the version 3, 4 or 5, got 6'],
    ['entry', '01 18 00 00', 'byte 1: expected the audience 0, 1 or 2, got the flags 0x18'],
    ['entry', '01 40 00 00', 'byte 1: expected the audience 0, 1 or 2, got the flags 0x40'],
    ['entry', '01 08 00 00', 'byte 3: expected at least one chosen member, got none'],
    ['entry', '01 10 00 00', 'byte 3: expected a session number from 1 to 9007199254740991'],
    ['entry', '01 00 8000', 'byte 3: expected a time in ms since 1970 without zeros, got one'],
    ['entry', '01 00 ffffffffffffff1f', 'byte 2: expected a time in ms since 1970 of at most'],
    ['entry', '01 00 80808080808080808001', 'of at most 53 bits, got more'],
    ['entry', '01 04 00 05 6161', 'expected the publisher, at most the 2 bytes that are left'],
    ['entry', '01 04 00 02 c328', 'byte 4: expected the publisher in UTF-8, got other bytes'],
    ['entry', '01 04 00 03 eda080', 'expected the publisher in UTF-8'],
    ['retained', '01 08 00', 'retained message cannot be read: byte 1: expected no flags but'],
    ['subscription', '01 03 00 00', 'subscription cannot be read: byte 1: expected QoS 0, 1'],
    ['subscription', '01 30 00 00', 'byte 1: expected Retain Handling 0, 1 or 2, got 3'],
    ['subscription', '01 00 00 00 00', 'byte 4: expected the end, got 1 more'],
    ['subscription', '01 40 00 00 00', 'expected a Subscription Identifier from 1 to 26843545'],
    ['progress', '01 01 00 01 00 00', 'byte 5: expected a Packet Identifier from 1 to 65535'],
    ['progress', '01 00 01 00 01 01', 'byte 5: expected a position from 0 to 9007199254740991'],
    ['progress', '01 00 ffffffff0f', 'byte 2: expected the number of exchanges, at most the 0'],
    ['progress', '01 00 01 10', 'byte 3: expected no flags but 0x0f, got 0x10'],
    ['session', '01 00 01 00 8080808010', 'a Session Expiry Interval from 0 to 4294967295'],
    ['session', '01 20 01 00 00 02 00', 'expected a delay among properties, got no properties'],
    ['session', '01 20 01 00 00 00 02 c000', 'expected a whole PUBLISH as a Will can be, got PING'],
    ['session', '01 20 01 00 00 00 02 3009', 'can be, got a part of a packet'],
    ['session', '01 20 01 00 00 00 00', 'can be, got a part of a packet'],
    ['session', '01 20 01 00 00 00 06 30040001770000', 'byte 13: expected the end, got 1 more'],
    ['session', '01 20 01 00 00 00 07 30040001770000', 'as a Will can be, got another PUBLISH'],
    ['session', '01 20 01 00 00 00 08 3206000177000200', 'can be, got another PUBLISH'],
    ['session', '01 20 01 00 00 00 08 3a06000177000100', 'can be, got another PUBLISH'],
    ['session', '01 20 01 00 00 01 09 300700017703230001', 'can be, got another PUBLISH'],
    ['session', '01 20 01 00 00 00 08 3006000177020101', 'expected a Will without properties'],
    [
      'session',
      '01 20 01 00 00 00 05 3003000000',
      'a PUBLISH of MQTT 5.0, got bytes that are none',
    ],
  ] as const)('%s of %s: %s', (kind, hex, sentence) => {
    const bytes = bytesOf(hex)
    expect(() => DECODERS[kind](bytes)).toThrow(sentence)
    expect(() => DECODERS[kind](bytes)).toThrow(StoredFormatError)
  })
})

describe('an encoder refuses what could not be read again', () => {
  it.each([
    ['half a pair', { ...ENTRY, publisher: 'a\ud800b' }, 'may not hold half a surrogate pair'],
    ['the other half', { ...ENTRY, publisher: '\udc00' }, 'may not hold half a surrogate pair'],
    ['half a second', { ...ENTRY, receivedAt: 0.5 }, 'must be a time in ms since 1970 from 0'],
    ['before 1970', { ...ENTRY, receivedAt: -1 }, 'got -1'],
    ['no time', { ...ENTRY, receivedAt: Infinity }, 'got Infinity'],
  ])('%s', (_, entry, sentence) => {
    expect(() => encodeEntry(entry)).toThrow(RangeError)
    expect(() => encodeEntry(entry)).toThrow(sentence)
    expect(() => encodeRetained(entry)).toThrow(sentence)
  })

  it('a session without a number, or with a Will that is none', () => {
    expect(() => encodeSession({ ...SESSION, number: 0 })).toThrow('a session number from 1')
    expect(() => encodeSession({ ...SESSION, expirySeconds: 2 ** 32 })).toThrow('4294967296')
    const will = { topic: '+', payload: new Uint8Array(), qos: 0, retain: false } as const
    expect(() => encodeSession({ ...SESSION, will })).toThrow('wildcard')
  })

  it('positions, and identifiers of MQTT, that cannot be', () => {
    const [position, packetId] = [2 ** 53, 65_536]
    expect(() => encodeProgress({ next: [position], inFlight: [] })).toThrow(RangeError)
    const sound = { packetId: 1, qos: 1, position: 1, released: false, retain: false } as const
    const plain = { ...sound, subscriptionIdentifiers: undefined }
    for (const bad of [{ packetId }, { position }, { subscriptionIdentifiers: [0] }]) {
      const inFlight = [{ ...plain, ...bad }]
      expect(() => encodeProgress({ next: [], inFlight })).toThrow(RangeError)
    }
  })
})

const DECODERS = {
  entry: decodeEntry,
  progress: decodeProgress,
  retained: decodeRetained,
  session: decodeSession,
  subscription: decodeSubscription,
}

const ENTRY: StoredEntry = {
  receivedAt: 1,
  publisher: 'a',
  audience: { type: 'subscribers', chosen: [] },
  version: 5,
  packet: new Uint8Array(0),
}

const SESSION: StoredSession = {
  clientId: 'a',
  number: 1,
  version: 5,
  username: undefined,
  principal: undefined,
  expirySeconds: 0,
  leftAt: undefined,
  will: undefined,
}

/** What comes out of bytes. */
function outcome(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return decode(bytes)
  } catch (error) {
    return error instanceof StoredFormatError ? 'an error' : 'another error'
  }
}
