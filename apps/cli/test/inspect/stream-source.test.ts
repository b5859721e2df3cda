// What is in a file: text, bytes or a capture, told apart by their beginning.

import { describe, expect, it } from 'vitest'
import { encode } from '@godwit/codec'
import { bytesOf } from '@godwit/codec/testing'
import type { Happening } from '../../src/inspect/happening.ts'
import { inspectHex, inspectStream } from '../../src/inspect/stream-source.ts'
import {
  chunksOf,
  CLIENT,
  collected,
  frames,
  pcapFile,
  pcapngFile,
  SERVER,
} from '../capture/frames.ts'
import type { SegmentPlan } from '../capture/frames.ts'

const CONNECT = encode(
  { type: 'connect', version: 4, clientId: 'c', cleanStart: true, keepAlive: 0 },
  4,
)
const CONNACK = encode({ type: 'connack', sessionPresent: false, reasonCode: 0 }, 4)

/** A connection from its SYN to the end of both directions. */
function dialogue(...middle: readonly SegmentPlan[]): readonly SegmentPlan[] {
  return [
    { sequence: 0, flags: 'S' },
    { from: SERVER, to: CLIENT, sequence: 1_000, acknowledgement: 1, flags: 'S' },
    { sequence: 1, acknowledgement: 1_001, payload: CONNECT },
    { from: SERVER, to: CLIENT, sequence: 1_001, acknowledgement: 16, payload: CONNACK },
    ...middle,
  ]
}

