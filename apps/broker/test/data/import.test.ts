/** What was exported is imported as it was, or not at all. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryEngine, MemoryStorage } from '@godwit/store'
import type { Engine } from '@godwit/store'
import type { ExportLine } from '../../src/data/export-lines.ts'
import { importItems } from '../../src/data/import.ts'
import type { ImportFigures } from '../../src/data/import.ts'
import { importIsUnfinished, MARK } from '../../src/data/import-mark.ts'
import { importedFrom } from '../../src/data/import-source.ts'
import { exported, meaningOf, someWorld, storeOf, WORLD } from './stored-world.ts'

describe('an export that is imported', () => {
  it('is exported again just the same', async () => {
    await fc.assert(
      fc.asyncProperty(WORLD, async (world) => {
        const before = await exported(await storeOf(world))
        const engine = await emptyStore()
        await imported(engine, textOf(before))
        expect(await exported(engine)).toEqual(before)
      }),
      { numRuns: 200 },
    )
  })

  it('means the same if the log has other shards', async () => {
    const shards = fc.constantFrom(1, 2, 3)
    await fc.assert(
      fc.asyncProperty(WORLD, shards, shards, async (world, from, to) => {
        const before = await exported(await storeOf(world, { shards: from }))
        const engine = await emptyStore(to)
        await imported(engine, textOf(before))
        expect(inAnyOrder(await exported(engine))).toEqual(inAnyOrder(before))
      }),
      { numRuns: 200 },
    )
  })

  it('may come in any pieces, and without its last line feed', async () => {
    const before = await exported(await storeOf(someWorld()))
    const text = textOf(before).trimEnd()
    const engine = await emptyStore()
    await imported(engine, text, 1)
    expect(await exported(engine)).toEqual(before)
  })

  it('says how much there was', async () => {
    const message = { topic: 't', qos: 1, payload: '', version: 5, receivedAt: 0 }
    const lines = [
      HEADER,
      SESSION,
      SUBSCRIPTION,
      { type: 'retained', ...message },
      { type: 'queued', clientId: 'c', inFlight: [], waiting: [WAITING], received: [] },
      { type: 'message', id: 1, ...message, retain: false },
      { type: 'message', id: 2, ...message, retain: false },
      { type: 'end', lines: 7 },
    ]
    const figures = { sessions: 1, subscriptions: 1, retained: 1, messages: 1 }
    expect(await imported(await emptyStore(), textOf(lines))).toEqual(figures)
  })
})

describe('many that wait for one message', () => {
  it('share one entry of the log if their subscriptions say it all', async () => {
    const engine = await emptyStore()
    await imported(engine, textOf(fanOut({})))
    expect((await engine.usage()).logEntries).toBe(1)
  })

  it('have one each if one of them is to get it otherwise', async () => {
    const engine = await emptyStore()
    await imported(engine, textOf(fanOut({ subscriptionIdentifiers: [7] })))
    expect((await engine.usage()).logEntries).toBe(3)
  })
})

describe('a file that is wrong', () => {
  it.each<[string, readonly unknown[], string]>([
    ['is empty', [], 'line 1: expected what godwit-broker data export writes, got nothing'],
    ['is another one', [{ type: 'cake' }], 'line 1: expected what godwit-broker data export'],
    ['is of another format', [{ ...HEADER, format: 2 }], 'line 1: expected the format 1, got 2'],
    ['is cut off', [HEADER, SESSION], 'line 3: expected more lines up to one of type "end", got'],
    ['lacks a line', [HEADER, { type: 'end', lines: 2 }], 'line 2: expected 2 lines before this'],
    ['goes on', [HEADER, { type: 'end', lines: 1 }, HEADER], 'line 3: expected nothing behind'],
    ['has a list', [HEADER, []], 'line 2: expected a line as an object of JSON, got []'],
    [
      'has a strange line',
      [HEADER, { type: 'cake' }],
      'line 2: expected the field type of a line to be "session" or "subscription"',
    ],
    [
      'lacks a field',
      [HEADER, { ...SESSION, version: undefined }],
      'line 2: expected the field version of a line of type "session" to be 3 or 4 or 5, got nothing',
    ],
    [
      'has a strange field',
      [HEADER, { ...SESSION, colour: 'red' }],
      'line 2: a line of type "session" has no field "colour"',
    ],
    [
      'has a number out of bounds',
      [HEADER, { ...SESSION, expirySeconds: -1 }],
      'line 2: expected the field expirySeconds of a line of type "session" ' +
        'to be a whole number from 0 to 4294967295, got -1',
    ],
    ['has a session twice', [HEADER, SESSION, SESSION], 'line 3: there are two sessions of'],
    [
      'has a subscription of nobody',
      [HEADER, SUBSCRIPTION],
      'line 2: expected a session of the client "c" before, got none',
    ],
    [
      'has a filter that is none',
      [HEADER, SESSION, { ...SUBSCRIPTION, filter: 'a/#/b' }],
      'got the filter "a/#/b"',
    ],
    [
      'names a message that is not there',
      [HEADER, SESSION, QUEUED, { type: 'end', lines: 3 }],
      'line 3: expected the message 1, which a queue names, got the end',
    ],
    [
      'has a payload that is no base64',
      [HEADER, { type: 'message', id: 1, ...MESSAGE, payload: '#' }],
      'line 2: expected the field payload of a line of type "message" to be base64, got "#"',
    ],
    [
      'has a property that MQTT has not',
      [HEADER, { type: 'message', id: 1, ...MESSAGE, properties: { colour: 1 } }],
      'line 2: MQTT has no property "colour"',
    ],
    [
      'has a property that this version has not',
      [HEADER, { type: 'retained', ...RETAINED, version: 4, properties: { contentType: 'a' } }],
      'line 2: ',
    ],
  ])('which %s is refused, and leaves the store empty', async (_, lines, sentence) => {
    const engine = await emptyStore()
    await expect(imported(engine, textOf(lines))).rejects.toThrow(sentence)
    expect(await exported(engine)).toHaveLength(2)
    expect(await importIsUnfinished(engine)).toBe(false)
  })

  it('which is no JSON is refused', async () => {
    const text = `${JSON.stringify(HEADER)}\n{"type":`
    await expect(imported(await emptyStore(), text)).rejects.toThrow(
      'line 2: expected an object of JSON, got "{\\"type\\":"',
    )
  })
})

describe('a store that is to be filled', () => {
  it('must be empty', async () => {
    const engine = await emptyStore()
    await imported(engine, textOf([HEADER, SESSION, { type: 'end', lines: 2 }]))
    await expect(imported(engine, textOf([HEADER, { type: 'end', lines: 1 }]))).rejects.toThrow(
      'The store has something in it, and an import fills an empty one only',
    )
  })

  it('is marked until it is full', async () => {
    const engine = await emptyStore()
    const seen: boolean[] = []
    const source = (async function* () {
      yield Buffer.from(textOf([HEADER, SESSION]))
      seen.push(await importIsUnfinished(engine))
      yield Buffer.from(textOf([{ type: 'end', lines: 2 }]))
    })()
    await importItems(engine, importedFrom(source, { now: 0, onNotice: () => {} }))
    expect([...seen, await importIsUnfinished(engine)]).toEqual([true, false])
  })

  it('is emptied first if an import was broken off', async () => {
    const engine = await storeOf(someWorld())
    await engine.commit([{ records: [MARK] }])
    await imported(engine, textOf(fanOut({})))
    const other = await emptyStore()
    await imported(other, textOf(fanOut({})))
    expect(await exported(engine)).toEqual(await exported(other))
  })
})

const HEADER = { type: 'godwit-export', format: 1, program: 'a test' }
const SESSION = { type: 'session', clientId: 'c', version: 5, expirySeconds: 60 }
const SUBSCRIPTION = {
  type: 'subscription',
  clientId: 'c',
  filter: '#',
  qos: 1,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
}
const RETAINED = { topic: 't', qos: 1, payload: '', version: 5, receivedAt: 0 }
const MESSAGE = { ...RETAINED, retain: false }
const WAITING = { message: 1, qos: 1, retain: false }
const QUEUED = { type: 'queued', clientId: 'c', inFlight: [], waiting: [WAITING], received: [] }

/** Three sessions for which the same message waits, the last on terms of its own. */
function fanOut(terms: object): readonly unknown[] {
  const clients = ['a', 'b', 'c']
  const lines = [
    HEADER,
    ...clients.map((clientId) => ({ ...SESSION, clientId })),
    ...clients.map((clientId) => ({ ...SUBSCRIPTION, clientId })),
    ...clients.map((clientId) => {
      const waiting = [{ ...WAITING, ...(clientId === 'c' ? terms : {}) }]
      return { ...QUEUED, clientId, waiting }
    }),
    { type: 'message', id: 1, ...MESSAGE },
  ]
  return [...lines, { type: 'end', lines: lines.length }]
}

function emptyStore(shards = 1): Promise<Engine> {
  return MemoryEngine.open(new MemoryStorage(), { shards })
}

function imported(engine: Engine, text: string, pieceLength = 4096): Promise<ImportFigures> {
  const terms = { now: 0, onNotice: () => {} }
  return importItems(engine, importedFrom(piecesOf(Buffer.from(text), pieceLength), terms))
}

async function* piecesOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

function textOf(lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** Messages of different topics have no order among each other where there are several shards. */
function inAnyOrder(lines: readonly ExportLine[]): unknown {
  const ordered = (items: readonly unknown[]) =>
    items.map((item) => JSON.stringify(item)).toSorted()
  return (meaningOf(lines) as { waiting?: unknown[] }[]).map((line) =>
    line.waiting === undefined ? line : { ...line, waiting: ordered(line.waiting) },
  )
}
