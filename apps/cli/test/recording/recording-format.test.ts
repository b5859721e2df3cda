// The file format: what is written is read again, and what is wrong is said with its place.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { topicNames } from '@godwit/codec/testing'
import { lineText } from '../../src/recording/recording-line.ts'
import type { RecordedMessage } from '../../src/recording/recording-line.ts'
import { parseLine } from '../../src/recording/recording-parsing.ts'
import { readRecording } from '../../src/recording/recording-reader.ts'
import type { RecordedThing } from '../../src/recording/recording-reader.ts'

const HEADER = lineText({ kind: 'header', begunMs: 1_700_000_000_000, filters: ['#'] })

describe('a line', () => {
  it('says of a message what was not usual, and its payload as text or base64', () => {
    const message = { kind: 'message', topic: 'a', qos: 0, retain: false, properties: {} } as const
    expect(lineText({ ...message, ms: 1.23456, payload: Buffer.from('21.5') })).toBe(
      '{"ms":1.235,"topic":"a","payload":"21.5","qos":0}\n',
    )
    const properties = { correlationData: Uint8Array.of(255), userProperty: [['k', 'v']] } as const
    const raw = { ...message, ms: 2, payload: Uint8Array.of(0xff, 0), retain: true, properties }
    expect(lineText(raw)).toBe(
      '{"ms":2,"topic":"a","payloadBase64":"/wA=","qos":0,"retain":true,' +
        '"properties":{"userProperty":[["k","v"]],"correlationDataBase64":"/w=="}}\n',
    )
  })

  it('that was written is read again, whatever message it is', () => {
    fc.assert(
      fc.property(messages(), (message) => {
        const text = lineText(message)
        expect(text.indexOf('\n')).toBe(text.length - 1)
        expect(plain(parseLine(text) as RecordedMessage)).toEqual(plain(message))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['{', /^expected an object of JSON: /],
    ['[1]', 'expected an object, got [1]'],
    ['{"ms":1}', 'expected "topic" to be a Topic Name, got nothing'],
    ['{"ms":-1,"topic":"a"}', 'expected "ms" to be milliseconds since the beginning, got -1'],
    ['{"ms":"1","topic":"a"}', 'expected "ms" to be milliseconds since the beginning, got "1"'],
    ['{"ms":1,"topic":"a/#"}', /^expected "topic" to be a Topic Name, and .*: "a\/#"$/],
    ['{"ms":1,"topic":"a","qos":3}', 'expected "qos" to be 0, 1 or 2, got 3'],
    ['{"ms":1,"topic":"a","retain":1}', 'expected "retain" to be true or false, got 1'],
    ['{"ms":1,"topic":"a","payload":5}', 'expected "payload" to be a text, got 5'],
    ['{"ms":1,"topic":"a","payloadBase64":"?"}', 'expected "payloadBase64" to be base64, got "?"'],
    ['{"ms":1,"topic":"a","payloud":""}', /^expected only ms, topic, .*, got "payloud"$/],
    [
      '{"ms":1,"topic":"a","properties":{"messageExpiryInterval":-1}}',
      'expected "messageExpiryInterval" to be seconds, got -1',
    ],
    [
      '{"ms":1,"topic":"a","properties":{"payloadFormatIndicator":2}}',
      'expected "payloadFormatIndicator" to be 0 or 1, got 2',
    ],
    [
      '{"ms":1,"topic":"a","properties":{"userProperty":[["k"]]}}',
      'expected "userProperty" to be a list of pairs of texts, got ["k"]',
    ],
    ['{"ms":1,"topic":"a","properties":{"x":1}}', /^expected only payloadFormatIndicator, .*"x"$/],
    [
      '{"godwit":"recording","format":2,"begun":"x","filters":[]}',
      'expected format 1, got 2: a newer godwit has written it',
    ],
    [
      '{"godwit":"recording","format":1,"begun":"then","filters":[]}',
      'expected "begun" to be a time in UTC, got "then"',
    ],
    ['{"godwit":"log"}', 'expected "godwit" to be the word "recording", got "log"'],
  ])('that is none says what was expected: %s', (text, message) => {
    expect(() => parseLine(text)).toThrow(message)
  })
})

describe('a recording', () => {
  it('is read line by line, however its bytes are cut', async () => {
    const text = `${HEADER}{"ms":1,"topic":"ä","payload":"\u{1f426}"}\n\n{"ms":2,"event":"end"}\n`
    for (const size of [1, 3, 1_000]) {
      const { things } = await read(text, size)
      expect(things).toEqual(['2: 1 ä \u{1f426}', '4: 2 end'])
    }
  })

  it('that was gone on with keeps the time between', async () => {
    const later = HEADER.replace('2023-11-14T22:13:20.000Z', '2023-11-14T22:13:25.500Z')
    const text = `${HEADER}{"ms":100,"topic":"a"}\n${later}{"ms":1,"topic":"b"}\n`
    expect((await read(text)).things).toEqual(['2: 100 a ', '4: 5501 b '])
  })

  it('keeps its order even if the clock was set back between', async () => {
    const earlier = HEADER.replace('2023', '2022')
    const text = `${HEADER}{"ms":100,"topic":"a"}\n${earlier}{"ms":1,"topic":"b"}\n`
    expect((await read(text)).things).toEqual(['2: 100 a ', '4: 101 b '])
  })

  it('says in which line of which file it is wrong', async () => {
    const text = `${HEADER}{"ms":1,"topic":"a"}\n{"ms":2,"topic":7}\n`
    expect((await read(text)).failure).toBe('r.jsonl:3: expected "topic" to be a Topic Name, got 7')
  })

  it('that is cut off in its last line is read up to there, and a warning says so', async () => {
    const text = `${HEADER}{"ms":1,"topic":"a"}\n{"ms":2,"top`
    expect(await read(text)).toEqual({
      things: ['2: 1 a '],
      warnings: ['r.jsonl:3: the last line is cut off, and left out'],
      failure: undefined,
    })
    // A last line may as well be whole and lack only its line feed.
    expect((await read(`${HEADER}{"ms":1,"topic":"a"}`)).things).toEqual(['2: 1 a '])
  })

  it.each([
    ['nothing', ''],
    ['messages without a header', '{"ms":1,"topic":"a"}\n'],
    ['something else', '\u0000\u0001binary\n'],
  ])('is none with %s', async (_, text) => {
    const { failure } = await read(text)
    expect(failure).toBe('r.jsonl:1: expected the header of a recording')
  })
})

interface Reading {
  readonly things: readonly string[]
  readonly warnings: readonly string[]
  readonly failure: string | undefined
}

async function read(text: string, chunkSize = 1_000): Promise<Reading> {
  const things: string[] = []
  const warnings: string[] = []
  try {
    const lines = readRecording(chunks(Buffer.from(text), chunkSize), 'r.jsonl', (warning) =>
      warnings.push(warning),
    )
    for await (const { line, content } of lines) things.push(`${line}: ${told(content)}`)
    return { things, warnings, failure: undefined }
  } catch (error) {
    return { things, warnings, failure: error instanceof Error ? error.message : 'a bug' }
  }
}

function told(thing: RecordedThing): string {
  if (thing.kind === 'event') return `${thing.ms} ${thing.event}`
  return `${thing.ms} ${thing.topic} ${Buffer.from(thing.payload).toString()}`
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

function messages(): fc.Arbitrary<RecordedMessage> {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 })
  return fc.record({
    kind: fc.constant('message' as const),
    ms: fc.nat().map((us) => us / 1000),
    topic: topicNames(),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      text.map((each) => Uint8Array.from(Buffer.from(each))),
    ),
    qos: fc.constantFrom(0, 1, 2),
    retain: fc.boolean(),
    properties: fc.record(
      {
        payloadFormatIndicator: fc.constantFrom(0, 1),
        messageExpiryInterval: fc.nat(),
        contentType: text,
        responseTopic: text,
        correlationData: fc.uint8Array({ maxLength: 20 }),
        userProperty: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    ),
  })
}

/** With bytes as hexadecimal: a Buffer and a Uint8Array are no different here. */
function plain({ payload, properties, ...others }: RecordedMessage): object {
  const { correlationData: data, ...rest } = properties
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const correlationData = data === undefined ? {} : { correlationData: hex(data) }
  return { ...others, payload: hex(payload), properties: { ...rest, ...correlationData } }
}