describe('a file', () => {
  it('of bytes gives its packets, however it is read', async () => {
    const bytes = Buffer.concat([CONNECT, bytesOf('30 04 0001 61 21'), bytesOf('e0 00')])
    for (const size of [1, 5, 1_000]) {
      expect(told(await read(bytes, size))).toEqual(['CONNECT 4', 'PUBLISH 4', 'DISCONNECT 4'])
    }
  })

  it('of hexadecimal text gives its packets', async () => {
    const text = Buffer.from('c0 00\r\nd0\n 00')
    expect(told(await read(text, 3))).toEqual(['PINGREQ 5 guess', 'PINGRESP 5 guess'])
    await expect(read(Buffer.from('c0 00\nzz'))).rejects.toThrow('Line 2 is not hexadecimal')
  })

  it('of a capture gives the packets of both directions, and the connection around them', async () => {
    const segments = dialogue(
      { sequence: 16, acknowledgement: 1_005, payload: bytesOf('e0 00'), flags: 'F' },
      { from: SERVER, to: CLIENT, sequence: 1_005, acknowledgement: 19, flags: 'F' },
    )
    for (const file of [pcapFile(frames(segments)), pcapngFile(frames(segments))]) {
      expect(told(await read(file))).toEqual([
        'Connection 1 from 10.0.0.1:50000 to 10.0.0.2:1883',
        '--> CONNECT 4',
        '<-- CONNACK 4',
        '--> DISCONNECT 4',
        'Connection 1: the client has closed',
        'Connection 1: the server has closed',
        'The capture has 6 frames, 6 of TCP in 1 connections, 1 of MQTT',
      ])
    }
  })

  it('of a capture that lacks bytes says so, and goes on behind them', async () => {
    const publish = bytesOf('30 04 0001 61 21')
    const segments = dialogue(
      { sequence: 16, payload: publish.subarray(0, 3) },
      // From 19 to 21 the client sent what the capture lacks.
      { sequence: 22, payload: publish },
      { from: SERVER, to: CLIENT, sequence: 1_005, acknowledgement: 28 },
    )
    expect(told(await read(pcapFile(frames(segments)))).slice(3, -1)).toEqual([
      '--> PUBLISH 4 cut-off',
      'The capture lacks 3 bytes here',
      '--> PUBLISH 4',
    ])
  })

  it('of a capture that begins in the middle of a connection guesses its version', async () => {
    const segments = [{ sequence: 77, payload: bytesOf('30 04 0001 61 21 30 10') }]
    expect(told(await read(pcapFile(frames(segments))))).toEqual([
      'Connection 1 from 10.0.0.1:50000 to 10.0.0.2:1883',
      '--> PUBLISH 4 guess',
      '--> PUBLISH 4 guess cut-off',
      'The capture has 1 frames, 1 of TCP in 1 connections, 1 of MQTT',
    ])
  })

  it('of a capture finds MQTT on any port by its CONNECT, and passes over the rest', async () => {
    const elsewhere = '10.0.0.2:4711'
    const segments: readonly SegmentPlan[] = [
      { to: elsewhere, flags: 'S' },
      { to: elsewhere, sequence: 1, payload: CONNECT },
      { to: '10.0.0.3:80', flags: 'S' },
      { to: '10.0.0.3:80', sequence: 1, payload: 'GET / HTTP/1.1\r\n\r\n' },
      { to: '10.0.0.4:8883', flags: 'S' },
      { to: '10.0.0.4:8883', sequence: 1, payload: bytesOf('16 03 01 00 05 01 02 03 04 05') },
    ]
    const file = pcapFile(frames(segments))
    expect(told(await read(file))).toEqual([
      'Connection 1 from 10.0.0.1:50000 to 10.0.0.2:4711',
      '--> CONNECT 4',
      'The connection from 10.0.0.1:50000 to 10.0.0.4:8883 speaks TLS, which only its ends can read',
      'The capture has 6 frames, 6 of TCP in 3 connections, 1 of MQTT',
    ])
    const ofOnePort = await collected(inspectStream(chunksOf(file, 100), { port: 80 }))
    expect(told(ofOnePort)).toEqual([
      'The connection from 10.0.0.1:50000 to 10.0.0.3:80 speaks HTTP, perhaps a WebSocket',
      'The capture has 6 frames, 6 of TCP in 3 connections, 0 of MQTT',
    ])
  })

  it('of a capture that is damaged gives what is in front of the damage, and fails', async () => {
    const file = pcapFile(frames(dialogue()))
    const happenings: Happening[] = []
    const reading = async (): Promise<void> => {
      for await (const each of inspectStream(chunksOf(file.subarray(0, -3), 50), {})) {
        happenings.push(each)
      }
    }
    await expect(reading()).rejects.toThrow('The capture ends in the middle of frame 4')
    expect(told(happenings)[1]).toBe('--> CONNECT 4')
  })

  it('without anything in it gives nothing', async () => {
    expect(await read(Buffer.alloc(0))).toEqual([])
  })
})

describe('hexadecimal text', () => {
  it('gives its packets, and says how many bytes could not be cut into packets', () => {
    expect(told([...inspectHex('c000\nd000', {})])).toEqual(['PINGREQ 5 guess', 'PINGRESP 5 guess'])
    expect(told([...inspectHex('30 ff ff ff ff 01 02', { version: 5 })])).toEqual([
      'PUBLISH 5 unframable',
      '2 bytes behind it could not be cut into packets',
    ])
  })
})

function read(bytes: Uint8Array, chunkSize = 64): Promise<Happening[]> {
  return collected(inspectStream(chunksOf(bytes, chunkSize), {}))
}

/** Sentences of notes; of packets direction, type, version, and what is special about them. */
function told(happenings: readonly Happening[]): readonly string[] {
  return happenings.map((happening) => {
    if (happening.type === 'note') return happening.text
    const { sender, sighting } = happening
    const { type, version, guessed, packet } = sighting
    const arrow = sender === undefined ? [] : [sender === 'client' ? '-->' : '<--']
    const marks = [...(guessed ? ['guess'] : []), ...(packet.end === 'whole' ? [] : [packet.end])]
    return [...arrow, type?.toUpperCase(), version, ...marks].join(' ')
  })
}
