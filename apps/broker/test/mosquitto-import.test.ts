/** What Mosquitto kept, turned into what is imported. */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ImportItem } from '../src/data/import-items.ts'
import { importOf } from '../src/mosquitto/mosquitto-import.ts'
import type { LeftBehind } from '../src/mosquitto/mosquitto-import.ts'
import { mosquittoItems } from '../src/mosquitto/mosquitto-items.ts'
import { readMosquittoDb } from '../src/mosquitto/read-mosquitto-db.ts'
import {
  chunk,
  clientChunk,
  clientMessageChunk,
  fileOf,
  messageChunk,
  retainedChunk,
  subscriptionChunk,
} from './mosquitto-chunks.ts'

const NOW = 1_000_000_000_000
const NOTHING_LEFT = { sessions: 0, deliveries: 0, retained: 0, usernames: 0 }
const WAITING_TERMS = {
  qos: 1,
  retain: false,
  subscriptionIdentifiers: undefined,
  share: undefined,
} as const

describe('an import of what Mosquitto 2.0.11 wrote', () => {
  const url = new URL('fixtures/mosquitto/version-6.db', import.meta.url)
  const state = readMosquittoDb(new Uint8Array(readFileSync(url)))
  const { items, left } = importOf(state, Date.parse('2026-11-25T20:00:00Z'))
  const all = [...items]

  it('has all of it', () => {
    expect(left).toEqual(NOTHING_LEFT)
    expect(countsOf(all)).toEqual({
      session: 6,
      subscription: 6,
      retained: 3,
      queued: 4,
      message: 8,
    })
  })

  it('passes on what its publisher has not released, and keeps its Packet Identifier', () => {
    expect(queueOf(all, 'publisher')).toEqual({
      inFlight: [],
      waiting: [],
      received: [7, 9],
    })
    expect(queueOf(all, 'plain').waiting.map(({ text }) => text)).toEqual([
      'on',
      'off',
      'grüße',
      'unreleased',
      'unreleased, too',
    ])
    expect(queueOf(all, 'five').waiting.at(-1)).toMatchObject({
      text: 'unreleased',
      terms: { qos: 2, retain: true, subscriptionIdentifiers: [77] },
    })
    expect(retainedIn(all)).toEqual(['on', 'kept', 'unreleased'])
  })

  it('goes on with exchanges where they are', () => {
    expect(queueOf(all, 'receiver').inFlight).toMatchObject([
      { packetId: 1, qos: 1, released: false, text: 'one' },
      { packetId: 2, qos: 2, released: false, text: 'two' },
      { packetId: 3, qos: 2, released: true, text: undefined },
    ])
  })

  it('says when sessions and messages end', () => {
    const sessions = all.flatMap((item) => (item.type === 'session' ? [item.session] : []))
    const ends = sessions.map(({ clientId, version, expirySeconds }) => {
      return [clientId, version, expirySeconds]
    })
    expect(ends).toEqual([
      ['plain', 4, 0xffff_ffff],
      ['five', 5, expect.any(Number)],
      ['local', 5, 0xffff_ffff],
      ['receiver', 4, 0xffff_ffff],
      ['publisher', 4, 0xffff_ffff],
      ['named', 4, 0xffff_ffff],
    ])
    const [retained] = all.filter((item) => item.type === 'retained')
    const seconds = (Date.parse('2026-11-26T23:27:51Z') - Date.parse('2026-11-25T20:00:00Z')) / 1000
    expect(retained).toMatchObject({
      message: {
        publisher: 'shell',
        version: 5,
        content: { properties: { messageExpiryInterval: seconds, contentType: 'text/plain' } },
      },
    })
  })
})

