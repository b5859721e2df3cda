/** Debian's mosquitto, tuned for throughput, with nothing on disk. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChildBroker } from '../broker/child-broker.ts'

const SETTINGS = [
  'allow_anonymous true',
  'persistence false',
  'log_dest none',
  'max_inflight_messages 100',
  'max_queued_messages 0',
  'set_tcp_nodelay true',
]

/** The version that a mosquitto says it has. */
export function mosquittoVersion(program: string): string {
  return /version (\S+)/.exec(usageOf(program))?.[1] ?? 'unknown'
}

/** Starts a mosquitto behind the command that pins it. */
export async function startMosquitto(
  program: string,
  pinning: readonly string[],
  signal: AbortSignal,
): Promise<ChildBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'godwit-bench-'))
  try {
    const port = await freePort()
    const config = join(folder, 'mosquitto.conf')
    const lines = [`listener ${port} 127.0.0.1`, ...SETTINGS, '']
    await writeFile(config, lines.join('\n'))
    const command = [...pinning, program, '-c', config]
    return await ChildBroker.start({ name: 'mosquitto', command, port }, signal)
  } finally {
    // It reads its configuration once, at the start.
    await rm(folder, { recursive: true })
  }
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
