/** Debian's mosquitto, tuned for throughput, with nothing on disk unless it is given a folder. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrokerCommand, ChildBroker } from '../broker/child-broker.ts'

/** How a mosquitto is to run, beside what every one here has in common. */
export interface MosquittoOptions extends Pick<BrokerCommand, 'startTimeoutMs' | 'stopTimeoutMs'> {
  readonly program: string
  /** What is put before the command. */
  readonly pinning: readonly string[]
  /** Where it keeps its database, written when it ends and every half hour; memory if absent. */
  readonly folder?: string
}

const SETTINGS = [
  'allow_anonymous true',
  'log_dest none',
  'max_inflight_messages 100',
  'max_queued_messages 0',
  'set_tcp_nodelay true',
]

/** The version that a mosquitto says it has. */
export function mosquittoVersion(program: string): string {
  return /version (\S+)/.exec(usageOf(program))?.[1] ?? 'unknown'
}

/** Starts a mosquitto. */
export async function startMosquitto(
  { program, pinning, folder: database, ...timeouts }: MosquittoOptions,
  signal: AbortSignal,
): Promise<ChildBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'godwit-bench-'))
  try {
    const port = await freePort()
    const config = join(folder, 'mosquitto.conf')
    const lines = [`listener ${port} 127.0.0.1`, ...SETTINGS, ...persistence(database), '']
    await writeFile(config, lines.join('\n'))
    const command = [...pinning, program, '-c', config]
    return await ChildBroker.start({ name: 'mosquitto', command, port, ...timeouts }, signal)
  } finally {
    // It reads its configuration once, at the start.
    await rm(folder, { recursive: true })
  }
}

function persistence(folder: string | undefined): string[] {
  if (folder === undefined) return ['persistence false']
  // Started by root, it would become a user who may not write there.
  const user = process.getuid?.() === 0 ? ['user root'] : []
  return ['persistence true', `persistence_location ${folder}/`, ...user]
}

/** `-h` prints the version, and some releases exit with an error then. */
function usageOf(program: string): string {
  try {
    return execFileSync(program, ['-h'], { encoding: 'utf8', timeout: 5_000, stdio: 'pipe' })
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
  }
}

/** Mosquitto cannot pick a port itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port')
  return address.port
}
