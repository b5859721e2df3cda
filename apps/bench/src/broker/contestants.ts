/** The brokers that are compared, as far as this machine has them. Ours comes first. */
import { fileURLToPath } from 'node:url'
import { versionsOf } from '../environment.ts'
import { mosquittoVersion, startMosquitto } from '../peers/mosquitto.ts'
import { ChildBroker } from './child-broker.ts'
import { findProgram, type Pinning } from './pinning.ts'

/** A broker that can be started. */
export interface Contestant {
  readonly name: string
  readonly version: string
  start(signal: AbortSignal): Promise<ChildBroker>
}

/** Said where the yardstick is missing. */
export const NO_MOSQUITTO =
  'There is no mosquitto, and so no ratio: apt-get install mosquitto brings it.'

/** Godwit, mosquitto if it is installed, and aedes. */
export function contestants(pinning: Pinning): readonly Contestant[] {
  const godwit = nodeProgram('godwit', '@godwit/broker-cli', pinning, [
    fileURLToPath(new URL('dist/main.js', import.meta.resolve('@godwit/broker-cli/package.json'))),
    '--port',
    '0',
    '--log-level',
    'warn',
    '--durability',
    'memory',
  ])
  const aedes = nodeProgram('aedes', 'aedes', pinning, [
    fileURLToPath(new URL('../peers/aedes-server.ts', import.meta.url)),
  ])
  const mosquitto = findProgram('mosquitto')
  if (mosquitto === undefined) return [godwit, aedes]
  const yardstick: Contestant = {
    name: 'mosquitto',
    version: mosquittoVersion(mosquitto),
    start: (signal) => startMosquitto({ program: mosquitto, pinning: pinning.measured }, signal),
  }
  return [godwit, yardstick, aedes]
}

function nodeProgram(
  name: string,
  packageName: string,
  pinning: Pinning,
  args: readonly string[],
): Contestant {
  const command = [...pinning.measured, process.execPath, ...args]
  return {
    name,
    version: versionsOf(packageName)[packageName] ?? 'unknown',
    start: (signal) => ChildBroker.start({ name, command }, signal),
  }
}
