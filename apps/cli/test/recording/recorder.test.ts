// The recorder: times, choice, acknowledgement after writing, and what happens to the connection.

import { describe, expect, it } from 'vitest'
import type { Client, ConnectionStatus, Message } from '@godwit/client'
import { VirtualClock } from '@godwit/transport/testing'
import { Recorder } from '../../src/recording/recorder.ts'
import type { RecorderParts } from '../../src/recording/recorder.ts'
import { RecordingWriter } from '../../src/recording/recording-writer.ts'

describe('a recorder', () => {
  it('writes a header with the first thing, and times from there on', async () => {
    const { recorder, clock, lines, settled } = recording()
    clock.advance(500)
    recorder.take(message('a', '1'))
    clock.advance(12.5)
    recorder.take(message('b', '2', { qos: 1, retain: true }))
    await recorder.finish()
    await settled()
    expect(lines()).toEqual([
      {
        godwit: 'recording',
        format: 1,
        begun: '1970-01-01T00:16:40.000Z',
        filters: ['#'],
        server: 'mqtt://host',
      },
      { ms: 0, topic: 'a', payload: '1', qos: 0 },
      { ms: 12.5, topic: 'b', payload: '2', qos: 1, retain: true },
      { ms: 12.5, event: 'end', messages: 2 },
    ])
  })

  it('acknowledges a message when it was written, and one that is left out at once', async () => {
    let release: () => void = () => {}
    const append = (): Promise<void> => new Promise((resolve) => (release = resolve))
    const { recorder } = recording({ flags: { exclude: ['out/#'] } }, append)
    const acknowledged: string[] = []
    recorder.take(message('in', '', { acknowledge: () => acknowledged.push('in') }))
    recorder.take(message('out/a', '', { acknowledge: () => acknowledged.push('out') }))
    await turn()
    expect(acknowledged).toEqual(['out'])
    release()
    await turn()
    expect(acknowledged).toEqual(['out', 'in'])
  })

  it('holds the server back while the file is slow', async () => {
    const held: Promise<void>[] = []
    const brake = { until: async (ready: Promise<void>): Promise<void> => void held.push(ready) }
    let release: () => void = () => {}
    const append = (): Promise<void> => new Promise((resolve) => (release = resolve))
    const { recorder } = recording({ brake }, append)
    recorder.take(message('a', 'x'.repeat(5_000_000)))
    expect(held).toHaveLength(1)
    await turn()
    release()
    await expect(held[0]).resolves.toBeUndefined()
  })

  it('is over after so many messages, or at the first that was not retained', async () => {
    const counted = recording({ count: 1 })
    counted.recorder.take(message('a', ''))
    counted.recorder.take(message('b', ''))
    await counted.recorder.over
    expect(counted.recorder.messages).toBe(1)
    const retained = recording({ flags: { retainedOnly: true } })
    retained.recorder.take(message('a', '', { retain: true }))
    retained.recorder.take(message('b', ''))
    await retained.recorder.over
    expect(retained.recorder.messages).toBe(1)
  })

  it('is over with an error when a line cannot be written', async () => {
    const { recorder } = recording({}, () => Promise.reject(new Error('the disk is full')))
    recorder.take(message('a', ''))
    await expect(recorder.over).rejects.toThrow('the disk is full')
    await expect(recorder.finish()).rejects.toThrow('the disk is full')
  })

  it('writes down what happens to the connection', async () => {
    const { recorder, lines, settled } = recording()
    const cause = new Error('the cable was cut')
    await recorder.watch(
      clientWith([
        { state: 'connecting', attempt: 1 },
        { state: 'connected', sessionPresent: false },
        { state: 'waiting', attempt: 1, until: 0, cause },
        { state: 'connecting', attempt: 1 },
        { state: 'connected', sessionPresent: true },
        { state: 'closed' },
      ]),
      new AbortController().signal,
    )
    await recorder.finish()
    await settled()
    expect(lines().slice(1)).toEqual([
      { ms: 0, event: 'connected', sessionPresent: false },
      { ms: 0, event: 'connection lost', cause: 'the cable was cut' },
      { ms: 0, event: 'connected', sessionPresent: true },
      { ms: 0, event: 'end', messages: 0 },
    ])
  })

  it('leaves out what was between the client and its server alone', async () => {
    const { recorder, lines, settled } = recording()
    const properties = { subscriptionIdentifier: [3], topicAlias: 1, contentType: 'text/plain' }
    recorder.take(message('a', '', { properties }))
    await recorder.finish()
    await settled()
    expect(lines()[1]).toMatchObject({ properties: { contentType: 'text/plain' } })
  })

  it('writes nothing at all if nothing happened', async () => {
    const { recorder, lines } = recording()
    await recorder.finish()
    expect(lines()).toEqual([])
  })
})

interface Recording {
  readonly recorder: Recorder
  readonly clock: VirtualClock
  readonly lines: () => readonly unknown[]
  readonly settled: () => Promise<void>
}

function recording(
  parts: Partial<RecorderParts> = {},
  append: (text: string) => Promise<void> = () => Promise.resolve(),
): Recording {
  const clock = new VirtualClock()
  let written = ''
  const writer = new RecordingWriter({
    append: (text) => {
      written += text
      return append(text)
    },
    finish: () => Promise.resolve(),
  })
  const recorder = new Recorder({
    writer,
    clock,
    timeOfDay: () => 1_000_000,
    origin: { filters: ['#'], server: 'mqtt://host' },
    brake: { until: (ready) => ready },
    flags: {},
    ...parts,
  })
  const lines = (): readonly unknown[] =>
    written
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line))
  return { recorder, clock, lines, settled: turn }
}

function message(topic: string, payload: string, others: Partial<Message> = {}): Message {
  return {
    topic,
    payload: Buffer.from(payload),
    qos: 0,
    retain: false,
    properties: {},
    acknowledge: () => {},
    ...others,
  } as Message
}

function clientWith(statuses: readonly object[]): Client {
  return {
    statusChanges: async function* changes() {
      yield* statuses as ConnectionStatus[]
    },
  } as unknown as Client
}

/** Whatever is under way has happened. */
async function turn(): Promise<void> {
  for (let count = 0; count < 3; count++) await new Promise((resolve) => setImmediate(resolve))
}
