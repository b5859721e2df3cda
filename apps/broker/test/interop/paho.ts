/** Eclipse Paho's client for Python, by way of a script beside this file. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Program } from '../program.ts'
import type { Message, Peer, Receiver, Whereabouts } from './peer.ts'
import { demand } from './peer.ts'

const SCRIPT = fileURLToPath(new URL('paho-peer.py', import.meta.url))

// A Python of the user's own may come first on the PATH and lack what Debian's has.
const PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import paho.mqtt.client']).status === 0,
)

export const pahoTcp: Peer = paho('Paho for Python', 'tcp')
export const pahoWebSocket: Peer = paho('Paho for Python over WebSocket', 'websockets')

function paho(name: string, transport: 'tcp' | 'websockets'): Peer {
  const peer: Peer = {
    name,
    missing: PYTHON === undefined ? 'python3-paho-mqtt' : undefined,

    async receive(at, filter) {
      demand(peer)
      const program = script({ ...placeOf(at, transport), filter })
      try {
        await program.printed(/"event": "subscribed"/)
        return new PahoReceiver(program)
      } catch (error) {
        await program[Symbol.asyncDispose]()
        throw error
      }
    },

    async publish(at, messages) {
      demand(peer)
      const encoded = messages.map(({ topic, payload }) => ({
        topic,
        payload: payload.toString('base64'),
      }))
      await using program = script({ ...placeOf(at, transport), messages: encoded })
      const { code } = await program.ended
      if (code !== 0) throw new Error(`The Paho script failed: ${program.stderr}`)
    },
  }
  return peer
}

class PahoReceiver implements Receiver {
  readonly #program: Program

  constructor(program: Program) {
    this.#program = program
  }

  received(topicStart: string, count: number): Promise<readonly Message[]> {
    return this.#program.until(`receive ${count} messages of ${topicStart}`, () => {
      const lines = this.#program.stdout.matchAll(/^(.*"event": "message".*)\n/gm)
      const messages = [...lines]
        .map(([line]) => JSON.parse(line) as { topic: string; payload: string })
        .filter(({ topic }) => topic.startsWith(topicStart))
        .map(({ topic, payload }) => ({ topic, payload: Buffer.from(payload, 'base64') }))
      return messages.length < count ? undefined : messages.slice(0, count)
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#program[Symbol.asyncDispose]()
  }
}

function script(job: object): Program {
  return new Program(PYTHON ?? 'python3', [SCRIPT]).say(JSON.stringify(job))
}

let clients = 0

function placeOf({ broker, version }: Whereabouts, transport: 'tcp' | 'websockets'): object {
  const port = transport === 'tcp' ? broker.port : Number(new URL(broker.wsUrl).port)
  return { port, transport, version, clientId: `paho-${++clients}` }
}
