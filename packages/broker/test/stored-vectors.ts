// What is stored, beside its bytes: a change of the format is seen here first.

import { bytesOf } from '@godwit/codec/testing'
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
} from '../src/stored/index.ts'
import type {
  Audience,
  StoredEntry,
  StoredProgress,
  StoredRetained,
  StoredSession,
  StoredSubscription,
} from '../src/stored/index.ts'

/** One value and its bytes. */
export interface StoredVector {
  readonly title: string
  readonly bytes: Uint8Array
  readonly value: unknown
  readonly encode: () => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
  /** Bytes from here on may be missing, since they are a packet that is not looked into. */
  readonly packetAt: number
}

/** Of each kind a small one and a full one. */
export function storedVectors(): readonly StoredVector[] {
  return [...sessions(), ...subscriptions(), ...progresses(), ...entries(), ...retained()]
}

const NOON = 1_700_000_000_000
/** PUBLISH of QoS 0, `t`: `x`, before 5.0. */
const PACKET = '30 04 0001 74 78'

function sessions(): readonly StoredVector[] {
  return [
    session('a connected session', '01 01 01 0161 00', {
      clientId: 'a',
      number: 1,
      version: 4,
      username: undefined,
      principal: undefined,
      expirySeconds: 0,
      leftAt: undefined,
      will: undefined,
    }),
    session(
      'a session that was left, and says all there is',
      `01 3e ffffffffffffff0f 03e282ac ffffffff0f 80d095ffbc31 0475736572 00
       03 0a 1a 33 18 0004 77696c6c 0001 0d 01 01 02 0000003c 26 0001 6b 0000 6279`,
      {
        clientId: '€',
        number: Number.MAX_SAFE_INTEGER,
        version: 5,
        username: 'user',
        principal: '',
        expirySeconds: 0xffff_ffff,
        leftAt: NOON,
        will: {
          topic: 'will',
          payload: bytesOf('6279'),
          qos: 1,
          retain: true,
          properties: {
            payloadFormatIndicator: 1,
            messageExpiryInterval: 60,
            willDelayInterval: 10,
            userProperty: [['k', '']],
          },
        },
      },
    ),
    session('a session with a plain Will', '01 20 01 0161 00 00 07 30 05 0001 77 00 78', {
      clientId: 'a',
      number: 1,
      version: 3,
      username: undefined,
      principal: undefined,
      expirySeconds: 0,
      leftAt: undefined,
      will: { topic: 'w', payload: bytesOf('78'), qos: 0, retain: false },
    }),
  ]
}

function subscriptions(): readonly StoredVector[] {
  return [
    subscription('a subscription', '01 01 03612f23 01 80 02', {
      filter: 'a/#',
      qos: 1,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
      since: [256],
      replaying: false,
    }),
    subscription('a subscription with all options', '01 ee 0161 ffffff7f 03 00 01 80808010', {
      filter: 'a',
      qos: 2,
      noLocal: true,
      retainAsPublished: true,
      retainHandling: 2,
      identifier: 268_435_455,
      since: [0, 1, 2 ** 25],
      replaying: true,
    }),
  ]
}

function progresses(): readonly StoredVector[] {
  return [
    progress('progress with nothing in flight', '01 01 01 00', { next: [1], inFlight: [] }),
    progress(
      'progress with exchanges in flight',
      `01 02 8002 8102 04
       00 01 fe03   05 ffff03 03   0b 02 00 02 05 ffffff7f   08 03 84fcffffffffff1f 00`,
      {
        next: [256, 257],
        inFlight: [
          exchange(1, 1, 255),
          { ...exchange(65_535, 2, 253), retain: true },
          { ...exchange(2, 2, 253), released: true, subscriptionIdentifiers: [5, 268_435_455] },
          { ...exchange(3, 1, 2 ** 53 - 1), subscriptionIdentifiers: [] },
        ],
      },
    ),
  ]
}

function entries(): readonly StoredVector[] {
  const toSubscribers: Audience = { type: 'subscribers', chosen: [] }
  const chosen = [
    { filter: '$share/g/a', number: 7 },
    { filter: '$share/h/+', number: 300 },
  ]
  const toSession = { type: 'session', number: 200, qos: 1, retain: false } as const
  return [
    entry('an entry of a program', `01 01 00 ${PACKET}`, {
      ...entryFrom(undefined, toSubscribers),
      receivedAt: 0,
    }),
    entry(
      'an entry of a client',
      `01 05 80d095ffbc31 0161 ${PACKET}`,
      entryFrom('a', toSubscribers),
    ),
    entry(
      'an entry for chosen members',
      `01 0d 80d095ffbc31 00 02 0a2473686172652f672f61 07 0a2473686172652f682f2b ac02 ${PACKET}`,
      entryFrom('', { type: 'subscribers', chosen }),
    ),
    entry(
      'an entry for one session',
      `01 11 80d095ffbc31 c801 ${PACKET}`,
      entryFrom(undefined, { ...toSession, subscriptionIdentifiers: undefined }),
    ),
    entry(
      'an entry for one session with all there is',
      `01 f5 80d095ffbc31 0161 c801 02 01 8001 ${PACKET}`,
      entryFrom('a', { ...toSession, qos: 2, retain: true, subscriptionIdentifiers: [1, 128] }),
    ),
  ]
}

function retained(): readonly StoredVector[] {
  const message: StoredRetained = {
    receivedAt: NOON,
    publisher: undefined,
    version: 4,
    packet: bytesOf(PACKET),
  }
  return [
    retainedMessage('a Retained Message of a program', `01 01 80d095ffbc31 ${PACKET}`, message),
    retainedMessage('a Retained Message of a client', `01 05 80d095ffbc31 03 62c3bc ${PACKET}`, {
      ...message,
      publisher: 'bü',
    }),
  ]
}

function exchange(
  packetId: number,
  qos: 1 | 2,
  position: number,
): StoredProgress['inFlight'][number] {
  const subscriptionIdentifiers = undefined
  return { packetId, qos, position, released: false, retain: false, subscriptionIdentifiers }
}

function entryFrom(publisher: string | undefined, audience: Audience): StoredEntry {
  return { receivedAt: NOON, publisher, audience, version: 4, packet: bytesOf(PACKET) }
}

function session(title: string, hex: string, value: StoredSession): StoredVector {
  return vectorOf(title, hex, value, { encode: () => encodeSession(value), decode: decodeSession })
}

function subscription(title: string, hex: string, value: StoredSubscription): StoredVector {
  return vectorOf(title, hex, value, {
    encode: () => encodeSubscription(value),
    decode: decodeSubscription,
  })
}

function progress(title: string, hex: string, value: StoredProgress): StoredVector {
  return vectorOf(title, hex, value, {
    encode: () => encodeProgress(value),
    decode: decodeProgress,
  })
}

function entry(title: string, hex: string, value: StoredEntry): StoredVector {
  const vector = vectorOf(title, hex, value, {
    encode: () => encodeEntry(value),
    decode: decodeEntry,
  })
  return { ...vector, packetAt: vector.bytes.length - value.packet.length }
}

function retainedMessage(title: string, hex: string, value: StoredRetained): StoredVector {
  const vector = vectorOf(title, hex, value, {
    encode: () => encodeRetained(value),
    decode: decodeRetained,
  })
  return { ...vector, packetAt: vector.bytes.length - value.packet.length }
}

type Coding = Pick<StoredVector, 'encode' | 'decode'>

function vectorOf(title: string, hex: string, value: unknown, coding: Coding): StoredVector {
  const bytes = bytesOf(hex)
  return { title, bytes, value, ...coding, packetAt: bytes.length }
}
