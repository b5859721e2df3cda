/** The flags of mosquitto_pub for what is published, in both programs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../program/program.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'
import { absence, PUBLISHERS, skips } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

const BINARY = Uint8Array.of(0, 1, 0xff, 0x0a, 0x80, 0)
const file = join(directory, 'payload')
writeFileSync(file, BINARY)

describe.each(PUBLISHERS)('$name', (program) => {
  const skipped = skips(program.missing)
  const missing = absence(program.missing)

  /** Runs the program with some input until it ends. */
  async function publish(
    server: Server,
    args: readonly string[],
    input: string | Uint8Array = '',
  ): Promise<Outcome> {
    const where = ['-h', '127.0.0.1', '-p', String(server.port)]
    await using running = program.start(...where, ...args).input(input)
    return await running.outcome()
  }

  it.skipIf(skipped)(`-t names the topic and -m the payload${missing}`, async () => {
    await using server = await startServer()
    const outcome = await publish(server, ['-t', 'a/ünï', '-m', '-h says "é"'])
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    const payload = Buffer.from('-h says "é"')
    expect(await server.publishes(1)).toMatchObject([
      { topic: 'a/ünï', payload, qos: 0, retain: false },
    ])
  })

  it.skipIf(skipped)(`-f publishes what is in a file, whatever its bytes${missing}`, async () => {
    await using server = await startServer()
    expect((await publish(server, ['-t', 'a', '-f', file])).code).toBe(0)
    expect(await server.publishes(1)).toMatchObject([{ payload: Buffer.from(BINARY) }])
  })

  it.skipIf(skipped)(`-f of a file that is not there ends with exit code 1${missing}`, async () => {
    await using server = await startServer()
    const { code, stderr } = await publish(server, ['-t', 'a', '-f', join(directory, 'none')])
    expect(code).toBe(1)
    expect(stderr).toContain(join(directory, 'none'))
  })

  it.skipIf(skipped)(
    `-s publishes all that comes on stdin, with its line breaks${missing}`,
    async () => {
      await using server = await startServer()
      expect((await publish(server, ['-t', 'a', '-s'], 'one\ntwo\n')).code).toBe(0)
      expect(await server.publishes(1)).toMatchObject([{ payload: Buffer.from('one\ntwo\n') }])
    },
  )

  it.skipIf(skipped)(
    `-s without input ends with exit code 1, and publishes nothing${missing}`,
    async () => {
      await using server = await startServer()
      expect((await publish(server, ['-t', 'a', '-s'])).code).toBe(1)
      expect(server.packets.filter(({ type }) => type === 'publish')).toEqual([])
    },
  )

  it.skipIf(skipped)(
    `-l publishes each line of stdin in order, empty ones too${missing}`,
    async () => {
      await using server = await startServer()
      expect((await publish(server, ['-t', 'a', '-l', '-q', '1'], 'one\n\ntwo\r\nlast')).code).toBe(
        0,
      )
      const payloads = (await server.publishes(4)).map(({ payload }) =>
        Buffer.from(payload).toString(),
      )
      expect(payloads).toEqual(['one', '', 'two\r', 'last'])
    },
  )

  it.skipIf(skipped)(`-n publishes an empty payload${missing}`, async () => {
    await using server = await startServer()
    expect((await publish(server, ['-t', 'a', '-n'])).code).toBe(0)
    expect(await server.publishes(1)).toMatchObject([{ payload: Buffer.alloc(0) }])
  })

  it.skipIf(skipped).each(['0', '1', '2'])(
    `-q publishes at the QoS that it says: %s${missing}`,
    async (qos) => {
      await using server = await startServer()
      expect((await publish(server, ['-t', 'a', '-m', 'x', '-q', qos])).code).toBe(0)
      expect(await server.publishes(1)).toMatchObject([{ qos: Number(qos) }])
      const released = server.packets.filter(({ type }) => type === 'pubrel')
      expect(released).toHaveLength(qos === '2' ? 1 : 0)
    },
  )

  it.skipIf(skipped)(`-r has the message retained${missing}`, async () => {
    await using server = await startServer()
    expect((await publish(server, ['-t', 'a', '-m', 'x', '-r'])).code).toBe(0)
    expect(await server.publishes(1)).toMatchObject([{ retain: true }])
  })

  it.skipIf(skipped)(`--repeat publishes so often, --repeat-delay apart${missing}`, async () => {
    await using server = await startServer()
    const started = performance.now()
    const args = ['-t', 'a', '-m', 'x', '--repeat', '3', '--repeat-delay', '0.15']
    expect((await publish(server, args)).code).toBe(0)
    expect(await server.publishes(3)).toHaveLength(3)
    expect(performance.now() - started).toBeGreaterThan(300)
  })

  it.skipIf(skipped)(`-M has at most so many messages unacknowledged${missing}`, async () => {
    let acknowledged = 0
    let most = 0
    await using server = await startServer({
      guards: {
        authorize: ({ type }) => {
          if (type !== 'publish') return true
          most = Math.max(most, sent() - acknowledged)
          acknowledged += 1
          return true
        },
      },
    })
    const sent = (): number => server.packets.filter(({ type }) => type === 'publish').length
    const lines = Array.from({ length: 20 }, (_, index) => `${index}\n`).join('')
    const args = ['-t', 'a', '-l', '-q', '1', '-M', '3']
    expect((await publish(server, args, lines)).code).toBe(0)
    expect(sent()).toBe(20)
    expect(most).toBeLessThanOrEqual(3)
  })

  it.skipIf(skipped)(`-D publish sets the properties of the message${missing}`, async () => {
    await using server = await startServer()
    const properties = [
      ['content-type', 'text/plain'],
      ['correlation-data', 'abc'],
      ['message-expiry-interval', '77'],
      ['payload-format-indicator', '1'],
      ['response-topic', 'r/t'],
      ['user-property', 'name', '-h'],
      ['user-property', 'name', 'again'],
    ].flatMap((words) => ['-D', 'publish', ...words])
    const more = ['--property', 'PUBLISH', 'user-property', 'k', 'v']
    const args = ['-V', '5', '-t', 'a', ...properties, '-m', 'x', ...more]
    expect(await publish(server, args)).toMatchObject({ code: 0, stderr: '' })
    const [message] = await server.publishes(1)
    expect(message).toMatchObject({ topic: 'a', payload: Buffer.from('x') })
    expect(message?.properties).toEqual({
      contentType: 'text/plain',
      correlationData: new Uint8Array(Buffer.from('abc')),
      messageExpiryInterval: 77,
      payloadFormatIndicator: 1,
      responseTopic: 'r/t',
      userProperty: [
        ['name', '-h'],
        ['name', 'again'],
        ['k', 'v'],
      ],
    })
  })

  it.skipIf(skipped)(`-L names the server and the topic at once${missing}`, async () => {
    await using server = await startServer()
    const url = `mqtt://joe:s3cret@127.0.0.1:${server.port}/a/b/c`
    await using running = program.start('-L', url, '-m', 'x').input()
    expect((await running.outcome()).code).toBe(0)
    const { username, password = '' } = await server.connect()
    expect({ username, password: Buffer.from(password).toString() }).toEqual({
      username: 'joe',
      password: 's3cret',
    })
    expect(await server.publishes(1)).toMatchObject([{ topic: 'a/b/c' }])
  })

  it.skipIf(skipped)(
    `a message from two places at once ends with exit code 1${missing}`,
    async () => {
      await using server = await startServer()
      expect((await publish(server, ['-t', 'a', '-m', 'x', '-n'])).code).toBe(1)
    },
  )

  it.skipIf(skipped)(
    `a topic with a wildcard ends with exit code 1, and no connection${missing}`,
    async () => {
      await using server = await startServer()
      const { code, stderr } = await publish(server, ['-t', 'a/#', '-m', 'x'])
      expect(code).toBe(1)
      expect(stderr).toContain('a/#')
      expect(server.packets).toEqual([])
    },
  )
})
