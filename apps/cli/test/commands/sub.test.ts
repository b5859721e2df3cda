/** `godwit sub` beyond what mosquitto_sub does. */
import { existsSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { TcpListener } from '@godwit/transport/node'
import { godwit, MAIN, run } from '../program/godwit.ts'
import { Program } from '../program/program.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'

vi.setConfig({ testTimeout: 60_000 })

const WAITING = { timeout: 20_000, interval: 10 }

const at = ({ port }: Server): readonly string[] => ['-L', `mqtt://127.0.0.1:${port}`]

function publish({ broker }: Server, topic: string, payload: string | Uint8Array): void {
  broker.publish({ topic, payload: Buffer.from(payload) })
}

/** Resolves when the broker has taken note of so many SUBSCRIBEs. */
async function subscribed(server: Server, count = 1): Promise<void> {
  await server.subscribes(count)
  await new Promise((resolve) => setImmediate(resolve))
}

describe('godwit sub', () => {
  it('takes Topic Filters as words, each once', async () => {
    await using server = await startServer()
    await using program = godwit('sub', ...at(server), 'a/#', 'b', 'a/#', '-C', '2', '-v').input()
    await subscribed(server, 2)
    publish(server, 'a/1', 'one')
    publish(server, 'b', 'two')
    expect(await program.outcome()).toMatchObject({ code: 0, stdout: 'a/1 one\nb two\n' })
  })

  it('--json prints a line for each message', async () => {
    await using server = await startServer()
    await using program = godwit('subscribe', ...at(server), '#', '-C', '2', '--json').input()
    await subscribed(server)
    publish(server, 'a', 'text')
    publish(server, 'b', Uint8Array.of(0, 255))
    const { stdout } = await program.outcome()
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toMatchObject([
      { topic: 'a', payload: 'text', qos: 0, retain: false },
      { topic: 'b', payloadBase64: 'AP8=' },
    ])
  })

  it.runIf(existsSync('/dev/full'))('fails if what it prints is lost', async () => {
    await using server = await startServer()
    const line = `"${process.execPath}" "${MAIN}" sub ${at(server).join(' ')} a -C 1 > /dev/full`
    await using program = new Program('sh', ['-c', line]).input()
    await subscribed(server)
    publish(server, 'a', 'text')
    expect(await program.outcome()).toMatchObject({
      code: 1,
      stderr: 'godwit: What was printed is lost: ENOSPC: no space left on device, write\n',
    })
  })

  it('--no-local and --retain-handling are options of the subscription', async () => {
    await using server = await startServer()
    const flags = ['--no-local', '--retain-handling', '2', '-E']
    expect(await run('sub', ...at(server), 'a', ...flags)).toMatchObject({ code: 0 })
    const [packet] = await server.subscribes(1)
    expect(packet?.subscriptions).toMatchObject([{ noLocal: true, retainHandling: 2 }])
  })

  it('loses nothing to a slow reader, at any QoS', async () => {
    for (const qos of [0, 1] as const) {
      await using server = await startServer()
      const count = 15_000
      const args = [...at(server), 'a', '-q', String(qos), '-C', String(count)]
      await using program = godwit('sub', ...args).input()
      program.stopReading()
      await subscribed(server)
      const expected = Array.from({ length: count }, (_, index) => `message number ${index}`)
      for (const each of expected) {
        server.broker.publish({ topic: 'a', payload: Buffer.from(each), qos })
      }
      // The program has more than a pipe of 64 KiB holds.
      await vi.waitFor(
        () => expect(server.broker.stats().messagesOut).toBeGreaterThan(4000),
        WAITING,
      )
      program.goOnReading()
      const { code, stdout } = await program.outcome()
      expect(code).toBe(0)
      expect(stdout === `${expected.join('\n')}\n`).toBe(true)
    }
  })

  it('ends quietly when whoever reads has left', async () => {
    await using server = await startServer()
    await using program = godwit('sub', ...at(server), 'a').input()
    await subscribed(server)
    publish(server, 'a', 'one')
    await program.printed(/one/)
    program.leave()
    publish(server, 'a', 'two')
    expect(await program.outcome()).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it('acknowledges what it has printed, and leaves the rest to a session that goes on', async () => {
    await using server = await startServer()
    const session = [...at(server), '-c', '-i', 'lasting', '-q', '1', 'a']
    expect((await run('sub', ...session, '-E')).code).toBe(0)
    for (const text of ['one', 'two', 'three']) {
      server.broker.publish({ topic: 'a', payload: Buffer.from(text), qos: 1 })
    }
    expect(await run('sub', ...session, '-C', '1')).toMatchObject({ stdout: 'one\n' })
    expect(await run('sub', ...session, '-C', '2')).toMatchObject({ stdout: 'two\nthree\n' })
  })

  it('goes on after the connection was lost, and says so', async () => {
    const transports: { destroy(): void }[] = []
    await using server = await startServer({}, (accepted) => tapped(accepted, transports))
    await using program = godwit('sub', ...at(server), 'a', '-C', '1').input()
    await subscribed(server)
    for (const transport of transports) transport.destroy()
    await program.printed(/Connected again/, 'stderr')
    publish(server, 'a', 'after')
    const { code, stdout, stderr } = await program.outcome()
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'after\n' })
    expect(stderr).toMatch(/^godwit sub: .* Trying again\.\ngodwit sub: Connected again\.\n$/)
  })

  it('ends with the Reason Code of the server that has ended it for good', async () => {
    await using server = await startServer()
    await using program = godwit('sub', ...at(server), '-i', 'one', 'a').input()
    await subscribed(server)
    await using _ = godwit('sub', ...at(server), '-i', 'one', 'a').input()
    const { code, stderr } = await program.outcome()
    expect(code).toBe(0x8e)
    expect(stderr).toMatch(/^godwit sub: .*Session taken over \(0x8e\)/m)
  })

  it('tells which subscription is refused, and ends if all are', async () => {
    const authorize = (action: { readonly type: string; readonly filter?: string }) =>
      action.filter !== 'secret'
    await using server = await startServer({ guards: { authorize } })
    await using program = godwit('sub', ...at(server), 'secret', 'open', '-C', '1').input()
    await program.printed(/refused/, 'stderr')
    publish(server, 'open', 'x')
    expect(await program.outcome()).toMatchObject({
      code: 0,
      stdout: 'x\n',
      stderr: 'godwit sub: The server refused the subscription to "secret": Not authorized.\n',
    })
    const all = await run('sub', ...at(server), 'secret', '-W', '5')
    expect(all.code).toBe(0x87)
    expect(all.stderr).toMatch(/^godwit sub: Subscribing to "secret" was refused: Not authorized/)
  })

  it('-d tells of packets on stderr, and leaves stdout alone', async () => {
    await using server = await startServer()
    const args = [...at(server), 'a', '-C', '1', '-d', '-u', 'joe', '-P', 'hunter2']
    await using program = godwit('sub', ...args).input()
    await subscribed(server)
    publish(server, 'a', 'x')
    const { stdout, stderr } = await program.outcome()
    expect(stdout).toBe('x\n')
    const told = [
      'connecting to mqtt://127',
      'CONNECT',
      'CONNACK',
      'SUBSCRIBE',
      'SUBACK',
      'PUBLISH',
    ]
    let from = 0
    for (const each of told) {
      from = stderr.indexOf(each, from)
      expect({ each, found: from >= 0 }).toEqual({ each, found: true })
    }
    expect(stderr).not.toContain('hunter2')
  })

  it('tells of a payload that %J cannot be, and goes on', async () => {
    await using server = await startServer()
    await using program = godwit('sub', ...at(server), 'a', '-C', '2', '-F', '<%J>').input()
    await subscribed(server)
    publish(server, 'a', 'no\njson')
    publish(server, 'a', '1')
    const { stdout, stderr } = await program.outcome()
    expect(stdout).toMatch(/^<>\n<\{.*"payload":1\}>\n$/)
    expect(stderr).toBe('godwit sub: The payload on a is not JSON, which %J wants.\n')
  })
})

describe('on a terminal', () => {
  it('godwit sub prints for people, and no byte of a client raw', async () => {
    await using server = await startServer()
    const line = [process.execPath, MAIN, 'sub', ...at(server), "'#'", '-C', '3'].join(' ')
    await using program = new Program('script', ['-qec', line, '/dev/null'], {
      TERM: 'xterm',
    }).input()
    await subscribed(server)
    publish(server, 'evil/\u001b]0;title\u0007', 'text')
    publish(server, 'binary', Uint8Array.of(0x1b, 0x5b, 0x32, 0x4a))
    publish(server, 'json', '{"a":[1,2]}')
    const { code, stdout } = await program.outcome()
    expect(code).toBe(0)
    // oxlint-disable-next-line no-control-regex
    const plain = stdout.replaceAll(/\u001b\[\d+m/g, '').replaceAll('\r\n', '\n')
    // oxlint-disable-next-line no-control-regex
    expect(plain).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    expect(plain).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}evil\/\\e\]0;title\\x07 {2}text$/m)
    expect(plain).toMatch(/binary +0000 {2}1b 5b 32 4a +\.\[2J$/m)
    expect(plain).toMatch(/json +\{ "a": \[ 1, 2 \] \}$/m)
    // oxlint-disable-next-line no-control-regex
    expect(stdout).toMatch(/\u001b\[36m/)
  })
})

type Place = NonNullable<Parameters<typeof startServer>[1]>

/** The usual listener, whose transports can be had hold of. */
function tapped(
  accepted: Parameters<Place>[0],
  transports: { destroy(): void }[],
): ReturnType<Place> {
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 })
  return {
    listen: (accept) =>
      listener.listen((transport) => {
        transports.push(transport)
        accept(accepted(transport))
      }),
    close: () => listener.close(),
    [Symbol.asyncDispose]: () => listener.close(),
  }
}
