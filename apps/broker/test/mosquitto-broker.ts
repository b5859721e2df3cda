/** Eclipse Mosquitto's broker as its own process, which writes down what it holds when it ends. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mosquitto } from './interop/mosquitto.ts'
import type { Peer } from './interop/peer.ts'
import { Program } from './program.ts'
import { RawClient } from './raw-client.ts'

const PROGRAM = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'].find((path) =>
  existsSync(path),
)

/** All of Mosquitto: its clients and its broker. */
export const wholeMosquitto: Peer = {
  ...mosquitto,
  name: 'mosquitto with its clients',
  missing: PROGRAM === undefined ? 'mosquitto' : mosquitto.missing,
}

/**
 * The `mosquitto.db` that a broker has written once it was talked to: `talk` gets the port it
 * listens at.
 */
export async function writtenAfter(talk: (port: number) => Promise<void>): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'godwit-mosquitto-'))
  try {
    const port = await freePort()
    const config = join(folder, 'mosquitto.conf')
    await writeFile(config, [...settings(port, folder), ''].join('\n'))
    await using broker = new Program(PROGRAM!, ['-c', config])
    await broker.printed(/running$/m, 'stderr')
    await answers(port)
    await talk(port)
    broker.signal('SIGTERM')
    await broker.ended
    return new Uint8Array(await readFile(join(folder, 'mosquitto.db')))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A Mosquitto that runs with some settings, such as files in `folder`, which is its own. */
export async function runningMosquitto(
  settingsFor: (folder: string) => Promise<readonly string[]>,
): Promise<RunningMosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'godwit-mosquitto-'))
  const port = await freePort()
  const config = join(folder, 'mosquitto.conf')
  const more = await settingsFor(folder)
  const lines = [
    `listener ${port} 127.0.0.1`,
    'log_dest stderr',
    'set_tcp_nodelay true',
    ...asOurselves(),
    ...more,
    '',
  ]
  await writeFile(config, lines.join('\n'))
  const broker = new Program(PROGRAM!, ['-c', config])
  const dispose = async (): Promise<void> => {
    await broker[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
  try {
    await broker.printed(/running$/m, 'stderr')
  } catch (error) {
    await dispose()
    throw error
  }
  return { port, [Symbol.asyncDispose]: dispose }
}

/** It ends, and its folder is removed, when it is disposed of. */
export interface RunningMosquitto extends AsyncDisposable {
  readonly port: number
}

/** Only then a signal has an effect: between saying that it runs and running it forgets them. */
async function answers(port: number): Promise<void> {
  using _client = await RawClient.connected(port)
}

function settings(port: number, folder: string): readonly string[] {
  return [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'log_dest stderr',
    'persistence true',
    `persistence_location ${folder}/`,
    ...asOurselves(),
  ]
}

/** Started by root, it would become a user who may not read or write there. */
function asOurselves(): readonly string[] {
  return process.getuid?.() === 0 ? ['user root'] : []
}

/** A port for Mosquitto, which cannot pick one itself. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port')
  return address.port
}
