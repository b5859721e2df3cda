/** The log of the app is opened again on SIGHUP, also where no descriptors are left for that. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { Program } from './program.ts'
import { RawClient } from './raw-client.ts'
import { temporaryDirectory } from './temporary-directory.ts'

vi.setConfig({ testTimeout: 60_000 })

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

it('the log loses no line under 256 descriptors and 600 sockets, and goes on in the new file', async () => {
  await using directory = await temporaryDirectory()
  const file = directory.at('broker.log')
  const names = [file, ...[0, 1, 2].map((round) => `${file}.${round}`)]
  const all = (): string =>
    names.flatMap((name) => (existsSync(name) ? readFileSync(name, 'utf8') : [])).join('')
  await using program = started(file)
  const [, port = ''] = await program.printed(LISTENING)
  const clients = await Promise.all([1, 2, 3].map(() => RawClient.connected(Number(port))))
  const crowd = Array.from({ length: 600 }, () => dialled(Number(port)))
  for (const [round, client] of clients.entries()) {
    await rename(file, `${file}.${round}`).catch(() => {})
    program.signal('SIGHUP')
    client[Symbol.dispose]()
    await vi.waitFor(() => expect(all().split('"msg":"client gone"')).toHaveLength(round + 2))
  }
  for (const socket of crowd) socket.destroy()
  await vi.waitFor(async () => {
    program.signal('SIGHUP')
    using late = await RawClient.connected(Number(port))
    expect(late).toBeDefined()
    expect(readFileSync(file, 'utf8')).toContain('"msg":"client connected"')
  })
  program.signal('SIGTERM')
  expect(await program.ended).toMatchObject({ code: 0 })
  expect(readFileSync(file, 'utf8')).toMatch(/"msg":"closed"\}\n$/)
})

it('the log goes on in the old file where no new one can be opened', async () => {
  await using directory = await temporaryDirectory()
  const [file, moved] = [directory.at('broker.log'), directory.at('broker.log.1')]
  await using program = started(file)
  const [, port = ''] = await program.printed(LISTENING)
  const client = await RawClient.connected(Number(port))
  await rename(file, moved)
  // What is open stays open; nothing more can be opened.
  execFileSync('prlimit', ['--pid', String(program.pid), '--nofile=3:256'])
  program.signal('SIGHUP')
  client[Symbol.dispose]()
  await vi.waitFor(() => expect(readFileSync(moved, 'utf8')).toContain('"msg":"client gone"'))
  expect(readFileSync(moved, 'utf8')).toMatch(
    /EMFILE.*"msg":"the log could not be opened again, and goes on as before"/,
  )
  expect(existsSync(file)).toBe(false)
  execFileSync('prlimit', ['--pid', String(program.pid), '--nofile=256:256'])
  program.signal('SIGHUP')
  await vi.waitFor(() => expect(existsSync(file)).toBe(true))
  program.signal('SIGTERM')
  await program.ended
  expect(readFileSync(file, 'utf8')).toContain('"msg":"closed"')
})

const LISTENING = /^listening mqtt:\/\/127\.0\.0\.1:(\d+)$/m

/** The app with few descriptors, and its log in a file. */
function started(file: string): Program {
  const flags = ['--port', '0', '--durability', 'memory', '--set', 'log.level=debug']
  const command = [process.execPath, MAIN, ...flags, '--set', `log.file=${file}`]
  return new Program('sh', ['-c', 'ulimit -n 256 && exec "$0" "$@"', ...command])
}

function dialled(port: number): Socket {
  return connect(port, '127.0.0.1').on('error', () => {})
}
