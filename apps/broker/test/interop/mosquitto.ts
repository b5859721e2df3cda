/** Eclipse Mosquitto's clients for the command line: mosquitto_pub and mosquitto_sub. */
import { spawnSync } from 'node:child_process'
import type { ProtocolVersion } from '@godwit/codec'
import { Program } from '../program.ts'
import type { Message, Peer, Receiver, Whereabouts } from './peer.ts'
import { demand } from './peer.ts'

// It keeps what it prints until there is a message, unless its output is made to go by lines.
const BY_LINES = ['-oL', 'mosquitto_sub']

/** The client pair. It has no WebSocket. */
export const mosquitto: Peer = {
  name: 'mosquitto_pub and mosquitto_sub',
  missing: missingPackage(),

  async receive(at, filter) {
    demand(mosquitto)
    return subscribed(at, '-t', filter)
  },

  async publish(at, messages) {
    demand(mosquitto)
    for (const { topic, payload } of messages) {
      const what = payload.length === 0 ? ['-n'] : ['-s']
      await using program = new Program('mosquitto_pub', [...flags(at), '-t', topic, ...what])
      const { code } = await program.input(payload).ended
      if (code !== 0) throw new Error(`mosquitto_pub failed: ${program.stderr}`)
    }
  },
}

/** A mosquitto_sub that has subscribed, with any of its flags. */
export async function subscribed(
  at: Whereabouts,
  ...rest: readonly string[]
): Promise<MosquittoSub> {
  const all = [...flags(at), '-d', '-F', 'message %x %t', ...rest]
  const program = new Program('stdbuf', [...BY_LINES, ...all]).input()
  try {
    await program.printed(/^Subscribed \(mid: \d+\): 0$/m)
    return new MosquittoSub(program)
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
}

/** Which broker, and which version. */
export function flags({ broker, version }: Whereabouts): readonly string[] {
  return ['-h', '127.0.0.1', '-p', String(broker.port), '-V', VERSION_NAMES[version]]
}

const VERSION_NAMES: Readonly<Record<ProtocolVersion, string>> = {
  3: 'mqttv31',
  4: 'mqttv311',
  5: 'mqttv5',
}

class MosquittoSub implements Receiver {
  readonly program: Program

  constructor(program: Program) {
    this.program = program
  }

  received(topicStart: string, count: number): Promise<readonly Message[]> {
    return this.program.until(`receive ${count} messages of ${topicStart}`, () => {
      const lines = this.program.stdout.matchAll(/^message ([0-9a-f]*) (.*)\n/gm)
      const messages = [...lines]
        .map(([, hex = '', topic = '']) => ({ topic, payload: Buffer.from(hex, 'hex') }))
        .filter(({ topic }) => topic.startsWith(topicStart))
      return messages.length < count ? undefined : messages.slice(0, count)
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program[Symbol.asyncDispose]()
  }
}

function missingPackage(): string | undefined {
  if (!isThere('mosquitto_sub')) return 'mosquitto-clients'
  return isThere('stdbuf') ? undefined : 'coreutils'
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--help']).error === undefined
}