describe('an import of a file of Mosquitto', () => {
  it('leaves out sessions that have ended', () => {
    const { items, left } = imported(
      clientChunk({ clientId: 'over', interval: 60, expires: NOW / 1000 }),
      clientChunk({ clientId: 'unlasting', interval: 0 }),
      clientChunk({ clientId: 'ending', interval: 60, expires: NOW / 1000 + 7 }),
      clientChunk({ clientId: 'connected', interval: 60 }),
      clientChunk({ clientId: 'ended by its server', expires: NOW / 1000 + 9 }),
    )
    expect(items).toMatchObject([
      { session: { clientId: 'ending', expirySeconds: 7, leftAt: NOW } },
      { session: { clientId: 'connected', expirySeconds: 60, leftAt: NOW } },
      { session: { clientId: 'ended by its server', expirySeconds: 9, leftAt: NOW } },
    ])
    expect(left).toEqual({ ...NOTHING_LEFT, sessions: 2 })
  })

  it('leaves out what has expired, but ends exchanges of QoS 2', () => {
    const gone = { id: 2 }
    const { items, left } = imported(
      messageChunk({ id: 2, expires: NOW / 1000 }),
      clientChunk({}),
      clientMessageChunk({ ...gone, packetId: 1, state: 3 }),
      clientMessageChunk({ ...gone, packetId: 2, state: 5, qos: 2 }),
      clientMessageChunk({ ...gone, packetId: 3, state: 11, qos: 2 }),
      clientMessageChunk({ id: 77, packetId: 4, state: 9, qos: 2 }),
      clientMessageChunk({ id: 77, packetId: 5, state: 11 }),
      retainedChunk(2),
    )
    const released = { qos: 2, retain: false, released: true, message: undefined }
    expect(items.slice(1)).toEqual([
      {
        type: 'queued',
        clientId: 'c',
        inFlight: [2, 4].map((packetId) => ({
          ...released,
          packetId,
          subscriptionIdentifiers: undefined,
        })),
        waiting: [],
        received: [],
      },
    ])
    expect(left).toEqual({ ...NOTHING_LEFT, deliveries: 3, retained: 1 })
  })

  it('tells in sentences what is left out', () => {
    const chunks = [
      messageChunk({ expires: NOW / 1000 }),
      clientChunk({ clientId: 'over', interval: 0 }),
      clientChunk({ username: Buffer.from('al\0') }),
      clientMessageChunk({}),
      clientMessageChunk({ packetId: 2 }),
      clientChunk({ clientId: 'd', username: Buffer.from('al') }),
      retainedChunk(),
      chunk(9, 'abc'),
    ]
    const notices: string[] = []
    const terms = { now: NOW, onNotice: (notice: string) => notices.push(notice) }
    const located = [...mosquittoItems(readMosquittoDb(fileOf(...chunks)), terms)]
    expect(located).toMatchObject([
      { where: 'mosquitto.db', item: { session: { clientId: 'c', username: undefined } } },
      { item: { session: { clientId: 'd', username: 'al', principal: 'al' } } },
    ])
    expect(notices).toEqual([
      'left out: 1 session at an end',
      'left out: 2 waiting messages, expired, of QoS 0, or not kept by Mosquitto',
      'left out: 1 retained message, expired',
      '1 session may have no user name of their own: Mosquitto writes that of the session before at times',
      'left out: 1 chunk of the unknown type 9, 3 bytes',
    ])
  })

  it('leaves out what waits at QoS 0', () => {
    const { items, left } = imported(
      messageChunk({ qos: 0 }),
      clientChunk({}),
      clientMessageChunk({ qos: 0, packetId: 0 }),
    )
    expect(countsOf(items)).toEqual({ session: 1 })
    expect(left).toEqual({ ...NOTHING_LEFT, deliveries: 1 })
  })

  it('has a message once however many sessions wait for it, at the greatest QoS', () => {
    const { items } = imported(
      messageChunk({ id: 8, qos: 0 }),
      messageChunk({ id: 5 }),
      clientChunk({ clientId: 'a' }),
      clientMessageChunk({ clientId: 'a', id: 5, packetId: 1 }),
      clientMessageChunk({ clientId: 'a', id: 8, packetId: 2 }),
      clientChunk({ clientId: 'b' }),
      clientMessageChunk({ clientId: 'b', id: 8, packetId: 1, qos: 2 }),
    )
    const [five, eight] = [1, 2].map((message) => ({ message, terms: WAITING_TERMS }))
    expect(items.slice(2)).toMatchObject([
      { clientId: 'a', waiting: [five, eight] },
      { clientId: 'b', waiting: [{ message: 2, terms: { ...WAITING_TERMS, qos: 2 } }] },
      { type: 'message', id: 1, message: { content: { qos: 1 } } },
      { type: 'message', id: 2, message: { content: { qos: 2 } } },
    ])
  })

  it('takes a Retained Message away that a message without payload was to take away', () => {
    const { items } = imported(
      messageChunk({ id: 1, retain: 1 }),
      messageChunk({ id: 2, retain: 1, qos: 2, payload: '' }),
      clientChunk({}),
      clientMessageChunk({ id: 2, qos: 2, direction: 0, state: 7, retainDup: 0x10 }),
      retainedChunk(1),
    )
    expect(countsOf(items)).toEqual({ session: 1, queued: 1 })
  })

  it('passes nothing on to its publisher that wants none of its own', () => {
    const { items } = imported(
      messageChunk({ qos: 2, publisher: 'c' }),
      clientChunk({}),
      clientMessageChunk({ qos: 2, direction: 0, state: 7 }),
      clientChunk({ clientId: 'd' }),
      subscriptionChunk({ options: 0x04 }),
      subscriptionChunk({ clientId: 'd', options: 0x04 }),
    )
    expect(queueOf(items, 'c')).toEqual({ inFlight: [], waiting: [], received: [1] })
    expect(queueOf(items, 'd').waiting.length).toBe(1)
  })

  it('keeps the order of each session, in rising numbers', () => {
    const queues = fc.array(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 8 }), {
      maxLength: 4,
    })
    fc.assert(
      fc.property(queues, (ids) => {
        const { items } = imported(...filesOf(ids))
        ids.forEach((wanted, index) => {
          const { waiting } = queueOf(items, String(index))
          expect(waiting.map(({ text }) => text)).toEqual(wanted.map(String))
          const numbers = waiting.map(({ message }) => message)
          expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other))
        })
      }),
    )
  })
})

