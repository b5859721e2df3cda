/** The brokers of `bench store`: ours at each durability, and mosquitto. Each keeps a folder. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ChildBroker } from '../broker/child-broker.ts'
import { findProgram, type Pinning } from '../broker/pinning.ts'
import { versionsOf } from '../environment.ts'
import { mosquittoVersion, startMosquitto } from '../peers/mosquitto.ts'

/** What our broker may be told to survive. */
type Durability = 'fsync' | 'os' | 'memory'

/** A broker that can be started on a folder, with what it left there before. */
export interface StoreBroker {
  readonly name: string
  start(folder: string, signal: AbortSignal): Promise<ChildBroker>
}

/** The brokers that this machine and this build have. */
export interface Field {
  /** Ours that are asked for and can be had, in this order. */
  godwit(...durabilities: readonly Durability[]): readonly StoreBroker[]
  /** With its database on disk, as an operator would run it; none if it is not installed. */
  readonly mosquitto: readonly StoreBroker[]
  /** With nothing on disk. */
  readonly mosquittoInMemory: readonly StoreBroker[]
  readonly versions: Readonly<Record<string, string>>
  /** What is missing. */
  readonly notes: readonly string[]
}

/** Looks for them. */
export async function findField({ measured }: Pinning): Promise<Field> {
  const isDurable = (await helpOfGodwit()).includes('--durability')
  const mosquitto = findProgram('mosquitto')
  const named = (folder: boolean): readonly StoreBroker[] =>
    mosquitto === undefined ? [] : [mosquittoAs(mosquitto, measured, folder)]
  const { '@godwit/broker-cli': godwit = 'unknown' } = versionsOf('@godwit/broker-cli')
  return {
    godwit: (...durabilities) =>
      durabilities
        .filter((durability) => isDurable || durability === 'memory')
        .map((durability) => godwitAs(durability, measured, isDurable)),
    mosquitto: named(true),
    mosquittoInMemory: named(false),
    versions: {
      godwit,
      ...(mosquitto !== undefined && { mosquitto: mosquittoVersion(mosquitto) }),
    },
    notes: [
      ...(isDurable ? [] : [`This build has no --durability: it is measured in memory only.`]),
      ...(mosquitto === undefined ? [NO_MOSQUITTO] : []),
    ],
  }
}

/** What ours is called at a durability. */
function godwitName(durability: Durability): string {
  return `godwit, ${durability}`
}

/** What mosquitto is called. */
export const MOSQUITTO = 'mosquitto'

const NO_MOSQUITTO = 'There is no mosquitto to compare with: apt-get install mosquitto brings it.'

/** A million messages take a while to read, and mosquitto a while to write. */
const TIMEOUTS = { startTimeoutMs: 120_000, stopTimeoutMs: 60_000 }

const GODWIT = fileURLToPath(
  new URL('dist/main.js', import.meta.resolve('@godwit/broker-cli/package.json')),
)

function godwitAs(
  durability: Durability,
  pinning: readonly string[],
  isDurable: boolean,
): StoreBroker {
  const flags = ['--port', '0', '--log-level', 'warn']
  if (isDurable) flags.push('--durability', durability)
  const durable = (folder: string): string[] => (durability === 'memory' ? [] : ['--data', folder])
  const name = godwitName(durability)
  return {
    name,
    start: (folder, signal) => {
      const command = [...pinning, process.execPath, GODWIT, ...flags, ...durable(folder)]
      return ChildBroker.start({ name, command, ...TIMEOUTS }, signal)
    },
  }
}

function mosquittoAs(program: string, pinning: readonly string[], persists: boolean): StoreBroker {
  return {
    name: MOSQUITTO,
    start: (folder, signal) =>
      startMosquitto({ program, pinning, ...TIMEOUTS, ...(persists && { folder }) }, signal),
  }
}

async function helpOfGodwit(): Promise<string> {
  const { stdout } = await execute(process.execPath, [GODWIT, '--help'], { timeout: 10_000 })
  return stdout
}

const execute = promisify(execFile)
