/** `godwit pub` beyond what mosquitto_pub does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { godwit, godwitIn, run } from '../program/godwit.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

const at = ({ port }: Server): readonly string[] => ['-L', `mqtt://127.0.0.1:${port}`]
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString()

describe('godwit pub', () => {
  it('takes the topic and the message as words', async () => {
    await using server = await startServer()
    expect((await run('pub', ...at(server), 'a/b', 'on')).code).toBe(0)
    expect((await run('publish', ...at(server), '-t', 'c', 'off')).code).toBe(0)
    expect((await run('pub', ...at(server), '-n', 'd')).code).toBe(0)
    const sent = (await server.publishes(3)).map(({ topic, payload }) => [topic, text(payload)])
    expect(sent).toEqual([
      ['a/b', 'on'],
      ['c', 'off'],
      ['d', ''],
    ])
  })

  it('does not take words for anything else', async () => {
    const { code, stderr } = await run('pub', '-t', 'a', '-m', 'hello', 'world')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'godwit pub: there are several messages: ' +
        'give one of --message, --file, --stdin, --null\n',
    })
    expect(await run('pub', '-t', 'a', 'hello', 'world')).toMatchObject({
      code: 1,
      stderr:
        'godwit pub: "world" is a word too many: put quotes around a message of several words\n',
    })
  })

  it('sets properties by flags of their own', async () => {
    await using server = await startServer()
    const flags = {
      'content-type': 'text/plain',
      'message-expiry': '60',
      'payload-format-indicator': '1',
      'correlation-data': 'é',
      'response-topic': 'r',
      'user-property': 'a=b=c',
    }
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
    expect(await run('pub', ...at(server), 'a', 'x', ...args)).toMatchObject({ code: 0 })
    const [message] = await server.publishes(1)
    expect(message?.properties).toEqual({
      contentType: 'text/plain',
      messageExpiryInterval: 60,
      payloadFormatIndicator: 1,
      correlationData: new Uint8Array(Buffer.from('é')),
      responseTopic: 'r',
      userProperty: [['a', 'b=c']],
    })
  })

  it('speaks 5.0, and 3.1.1 to a server that knows no other', async () => {
    await using server = await startServer({ guards: { authenticate: onlyOld } })
    expect(await run('pub', ...at(server), 'a', 'x')).toMatchObject({ code: 0, stderr: '' })
    const versions = server.packets.flatMap((each) => (each.type === 'connect' ? each.version : []))
    expect(versions).toEqual([5, 4])
  })

  it('does not leave out a property for an old server, but fails', async () => {
    await using server = await startServer({ guards: { authenticate: onlyOld } })
    const { code, stderr } = await run('pub', ...at(server), 'a', 'x', '--content-type', 'y')
    expect(code).toBe(0x84)
    expect(stderr).toMatch(/^godwit pub: .*Unsupported Protocol Version \(0x84\)/)
  })

  it('ends with the Reason Code of a message that is refused, and sends no more', async () => {
    const authorize = ({ type }: { readonly type: string }) =>
      type === 'publish' ? (0x97 as const) : true
    await using server = await startServer({ guards: { authorize } })
    const lines = Array.from({ length: 10_000 }, (_, index) => `${index}\n`).join('')
    await using program = godwit('pub', ...at(server), '-t', 'a', '-l', '-q', '1', '-M', '1')
    const { code, stderr } = await program.input(lines).outcome()
    expect(code).toBe(0x97)
    expect(stderr).toMatch(/^godwit pub: Publishing to "a" was refused: Quota exceeded \(0x97\)/)
    expect(await server.publishes(1)).toHaveLength(1)
  })

  it('notices a refusal while stdin is silent', async () => {
    const authorize = ({ type }: { readonly type: string }) => type !== 'publish'
    await using server = await startServer({ guards: { authorize } })
    await using program = godwit('pub', ...at(server), '-t', 'a', '-l', '-q', '1')
    program.say('only one')
    expect((await program.outcome()).code).toBe(0x87)
  })

  it('publishes lines while they come', async () => {
    await using server = await startServer()
    await using program = godwit('pub', ...at(server), '-t', 'a', '-l')
    for (const count of [1, 2, 3]) {
      program.say(`line ${count}`)
      expect(await server.publishes(count)).toHaveLength(count)
    }
    expect((await program.input().outcome()).code).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends it by that signal, after DISCONNECT',
    async (name) => {
      await using server = await startServer()
      await using program = godwit('pub', ...at(server), '-t', 'a', '-l')
      program.say('one')
      await server.publishes(1)
      program.signal(name)
      expect(await program.outcome()).toEqual({ code: null, signal: name, stdout: '', stderr: '' })
      const last = await server.until('DISCONNECT', () =>
        server.packets.find(({ type }) => type === 'disconnect'),
      )
      expect(last).toMatchObject({ reasonCode: 0 })
    },
  )

  it('-W gives up with exit code 27 when the server does not answer', async () => {
    const never = new Promise<never>(() => {})
    await using server = await startServer({ guards: { authenticate: () => never } })
    const { code, stderr } = await run('pub', ...at(server), 'a', 'x', '-W', '0.3')
    expect({ code, stderr }).toEqual({
      code: 27,
      stderr: 'godwit pub: The message was not taken within 0.3 s\n',
    })
  })

  it('--connect-timeout gives up on a server that does not answer', async () => {
    const never = new Promise<never>(() => {})
    await using server = await startServer({ guards: { authenticate: () => never } })
    const outcome = await run('pub', ...at(server), 'a', 'x', '--connect-timeout', '0.3')
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(/^godwit pub: Connecting to mqtt:\/\/127\.0\.0\.1:\d+ failed: /)
  })
})

describe('the environment and the configuration file', () => {
  it('say where the server is, and who logs in', async () => {
    await using server = await startServer()
    const environment = {
      GODWIT_URL: `mqtt://127.0.0.1:${server.port}`,
      GODWIT_USERNAME: 'joe',
      GODWIT_PASSWORD: 'secret',
      GODWIT_CLIENT_ID: 'lamp',
    }
    await using program = godwitIn(environment, 'pub', 'a', 'x').input()
    expect(await program.outcome()).toMatchObject({ code: 0, stderr: '' })
    const connect = await server.connect()
    expect(connect).toMatchObject({ clientId: 'lamp', username: 'joe' })
    expect(text(connect.password)).toBe('secret')
  })

  it('name a connection', async () => {
    await using server = await startServer()
    const file = join(directory, 'config.yaml')
    const connection = {
      host: '127.0.0.1',
      port: server.port,
      'client-id': 'lamp',
      'keep-alive': 5,
    }
    writeFileSync(file, JSON.stringify({ connections: { here: connection } }))
    const flags = ['--config', file, '--connection', 'here']
    expect(await run('pub', 'a', 'x', ...flags)).toMatchObject({ code: 0, stderr: '' })
    expect(await server.connect()).toMatchObject({ clientId: 'lamp', keepAlive: 5 })
    const missed = await run('pub', 'a', 'x', '--config', file, '--connection', 'hree')
    expect(missed).toMatchObject({
      code: 1,
      stderr: `godwit pub: ${file} has no connection called hree: did you mean here?\n`,
    })
  })
})

/** Lets clients in that speak 3.1.1. */
function onlyOld({ connect }: { readonly connect: { readonly version: number } }): 0 | 0x84 {
  return connect.version === 5 ? 0x84 : 0
}
