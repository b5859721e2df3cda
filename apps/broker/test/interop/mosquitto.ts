/** Eclipse Mosquitto's clients for the command line: mosquitto_pub and mosquitto_sub. */
import { spawnSync } from 'node:child_process'
import type { ProtocolVersion } from '@godwit/codec'
import { Program } from '../program.ts'
import type { Message, Peer } from './peer.ts'
import { demand } from './peer.ts'
import { ProgramReceiver } from './program-receiver.ts'
import type { Dialect } from './program-receiver.ts'

// It keeps what it prints until there is a message, unless its output is made to go by lines.
const BY_LINES = ['-oL', 'mosquitto_sub']

/** The client pair. It has no WebSocket. */
export const mosquitto: Peer = {
  name: 'mosquitto_pub and mosquitto_sub',
  missing: missingPackage(),

  async receive(at, filters, { qos = 2, session } = {}) {
    demand(mosquitto)
    const lasting = session === undefined ? [] : ['-c', '-i', session]
    const topics = filters.flatMap((filter) => ['-t', filter])
    return subscribed(at, '-q', String(qos), ...lasting, ...topics)
  },

  async publish(at, messages) {
    demand(mosquitto)
    for (const { topic, payload, qos, retain } of messages) {
      const how = ['-q', String(qos), ...(retain ? ['-r'] : [])]
      await published(at, payload, '-t', topic, ...how)
    }
  },
}

/** Runs mosquitto_pub, with any of its flags, until it has published a payload and gone. */
export async function published(
  at: Port,
  payload: string | Uint8Array,
  ...rest: readonly string[]
): Promise<void> {
  const what = payload.length === 0 ? '-n' : '-s'
  await using program = new Program('mosquitto_pub', [...flags(at), what, ...rest])
  const { code } = await program.input(payload).ended
  if (code !== 0) throw new Error(`mosquitto_pub failed: ${program.stderr}`)
}

/** A mosquitto_sub that has subscribed, with any of its flags. */
export async function subscribed(at: Port, ...rest: readonly string[]): Promise<ProgramReceiver> {
  const all = [...flags(at), '-d', '-F', 'message %q %r %x %t', ...rest]
  const program = new Program('stdbuf', [...BY_LINES, ...all]).input()
  try {
    await program.printed(/^Subscribed \(mid: \d+\): [012, ]+$/m)
    return new ProgramReceiver(program, SUB)
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
}

/** Which broker, of whatever make, and which version. */
export interface Port {
  readonly broker: { readonly port: number }
  readonly version: ProtocolVersion
}

/** The same as flags. */
export function flags({ broker, version }: Port): readonly string[] {
  return ['-h', '127.0.0.1', '-p', String(broker.port), '-V', VERSION_NAMES[version]]
}

const VERSION_NAMES: Readonly<Record<ProtocolVersion, string>> = {
  3: 'mqttv31',
  4: 'mqttv311',
  5: 'mqttv5',
}

const SUB: Dialect<Message> = {
  parse(line) {
    const [, qos, retain, hex = '', topic = ''] = MESSAGE.exec(line) ?? []
    if (qos === undefined) return undefined
    return {
      topic,
      payload: Buffer.from(hex, 'hex'),
      qos: qos === '0' ? 0 : qos === '1' ? 1 : 2,
      retain: retain === '1',
    }
  },
  dismiss: (program) => program.signal('SIGTERM'),
}

const MESSAGE = /^message ([012]) ([01]) ([0-9a-f]*) (.*)$/

function missingPackage(): string | undefined {
  if (!isThere('mosquitto_sub')) return 'mosquitto-clients'
  return isThere('stdbuf') ? undefined : 'coreutils'
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--help']).error === undefined
}
