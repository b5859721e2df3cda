/** `godwit respond` and `godwit request`, with each other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { godwit, run } from '../program/godwit.ts'
import type { Program } from '../program/program.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

const at = ({ port }: Server): readonly string[] => ['-L', `mqtt://127.0.0.1:${port}`]

async function responder(server: Server, ...args: readonly string[]): Promise<Program> {
  const before = server.packets.filter(({ type }) => type === 'subscribe').length
  const program = godwit('respond', ...at(server), ...args).input()
  await server.subscribes(before + 1)
  await new Promise((resolve) => setImmediate(resolve))
  return program
}

describe('godwit respond', () => {
  const file = join(directory, 'answer')
  writeFileSync(file, Uint8Array.of(0xff, 0x0a))

  it.each([
    ['a text', ['-m', 'pong'], 'pong\n'],
    ['the request', ['--echo'], 'some text\n'],
    ['what is in a file', ['-f', file], Buffer.from([0xff, 0x0a, 0x0a])],
    ['what a program makes of it', ['--exec', "tr 'a-z' A-Z"], 'SOME TEXT\n'],
    ['what a shell makes of it', ['--exec', 'cat | rev', '--shell'], 'txet emos\n'],
    ['what the words behind -- make of it', ['--', 'printf', '%s', '$HOME;'], '$HOME;\n'],
  ])('answers with %s', async (_, args, expected) => {
    await using server = await startServer()
    await using answering = await responder(server, 'ask', '-C', '1', ...args)
    await using asking = godwit('request', ...at(server), 'ask', 'some text').input()
    expect((await asking.outcome()).code).toBe(0)
    expect(asking.stdoutBytes).toEqual(Buffer.from(expected))
    expect(await answering.outcome()).toMatchObject({ code: 0, stderr: '' })
  })

  it('answers many at a time, each its own', async () => {
    await using server = await startServer()
    await using _ = await responder(server, 'ask', '--exec', 'cat', '-q', '1')
    const asked = Array.from({ length: 8 }, (_, index) => `question ${index}`)
    const outcomes = await Promise.all(
      asked.map((text) => run('request', ...at(server), 'ask', text, '-q', '1', '-W', '20')),
    )
    expect(outcomes.map(({ stdout }) => stdout)).toEqual(asked.map((text) => `${text}\n`))
  })

  it('gives its answers properties, and the Correlation Data of the request', async () => {
    await using server = await startServer()
    const flags = ['-m', 'x', '--content-type', 'text/x', '--user-property', 'a=b']
    await using _ = await responder(server, 'ask', ...flags)
    const format = ['-F', '%C %P %D']
    const property = ['-e', 'tell', '--correlation-data', '1 of 1']
    const outcome = await run('request', ...at(server), 'ask', '-n', ...property, ...format)
    expect(outcome).toMatchObject({ code: 0, stdout: 'text/x a:b 1 of 1\n' })
  })

  it('tells of a program that fails, and goes on', async () => {
    await using server = await startServer()
    const script = 'read line; [ "$line" = good ] && echo yes'
    await using answering = await responder(server, 'ask/+', '-v', '--', 'sh', '-c', script)
    expect(await run('request', ...at(server), 'ask/1', 'bad', '-W', '1')).toMatchObject({
      code: 27,
      stdout: '',
      stderr: 'godwit request: No answer came within 1 s\n',
    })
    expect(await run('request', ...at(server), 'ask/2', 'good\n')).toMatchObject({
      stdout: 'yes\n\n',
    })
    answering.signal('SIGTERM')
    expect(await answering.outcome()).toEqual({
      code: 0,
      signal: null,
      stdout: 'ask/1\nask/2\n',
      stderr: 'godwit respond: ask/1: sh ended with exit code 1\n',
    })
  })

  it.each([
    [['ask'], 'there is no answer: give one of --message, --file, --echo, --exec'],
    [['ask', '-m', 'x', '--echo'], 'there are several answers: give one of --message, --file'],
    [['-m', 'x'], 'there is no topic: give --topic'],
    [['a#', '-m', 'x'], '"a#" is no Topic Filter: the wildcard # is a level of its own'],
    [['a', '--exec', "'x"], 'a quote in --exec is not closed: close it'],
    [['a', '--exec', ' '], '--exec names no program: name one'],
    [['a', '-m', 'x', '-V', '311'], 'a request with its answer is of MQTT 5.0: leave out'],
  ])('%j ends it with exit code 1', async (args, sentence) => {
    const { code, stderr } = await run('respond', ...args)
    expect(code).toBe(1)
    expect(stderr.startsWith(`godwit respond: ${sentence}`)).toBe(true)
  })
})

describe('godwit request', () => {
  it('needs no Response Topic of its own with MQTT 5.0', async () => {
    await using server = await startServer()
    await using _ = await responder(server, 'ask', '--echo')
    const outcome = await run('rr', ...at(server), '-t', 'ask', 'hello', '--json')
    expect(outcome.code).toBe(0)
    expect(JSON.parse(outcome.stdout)).toMatchObject({ payload: 'hello' })
  })

  it('says what it needs before MQTT 5.0', async () => {
    expect(await run('request', 'ask', '-n', '-V', '311')).toMatchObject({
      code: 1,
      stderr:
        'godwit request: a request without --response-topic is of MQTT 5.0: ' +
        'leave out --protocol-version, or it\n',
    })
  })

  it('is ended by a signal', async () => {
    await using server = await startServer()
    await using program = godwit('request', ...at(server), 'ask', '-n').input()
    await server.publishes(1)
    program.signal('SIGINT')
    expect(await program.outcome()).toEqual({
      code: null,
      signal: 'SIGINT',
      stdout: '',
      stderr: '',
    })
  })
})
