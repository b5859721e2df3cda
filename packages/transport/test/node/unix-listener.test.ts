// Listening at a Unix domain socket.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Transport } from '../../src/index.ts'
import { dialUnix, UnixListener, type UnixListenerOptions } from '../../src/node/index.ts'
import { collect, text, textOf } from './sockets.ts'

it('accepts connections, by a url that clients understand', async () => {
  const { path, url, accepted } = await listening({}, 'a socket?')
  expect(url).toBe(`mqtt+unix://${path.replace('a socket?', 'a%20socket%3F')}`)
  expect(decodeURIComponent(new URL(url).pathname)).toBe(path)
  const client = await dialUnix(path)
  onTestFinished(() => client.destroy())
  const server = await accepted
  expect([server.remoteAddress, server.peer]).toEqual(['unix', undefined])
  server.onData = (chunk) => server.write([chunk])
  const echoed = collect(client, 5)
  client.write([text('local')])
  expect(textOf(await echoed)).toBe('local')
})

it('lets in whom the mode lets in: its user and group if nothing else is said', async () => {
  const usual = await listening()
  expect(modeOf(usual.path)).toBe(0o660)
  const strict = await listening({ mode: 0o600 })
  expect(modeOf(strict.path)).toBe(0o600)
})

it('takes its socket file away when it closes, and leaves connections open', async () => {
  const { listener, path, accepted } = await listening()
  const client = await dialUnix(path)
  onTestFinished(() => client.destroy())
  const server = await accepted
  await listener[Symbol.asyncDispose]()
  expect(existsSync(path)).toBe(false)
  const received = collect(server, 5)
  client.write([text('still')])
  expect(textOf(await received)).toBe('still')
})

it('takes the place of a socket that a dead process left behind', async () => {
  const path = await socketPath()
  const program = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program, path], { env: { ...process.env, NODE_OPTIONS: '' } })
  expect(existsSync(path)).toBe(true)
  const listener = new UnixListener({ path })
  onTestFinished(() => listener.close())
  await listener.listen((transport) => transport.destroy())
  const client = connect(path)
  onTestFinished(() => void client.destroy())
  await once(client, 'connect')
})

it('does not take the place of somebody who listens', async () => {
  const { path } = await listening()
  const second = new UnixListener({ path })
  await expect(second.listen(() => {})).rejects.toMatchObject({
    message: `${path} is in use, or is not a socket: stop what listens there or choose another path`,
    cause: { code: 'EADDRINUSE' },
  })
  expect(statSync(path).isSocket()).toBe(true)
})

it('does not take the place of a file', async () => {
  const path = await socketPath()
  writeFileSync(path, 'precious')
  await expect(new UnixListener({ path }).listen(() => {})).rejects.toThrow('is not a socket')
  expect(statSync(path).size).toBe(8)
})

it('says what is wrong with a path', async () => {
  const path = await socketPath()
  const nowhere = new UnixListener({ path: join(path, 'missing', 'socket') })
  await expect(nowhere.listen(() => {})).rejects.toThrow('is not there: make it first')
  const long = new UnixListener({ path: `${path}${'x'.repeat(120)}` })
  await expect(long.listen(() => {})).rejects.toThrow('is too long for a socket')
})

async function listening(
  options: Partial<UnixListenerOptions> = {},
  name = 'socket',
): Promise<{
  readonly listener: UnixListener
  readonly path: string
  readonly url: string
  readonly accepted: Promise<Transport>
}> {
  const path = await socketPath(name)
  const listener = new UnixListener({ path, ...options })
  onTestFinished(() => listener.close())
  let resolve: (transport: Transport) => void = () => {}
  const accepted = new Promise<Transport>((fulfil) => (resolve = fulfil))
  const { url } = await listener.listen((transport) => {
    onTestFinished(() => transport.destroy())
    resolve(transport)
  })
  return { listener, path, url, accepted }
}

async function socketPath(name = 'socket'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'godwit-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, name)
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}
