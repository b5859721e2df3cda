/** Persistence files of Mosquitto: one that it wrote, and many that it would not. */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MosquittoDbError } from '../src/mosquitto/mosquitto-db-error.ts'
import { importOf } from '../src/mosquitto/mosquitto-import.ts'
import type { MosquittoSession, MosquittoState } from '../src/mosquitto/mosquitto-state.ts'
import { readMosquittoDb } from '../src/mosquitto/read-mosquitto-db.ts'
import {
  big,
  chunk,
  clientChunk,
  clientMessageChunk,
  CONFIGURATION,
  configurationOf,
  fileOf,
  fileOfVersion,
  little,
  messageChunk,
  retainedChunk,
  subscriptionChunk,
} from './mosquitto-chunks.ts'
import { OUTLINE, outlineOf } from './mosquitto-conversation.ts'

const WRITTEN = new Uint8Array(
  readFileSync(new URL('fixtures/mosquitto/version-6.db', import.meta.url)),
)

describe('the file that Mosquitto 2.0.11 wrote', () => {
  it('says what was said to Mosquitto', () => {
    const state = readMosquittoDb(WRITTEN)
    expect(outlineOf(state)).toEqual(OUTLINE)
    expect(state.version).toBe(6)
    expect(state.messages.size).toBe(9)
    const [retained] = state.retained.filter(({ topic }) => topic === 'plant/1/state')
    expect(retained?.expiresAt).toBe(Date.parse('2026-11-26T23:27:51Z'))
    expect(state.sessions.map(({ lastPacketId }) => lastPacketId)).toEqual([3, 5, 0, 3, 0, 0])
  })

  it('is the same at any offset of memory', () => {
    const wider = new Uint8Array(WRITTEN.length + 5)
    wider.set(WRITTEN, 3)
    const inside = wider.subarray(3, 3 + WRITTEN.length)
    expect(readMosquittoDb(inside)).toEqual(readMosquittoDb(WRITTEN))
  })

  it('is refused or is a state wherever it is cut', () => {
    const outcomes = Array.from(WRITTEN, (_, length) => outcomeOf(WRITTEN.subarray(0, length)))
    expect(outcomes.filter((outcome) => outcome === 'broken')).toEqual([])
    // Behind the header and behind each of its chunks but the last.
    expect(outcomes.filter((outcome) => outcome === 'state').length).toBe(chunksIn(WRITTEN))
  })

  it('is refused or is a state whatever bytes are turned', () => {
    const flips = fc.array(fc.tuple(fc.nat(WRITTEN.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(flips, (places) => {
        const turned = WRITTEN.slice()
        for (const [at, bits] of places) turned[at]! ^= bits
        expect(outcomeOf(turned)).not.toBe('broken')
      }),
      { numRuns: 2_000, seed: 20_261_125 },
    )
  })

  it('is refused or is a state with each byte at its greatest', () => {
    const outcomes = Array.from(WRITTEN, (_, at) =>
      outcomeOf(Uint8Array.from(WRITTEN).fill(0xff, at, at + 1)),
    )
    expect(outcomes.filter((outcome) => outcome === 'broken')).toEqual([])
  })
})

describe('a persistence file', () => {
  it.each([5, 6])('of version %i may have no chunks', (version) => {
    const state = readMosquittoDb(fileOfVersion(version))
    expect(state).toMatchObject({ version, sessions: [], retained: [] })
  })

  it('of version 5 has no User Names and shorter sessions', () => {
    const fields = [little(8, 100), big(4, 60), big(2, 5), big(2, 2), 'id'] as const
    const { sessions } = readMosquittoDb(fileOfVersion(5, CONFIGURATION, chunk(6, ...fields)))
    expect(sessions).toEqual([
      sessionOf({ clientId: 'id', expiresAt: 100_000, sessionExpirySeconds: 60 }),
    ])
  })

  it('of a machine of 32 bits has less filling', () => {
    const username = Buffer.from('bob')
    const file = fileOfVersion(
      6,
      configurationOf({ filling: 2 }),
      clientChunk({ username, filling: 0 }),
    )
    expect(readMosquittoDb(file).sessions).toEqual([sessionOf({ username: 'bob' })])
  })

  it('may have chunks of unknown types, which are passed over and counted', () => {
    const file = fileOf(chunk(9, 'abc'), clientChunk({}), chunk(7), chunk(9, 'de'))
    const state = readMosquittoDb(file)
    expect(state.sessions.length).toBe(1)
    expect(state.skipped).toEqual([
      { type: 9, chunks: 2, bytes: 5 },
      { type: 7, chunks: 1, bytes: 0 },
    ])
  })

  it('has subscriptions with all their options', () => {
    const options = 0x04 | 0x08 | 0x20
    const filter = '$share/g/a/+/#'
    const file = fileOf(
      clientChunk({}),
      subscriptionChunk({ filter, identifier: 268_435_455, qos: 2, options }),
    )
    expect(readMosquittoDb(file).sessions[0]?.subscriptions).toEqual([
      {
        filter,
        qos: 2,
        noLocal: true,
        retainAsPublished: true,
        retainHandling: 2,
        identifier: 268_435_455,
      },
    ])
  })

  it.each([
    [2, 1, 'sent'],
    [3, 1, 'sent'],
    [4, 2, 'sent'],
    [5, 2, 'sent'],
    [6, 2, 'released'],
    [9, 2, 'released'],
    [11, 2, 'waiting'],
    [1, 0, 'waiting'],
    [11, 0, 'waiting'],
  ] as const)('has a message in state %i at QoS %i, which is %s', (state, qos, expected) => {
    const file = fileOf(messageChunk({}), clientChunk({}), clientMessageChunk({ qos, state }))
    const [delivery] = readMosquittoDb(file).sessions[0]!.outgoing
    expect(delivery).toMatchObject({ state: expected, qos, dup: false, retain: false })
    expect(delivery?.message?.topic).toBe('t')
  })

  it('has flags of a message on its way', () => {
    const file = fileOf(clientChunk({}), clientMessageChunk({ retainDup: 0x11, id: 5 }))
    const [delivery] = readMosquittoDb(file).sessions[0]!.outgoing
    expect(delivery).toMatchObject({ dup: true, retain: true, message: undefined })
  })

  it('says of incoming messages only those of QoS 2', () => {
    const incoming = { direction: 0, state: 7 }
    const file = fileOf(
      clientChunk({}),
      clientMessageChunk({ ...incoming, qos: 1, packetId: 1 }),
      clientMessageChunk({ ...incoming, qos: 2, packetId: 2 }),
    )
    expect(readMosquittoDb(file).sessions[0]).toMatchObject({
      incoming: [{ packetId: 2, message: undefined }],
      outgoing: [],
    })
  })

  it('retains no message without a payload', () => {
    const file = fileOf(messageChunk({ payload: '' }), retainedChunk())
    expect(readMosquittoDb(file).retained).toEqual([])
  })

  it('has no properties in a message that belong to a connection', () => {
    const properties = Uint8Array.of(12, 2, 0, 0, 0, 9, 0x23, 0, 1, 0x0b, 4, 1, 1)
    const message = readMosquittoDb(fileOf(messageChunk({ properties }))).messages.get(1n)
    expect(message?.properties).toEqual({ payloadFormatIndicator: 1 })
  })
})

describe('the User Names of sessions', () => {
  const inherited = Buffer.concat([Buffer.from('al\0'), Buffer.alloc(509, 0xee)])

  it.each([
    ['are those of the sessions', ['al', 'bo'], ['al', 'bo'], 0],
    ['may be none', [''], [undefined], 0],
    ['are not those of the session before', ['al', inherited], ['al', undefined], 0],
    ['may be those', ['al', inherited, 'al', inherited], ['al', undefined, 'al', undefined], 1],
    ['are certain again', ['al', inherited, 'al', 'al'], ['al', undefined, 'al', 'al'], 1],
    ['are certain if different', ['al', inherited, 'bo', 'al'], ['al', undefined, 'bo', 'al'], 0],
  ] as const)('%s', (_, written, expected, untold) => {
    const sessions = written.map((name, index) =>
      clientChunk({ clientId: String(index), username: Buffer.from(name) }),
    )
    const state = readMosquittoDb(fileOf(...sessions))
    expect(state.sessions.map(({ username }) => username)).toEqual(expected)
    expect(state.usernamesUntold).toBe(untold)
  })
})

describe('a file is refused', () => {
  const client = clientChunk({})
  const message = messageChunk({})

  it.each([
    ['if it is empty', new Uint8Array(0), 0, 'The file is empty: give the mosquitto.db'],
    ['if it is another', Buffer.from('{"type"'), 0, 'does not begin as a persistence file'],
    ['if it ends within the header', WRITTEN.subarray(0, 20), 20, 'ends within its header'],
    ['of version 4', fileOfVersion(4), 19, 'has version 4 of its format, and only 5 and 6'],
    ['of version 7', fileOfVersion(7), 19, 'has version 7 of its format'],
    ['if it is cut', fileOf(client).subarray(0, -1), 47, 'ends at byte 80, behind the end'],
    ['if it is cut early', fileOf(big(4, 6)), 47, 'ends within the header of a chunk'],
    ['for numbers of 4 bytes', fileOfVersion(6, configurationOf({ idBytes: 4 })), 41, '4 bytes'],
    [
      'for odd filling',
      fileOfVersion(6, configurationOf({ filling: 3 })),
      44,
      '3 bytes of filling',
    ],
    ['for two messages of a number', fileOf(message, message), 106, 'two messages of the number 1'],
    ['for two sessions of a client', fileOf(client, client), 88, 'two sessions of the client "c"'],
    [
      'for a nameless session',
      fileOf(clientChunk({ clientId: '' })),
      79,
      'empty Client Identifier',
    ],
    ['for QoS 3', fileOf(client, subscriptionChunk({ qos: 3 })), 97, 'A SUB chunk says QoS 3'],
    ['for no session', fileOf(subscriptionChunk({})), 55, 'client "c", which has no session'],
    ['for no filter', fileOf(client, subscriptionChunk({ filter: 'a#' })), 103, 'no Topic Filter'],
    [
      'for a wildcard',
      fileOf(messageChunk({ topic: '#' })),
      98,
      'A MSG_STORE chunk holds no message',
    ],
    ['for no topic', fileOf(messageChunk({ topic: '' })), 97, 'has an empty topic'],
    ['for no such message', fileOf(retainedChunk(8)), 55, 'message 8 is retained, and is not in'],
    ['for state 7', fileOf(client, clientMessageChunk({ state: 7 })), 88, 'is in state 7'],
    ['for direction 2', fileOf(client, clientMessageChunk({ direction: 2 })), 104, 'direction 2'],
    ['for no packet id', fileOf(client, clientMessageChunk({ packetId: 0 })), 104, 'no Packet Id'],
    ['for what is too much', fileOf(chunk(4, little(8, 1), 'x')), 63, 'is too long by 1'],
    ['for what is too little', fileOf(chunk(4, 'abc')), 55, 'is too short by 5'],
    ['for a far time', fileOf(messageChunk({ expires: 2 ** 40 })), 63, 'with another byte order'],
    ['for a broken text', fileOf(messageChunk({ topic: '\u00ff' })), 96, 'is not text as MQTT'],
    ['for U+0000', fileOf(messageChunk({ topic: '\0' })), 96, 'A topic in a MSG_STORE chunk'],
    [
      'for no properties',
      fileOf(messageChunk({ properties: new Uint8Array(2) })),
      98,
      'longer than the',
    ],
    [
      'for Retain Handling 3',
      fileOf(client, subscriptionChunk({ options: 0x30 })),
      98,
      'Handling 3',
    ],
  ] as const)('%s', (_, bytes, at, sentence) => {
    expect(errorOf(bytes)).toMatchObject({ at, message: expect.stringContaining(sentence) })
    expect(errorOf(bytes)?.message).toMatch(new RegExp(`\\(byte ${at} of the file\\)$`))
  })

  it('with advice', () => {
    expect(errorOf(fileOf(retainedChunk(8)))?.message).toBe(
      'The message 8 is retained, and is not in the file; the file is damaged: have Mosquitto ' +
        'write it again by stopping it, and import that (byte 55 of the file)',
    )
  })
})

function sessionOf(rest: Partial<MosquittoSession>): MosquittoSession {
  return {
    clientId: 'c',
    username: undefined,
    sessionExpirySeconds: 0xffff_ffff,
    expiresAt: undefined,
    lastPacketId: 5,
    subscriptions: [],
    outgoing: [],
    incoming: [],
    ...rest,
  }
}

/** What comes of bytes; `broken` for an error that is none of a file's. */
function outcomeOf(bytes: Uint8Array): 'state' | 'refusal' | 'broken' {
  try {
    useUp(readMosquittoDb(bytes))
    return 'state'
  } catch (error) {
    return error instanceof MosquittoDbError ? 'refusal' : 'broken'
  }
}

/** A state can be imported, whatever it is. */
function useUp(state: MosquittoState): void {
  for (const _item of importOf(state, Date.parse('2026-11-25T20:00:00Z')).items);
}

function errorOf(bytes: Uint8Array): MosquittoDbError | undefined {
  try {
    readMosquittoDb(bytes)
    return undefined
  } catch (error) {
    return error instanceof MosquittoDbError ? error : undefined
  }
}

function chunksIn(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let chunks = 0
  for (let at = 23; at < bytes.length; at += 8 + view.getUint32(at + 4)) chunks += 1
  return chunks
}
