/** The flags of mosquitto_rr for requests and answers, in both programs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { ReceivedMessage } from '@godwit/broker'
import type { Program } from '../program/program.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'
import { absence, REQUESTERS, skips } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe.each(REQUESTERS)('$name', (program) => {
  const skipped = skips(program.missing)
  const missing = absence(program.missing)

  function start({ port }: Server, ...args: readonly string[]): Program {
    return program.start('-h', '127.0.0.1', '-p', String(port), ...args)
  }

  it.skipIf(skipped)(`-t is asked, and -e is where the answer comes${missing}`, async () => {
    await using server = await startServer()
    const request = answered(server, 'answer')
    await using running = start(server, '-t', 'ask', '-e', 'tell', '-m', 'question').input()
    expect(await running.outcome()).toEqual({
      code: 0,
      signal: null,
      stdout: 'answer\n',
      stderr: '',
    })
    const { payload, properties } = await request
    expect(Buffer.from(payload).toString()).toBe('question')
    expect(properties).toMatchObject({ responseTopic: 'tell' })
  })

  it.skipIf(skipped)(`-V 311 asks without properties${missing}`, async () => {
    await using server = await startServer()
    const request = answered(server, 'answer')
    const args = ['-V', '311', '-t', 'ask', '-e', 'tell', '-m', 'question']
    await using running = start(server, ...args).input()
    expect(await running.outcome()).toMatchObject({ code: 0, stdout: 'answer\n' })
    expect((await request).properties).toEqual({})
    expect(await server.connect()).toMatchObject({ version: 4 })
  })

  it.skipIf(skipped)(`-f, -s and -n say what is asked${missing}`, async () => {
    const file = join(directory, 'question')
    writeFileSync(file, Uint8Array.of(97, 255, 10))
    for (const [args, input, hex] of [
      [['-f', file], '', '61ff0a'],
      [['-s'], 'two\nlines\n', Buffer.from('two\nlines\n').toString('hex')],
      [['-n'], '', ''],
    ] as const) {
      await using server = await startServer()
      const request = answered(server, 'answer')
      await using running = start(server, '-t', 'ask', '-e', 'tell', ...args).input(input)
      expect((await running.outcome()).code).toBe(0)
      // Theirs forgets a payload that it has read.
      const forgets = args[0] !== '-n' && program.name === 'mosquitto_rr'
      expect(Buffer.from((await request).payload).toString('hex')).toBe(forgets ? '' : hex)
    }
  })

  it.skipIf(skipped)(`-W gives up after so many seconds, with exit code 27${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'ask', '-e', 'tell', '-n', '-W', '1').input()
    expect(await running.outcome()).toMatchObject({ code: 27, stdout: '' })
  })

  it.skipIf(skipped)(`-q asks and subscribes at the QoS that it says${missing}`, async () => {
    await using server = await startServer()
    const request = answered(server, 'answer')
    const args = ['-t', 'ask', '-e', 'tell', '-m', 'x', '-q', '1']
    await using running = start(server, ...args).input()
    expect((await running.outcome()).code).toBe(0)
    expect((await request).qos).toBe(1)
    const [packet] = await server.subscribes(1)
    expect(packet?.subscriptions).toMatchObject([{ filter: 'tell', qos: 1 }])
  })

  it.skipIf(skipped)(`-D publish sets the properties of the request${missing}`, async () => {
    await using server = await startServer()
    const request = answered(server, 'answer')
    const properties = [
      ['correlation-data', 'number 1'],
      ['content-type', 'text/plain'],
      ['user-property', 'a', 'b'],
    ].flatMap((words) => ['-D', 'publish', ...words])
    const args = ['-V', '5', '-t', 'ask', '-e', 'tell', '-m', 'x', ...properties]
    await using running = start(server, ...args).input()
    expect((await running.outcome()).code).toBe(0)
    expect((await request).properties).toMatchObject({
      correlationData: new Uint8Array(Buffer.from('number 1')),
      contentType: 'text/plain',
      userProperty: [['a', 'b']],
      responseTopic: 'tell',
    })
  })

  it.skipIf(skipped).each([
    ['-v prints the topic in front of the answer', ['-v'], 'tell {"a":1}\n'],
    ['-F formats the answer', ['-F', '%t is %l bytes: %x'], 'tell is 7 bytes: 7b2261223a317d\n'],
    ['-N prints no line break behind it', ['-N'], '{"a":1}'],
  ])(`%s${missing}`, async (_, args, stdout) => {
    await using server = await startServer()
    const request = answered(server, '{"a":1}')
    await using running = start(server, '-t', 'ask', '-e', 'tell', '-m', 'x', ...args).input()
    expect(await running.outcome()).toMatchObject({ code: 0, stdout })
    await request
  })

  it.skipIf(skipped)(`--pretty prints JSON on many lines${missing}`, async () => {
    await using server = await startServer()
    const request = answered(server, '{"a":1}')
    const args = ['-t', 'ask', '-e', 'tell', '-m', 'x', '-F', '%J', '--pretty']
    await using running = start(server, ...args).input()
    const { stdout } = await running.outcome()
    expect(stdout).toMatch(/^\{\n\t"tst":\t[^]*"payload":\t\{\n\t\t"a":\t1\n\t\}\n\}\n$/)
    await request
  })
})

it('-R of godwit request takes no answer that was retained', async () => {
  await using server = await startServer()
  server.broker.publish({ topic: 'tell', payload: Buffer.from('old'), retain: true })
  const [program] = REQUESTERS
  const where = ['-h', '127.0.0.1', '-p', String(server.port)]
  const request = answered(server, 'new')
  await using running = program!.start(...where, '-t', 'ask', '-e', 'tell', '-m', 'x', '-R').input()
  expect(await running.outcome()).toMatchObject({ code: 0, stdout: 'new\n' })
  await request
})

/** Answers the first request at `ask` to where it wants its answer, or to `tell`. */
function answered({ broker }: Server, answer: string): Promise<ReceivedMessage> {
  return new Promise((resolve) => {
    broker.subscribe('ask', (message) => {
      const topic = message.properties.responseTopic ?? 'tell'
      broker.publish({ topic, payload: Buffer.from(answer) })
      resolve(message)
    })
  })
}
