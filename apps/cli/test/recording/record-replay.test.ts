// `godwit record` and `godwit replay` as their users have them.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { ReasonCode } from '@godwit/codec'
import { godwit, run } from '../program/godwit.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-replay-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
const freshFile = (): string => join(directory, `recording-${files++}.jsonl`)

const HEADER =
  '{"godwit":"recording","format":1,"begun":"2026-01-01T00:00:00.000Z","filters":["#"]}'

describe('godwit record', () => {
  it('writes messages until it is interrupted, and the file is whole then', async () => {
    await using server = await startServer()
    const file = freshFile()
    await using program = godwit('record', file, 'a/#', ...at(server), '-q', '1')
    await server.subscribes(1)
    await server.until('the subscription', () => subscribed(server))
    const properties = { userProperty: [['k', 'v']] as const }
    server.broker.publish({ topic: 'a/b', payload: Buffer.from('text'), qos: 1, properties })
    await acknowledged(server, 1)
    server.broker.publish({ topic: 'b', payload: Buffer.from('not wanted'), qos: 1 })
    server.broker.publish({ topic: 'a/c', payload: Uint8Array.of(255), qos: 1, retain: true })
    await acknowledged(server, 2)
    program.signal('SIGINT')
    const { code, stderr } = await program.outcome()
    expect(code).toBe(0)
    expect(stderr).toMatch(/^godwit record: 2 messages of \d+\.\d s in .*\n$/)
    expect(linesOf(file)).toMatchObject([
      { godwit: 'recording', format: 1, filters: ['a/#'] },
      { event: 'connected', sessionPresent: false },
      { topic: 'a/b', payload: 'text', qos: 1, properties: { userProperty: [['k', 'v']] } },
      { topic: 'a/c', payloadBase64: '/w==', qos: 1, retain: true },
      { event: 'end', messages: 2 },
    ])
  })

  it.each(['5', '3.1.1', '3.1'])('ends after so many messages, in MQTT %s', async (version) => {
    await using server = await startServer()
    server.broker.publish({ topic: 'a', payload: Buffer.from('kept'), qos: 0, retain: true })
    const file = freshFile()
    const { code } = await run('record', file, '-C', '1', '-V', version, ...at(server))
    expect(code).toBe(0)
    expect(linesOf(file)[2]).toMatchObject({ topic: 'a', payload: 'kept', retain: true })
  })

  it('ends after a time, and leaves no file if no server was there', async () => {
    await using server = await startServer()
    const file = freshFile()
    expect(await run('record', file, '--duration', '50ms', ...at(server))).toMatchObject({
      code: 0,
    })
    expect(linesOf(file).at(-1)).toMatchObject({ event: 'end', messages: 0 })
    const none = freshFile()
    const { code } = await run('record', none, '-p', '1')
    expect(code).toBe(1)
    expect(existsSync(none)).toBe(false)
  })

  it('writes to stdout, with nothing else there', async () => {
    await using server = await startServer()
    server.broker.publish({ topic: 'a', payload: Buffer.from('x'), qos: 0, retain: true })
    const { stdout } = await run('record', '-', '-C', '1', ...at(server))
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line): unknown => JSON.parse(line))).toHaveLength(4)
  })

  it('ends well when whoever reads stdout has left', async () => {
    await using server = await startServer()
    server.broker.publish({ topic: 'a', payload: Buffer.from('x'), qos: 0, retain: true })
    await using program = godwit('record', '-', '-C', '1', ...at(server)).input()
    program.leave()
    expect(await program.outcome()).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^godwit record: \d messages? of \d\.\d s in stdout\n$/),
    })
  })

  it('goes on with a file only if it is asked to', async () => {
    await using server = await startServer()
    const file = freshFile()
    const record = ['record', file, '--duration', '1ms', ...at(server)]
    await run(...record)
    const before = readFileSync(file, 'utf8')
    const { code, stderr } = await run(...record)
    expect(code).toBe(1)
    expect(stderr).toContain('is there already: go on with it by --append')
    expect((await run(...record, '--append')).code).toBe(0)
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true)
    expect(linesOf(file).filter((line) => 'godwit' in line)).toHaveLength(2)
  })
})