function imported(...chunks: readonly Uint8Array[]): {
  readonly items: readonly ImportItem[]
  readonly left: LeftBehind
} {
  const { items, left } = importOf(readMosquittoDb(fileOf(...chunks)), NOW)
  return { items: [...items], left }
}

/** A session for each queue of messages, whose payloads are their numbers. */
function filesOf(queues: readonly (readonly number[])[]): readonly Uint8Array[] {
  return [
    ...[1, 2, 3, 4, 5, 6].map((id) => messageChunk({ id, payload: String(id) })),
    ...queues.flatMap((ids, index) => [
      clientChunk({ clientId: String(index) }),
      ...ids.map((id, at) => clientMessageChunk({ clientId: String(index), id, packetId: at + 1 })),
    ]),
  ]
}

function countsOf(items: readonly ImportItem[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>()
  for (const { type } of items) counts.set(type, (counts.get(type) ?? 0) + 1)
  return Object.fromEntries(counts)
}

/** The queue of a session, with what the messages in it say. */
function queueOf(items: readonly ImportItem[], clientId: string) {
  const texts = new Map<number | undefined, string>()
  for (const item of items) {
    if (item.type === 'message') texts.set(item.id, textOf(item.message.content.payload))
  }
  const queued = items.find((item) => item.type === 'queued' && item.clientId === clientId)
  const { inFlight, waiting, received } =
    queued?.type === 'queued' ? queued : { inFlight: [], waiting: [], received: [] }
  return {
    inFlight: inFlight.map((one) => ({ ...one, text: texts.get(one.message) })),
    waiting: waiting.map((one) => ({ ...one, text: texts.get(one.message) })),
    received,
  }
}

function retainedIn(items: readonly ImportItem[]): readonly string[] {
  return items.flatMap((item) =>
    item.type === 'retained' ? [textOf(item.message.content.payload)] : [],
  )
}

function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload)
}
