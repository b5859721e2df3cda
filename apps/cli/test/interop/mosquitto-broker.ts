/** The broker of mosquitto at a free port, for the time of a test. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program } from '../program/program.ts'
import { MOSQUITTO } from './peer-program.ts'

/** What is missing for it. */
export const MISSING_BROKER: string | undefined = MOSQUITTO === undefined ? 'mosquitto' : undefined

/** A broker that listens. */
export interface MosquittoBroker extends AsyncDisposable {
  readonly port: number
  /** `-h` and `-p` of it. */
  readonly where: readonly string[]
  /** Ends it, and starts it anew at the same port. */
  restart(): Promise<void>
}

/** Starts one, with a line of configuration beside the listener. */
export async function startMosquitto(...lines: readonly string[]): Promise<MosquittoBroker> {
  if (MOSQUITTO === undefined) throw new Error('This needs the Debian package mosquitto')
  const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
  const port = await freePort()
  const file = join(directory, 'mosquitto.conf')
  const access = lines.length === 0 ? ['allow_anonymous true'] : lines
  const limits = ['max_queued_messages 0', 'persistence false']
  writeFileSync(file, [`listener ${port} 127.0.0.1`, ...access, ...limits, ''].join('\n'))
  let program = await started(MOSQUITTO, file)
  return {
    port,
    where: ['-h', '127.0.0.1', '-p', String(port)],
    async restart() {
      program.signal('SIGTERM')
      await program.ended
      program = await started(MOSQUITTO!, file)
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true })
    },
  }
}

/** A password file with one user, and rights for the topics of one filter. */
export function access(user: string, password: string, filter: string): readonly string[] {
  const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
  // Started by root it becomes another user, who has to read these files.
  chmodSync(directory, 0o755)
  const passwords = join(directory, 'passwords')
  const rights = join(directory, 'rights')
  writeFileSync(passwords, `${user}:${password}\n`)
  spawnSync('mosquitto_passwd', ['-U', passwords])
  chmodSync(passwords, 0o644)
  writeFileSync(rights, `user ${user}\ntopic readwrite ${filter}\n`)
  process.once('exit', () => rmSync(directory, { recursive: true }))
  return ['allow_anonymous false', `password_file ${passwords}`, `acl_file ${rights}`]
}

async function started(command: string, file: string): Promise<Program> {
  const program = new Program(command, ['-c', file]).input()
  try {
    await program.printed(/running/, 'stderr')
    return program
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen({ host: '127.0.0.1', port: 0 }), 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