describe('godwit replay', () => {
  it('publishes a recording with all that belongs to its messages, in order', async () => {
    await using server = await startServer()
    const file = recorded(
      '{"ms":0,"topic":"a","payload":"1","qos":2,"retain":true}',
      '{"ms":1,"event":"connection lost"}',
      '{"ms":20,"topic":"b/c","payloadBase64":"/w==","qos":1,"properties":' +
        '{"contentType":"t","correlationDataBase64":"AP8=","userProperty":[["k","v"],["k","w"]]}}',
      '{"ms":30,"topic":"a","payload":"3","qos":0}',
    )
    const { code, stderr } = await run('replay', file, ...at(server))
    expect(code).toBe(0)
    expect(stderr).toMatch(/^godwit replay: 3 messages in .*, at most .* late\n$/)
    expect(await server.publishes(3)).toMatchObject([
      { topic: 'a', payload: Buffer.from('1'), qos: 2, retain: true },
      {
        topic: 'b/c',
        payload: Buffer.from([255]),
        qos: 1,
        retain: false,
        properties: {
          contentType: 't',
          correlationData: Uint8Array.of(0, 255),
          userProperty: [
            ['k', 'v'],
            ['k', 'w'],
          ],
        },
      },
      { topic: 'a', payload: Buffer.from('3'), qos: 0 },
    ])
  })

  it('plays a part, elsewhere, otherwise, and as often as it is asked to', async () => {
    await using server = await startServer()
    const file = recorded(
      '{"ms":0,"topic":"site/12/t","payload":"early","retain":true}',
      '{"ms":1000,"topic":"site/12/t","payload":"in time","retain":true}',
      '{"ms":1001,"topic":"site/12/secret","payload":"in time"}',
      '{"ms":2000,"topic":"site/12/t","payload":"late"}',
    )
    const part = ['--from', '0.5', '--to', '1500ms', '--exclude', '+/+/secret', '--loop', '2']
    const place = ['--map', 'site/12=13', '--topic-prefix', 'test', '--no-retain', '-q', '1']
    const outcome = await run('replay', file, '--speed', 'max', ...part, ...place, ...at(server))
    expect(outcome.code).toBe(0)
    const message = { topic: 'test/13/t', payload: Buffer.from('in time'), qos: 1, retain: false }
    expect(await server.publishes(2)).toMatchObject([message, message])
  })

  it('reads stdin', async () => {
    await using server = await startServer()
    await using program = godwit('replay', '-', ...at(server))
    program.input(`${HEADER}\n{"ms":0,"topic":"a"}\n`)
    expect(await program.outcome()).toMatchObject({ code: 0 })
    expect(await server.publishes(1)).toMatchObject([{ topic: 'a' }])
  })

  it('says in which line of which file it is wrong, after what is in front of that', async () => {
    await using server = await startServer()
    const file = recorded('{"ms":0,"topic":"a"}', '{"ms":"soon","topic":"a"}')
    const { code, stderr } = await run('replay', file, ...at(server))
    expect(code).toBe(1)
    const sentence = 'expected "ms" to be milliseconds since the beginning, got "soon"'
    expect(stderr).toContain(`godwit replay: ${file}:3: ${sentence}\n`)
    expect(server.packets.filter(({ type }) => type === 'publish')).toHaveLength(1)
  })

  it('says which message a server refuses', async () => {
    await using server = await startServer({
      guards: {
        authorize: (action) =>
          action.type === 'publish' && action.topic === 'no'
            ? ReasonCode.NotAuthorized
            : ReasonCode.Success,
      },
    })
    const file = recorded('{"ms":0,"topic":"yes","qos":1}', '{"ms":0,"topic":"no","qos":1}')
    const { code, stderr } = await run('replay', file, ...at(server))
    expect(code).toBe(1)
    expect(stderr).toContain(`godwit replay: ${file}:3: Publishing to "no" was refused`)
  })

  it('bothers no server with a file that is none', async () => {
    const file = freshFile()
    writeFileSync(file, 'something else')
    const { code, stderr } = await run('replay', file, '-p', '1')
    expect(code).toBe(1)
    expect(stderr).toContain(`${file}:1: expected the header of a recording`)
    expect((await run('replay', freshFile(), '-p', '1')).stderr).toContain('cannot be read: ENOENT')
  })

  it('ends by the signal that interrupts it, and says how far it was', async () => {
    await using server = await startServer()
    const file = recorded('{"ms":0,"topic":"a"}', '{"ms":3600000,"topic":"b"}')
    await using program = godwit('replay', file, ...at(server))
    await server.publishes(1)
    program.signal('SIGINT')
    const { signal, stderr } = await program.outcome()
    expect(signal).toBe('SIGINT')
    expect(stderr).toMatch(/^godwit replay: 1 message in /)
  })

  it.each([
    [['--from', '2', '--to', '1'], '--from is not before --to'],
    [['--speed', 'fast'], 'It is a number from 0 to 1000000'],
    [['--map', 'a'], 'It is two beginnings of topics: from=to'],
    [['--topic-prefix', 'a/#'], 'It is the beginning of a topic'],
  ])('says what is wrong with %s', async (args, sentence) => {
    const { code, stderr } = await run('replay', recorded(), ...args)
    expect(code).toBe(1)
    expect(stderr.toLowerCase()).toContain(sentence.toLowerCase())
  })

  it('reads stdin only once', async () => {
    const { stderr } = await run('replay', '-', '--loop', '2')
    expect(stderr).toContain('stdin can be read once: give a file for --loop')
  })
})

describe('a recording', () => {
  it('of a replay is the recording', async () => {
    await using server = await startServer()
    const original = recorded(
      '{"ms":0,"topic":"a/1","payload":"é","qos":1,"retain":true}',
      '{"ms":5,"topic":"a/2","payloadBase64":"gA==","qos":1,"properties":{"contentType":"x"}}',
      '{"ms":9,"topic":"a/3","payload":"","qos":0}',
    )
    const copy = freshFile()
    await using recording = godwit('record', copy, 'a/#', '-q', '1', '-C', '3', ...at(server))
    await server.until('the subscription', () => subscribed(server))
    expect((await run('replay', original, ...at(server))).code).toBe(0)
    expect((await recording.outcome()).code).toBe(0)
    const messages = (file: string): unknown =>
      linesOf(file).flatMap((line) => ('topic' in line ? [{ ...line, ms: undefined }] : []))
    expect(messages(copy)).toEqual(messages(original))
  })
})

function at({ port }: Server): readonly string[] {
  return ['-h', '127.0.0.1', '-p', String(port)]
}

/** Resolves when so many messages were acknowledged, and so are in the file. */
function acknowledged(server: Server, count: number): Promise<unknown> {
  return server.until(`${count} acknowledgements`, () => {
    const { length } = server.packets.filter(({ type }) => type === 'puback')
    return length >= count ? length : undefined
  })
}

/** Whether the broker has a subscription: that it was asked for is not enough. */
function subscribed({ broker }: Server): true | undefined {
  return broker.stats().subscriptions > 0 ? true : undefined
}

function recorded(...lines: readonly string[]): string {
  const file = freshFile()
  writeFileSync(file, [HEADER, ...lines, ''].join('\n'))
  return file
}

function linesOf(file: string): readonly Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
