/** Eclipse Paho's client for Python, by way of a script beside this file. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ProtocolVersion } from '@godwit/codec'
import { Program } from '../program.ts'
import type { Message, Peer, Whereabouts } from './peer.ts'
import { demand } from './peer.ts'
import { ProgramReceiver } from './program-receiver.ts'
import type { Dialect } from './program-receiver.ts'

const SCRIPT = fileURLToPath(new URL('paho-peer.py', import.meta.url))

// A Python of the user's own may come first on the PATH and lack what Debian's has.
export const PYTHON: string | undefined = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import paho.mqtt.client']).status === 0,
)

export const pahoTcp: Peer = paho('Paho for Python', 'tcp')
export const pahoWebSocket: Peer = paho('Paho for Python over WebSocket', 'websockets')

function paho(name: string, transport: 'tcp' | 'websockets'): Peer {
  const peer: Peer = {
    name,
    missing: PYTHON === undefined ? 'python3-paho-mqtt' : undefined,

    async receive(at, filters, { qos = 2, session } = {}) {
      demand(peer)
      const place = placeOf(at, transport)
      const clientId = session ?? place.clientId
      const lasting = session !== undefined
      return subscribed({ ...place, clientId, lasting, filters, qos })
    },

    async publish(at, messages) {
      demand(peer)
      await publishedByPaho(at, transport, messages)
    },
  }
  return peer
}

/** What a message is to carry beside its payload: properties as Paho names them. */
export type WithProperties = Message & { readonly properties?: Readonly<Record<string, unknown>> }

/** Publishes and goes; resolves when the broker has acknowledged what it does. */
export async function publishedByPaho(
  at: Whereabouts,
  transport: 'tcp' | 'websockets',
  messages: readonly WithProperties[],
): Promise<void> {
  const encoded = messages.map(({ payload, ...rest }) => ({
    ...rest,
    payload: payload.toString('base64'),
  }))
  await using program = script({ ...placeOf(at, transport), messages: encoded })
  const { code } = await program.ended
  if (code !== 0) throw new Error(`The Paho script failed: ${program.stderr}`)
}

/** A receiver that tells properties. */
export function receivedByPaho(
  at: Whereabouts,
  transport: 'tcp' | 'websockets',
  filter: string,
): Promise<ProgramReceiver<WithProperties>> {
  return subscribed({ ...placeOf(at, transport), filters: [filter], qos: 2 })
}

async function subscribed(job: object): Promise<ProgramReceiver<WithProperties>> {
  const program = script(job)
  try {
    await program.printed(/"event": "subscribed"/)
    return new ProgramReceiver(program, SCRIPTED)
  } catch (error) {
    await program[Symbol.asyncDispose]()
    throw error
  }
}

const SCRIPTED: Dialect<WithProperties> = {
  parse(line) {
    if (!line.includes('"event": "message"')) return undefined
    const { topic, payload, qos, retain, properties } = JSON.parse(line) as Printed
    const rest = { qos, retain, ...(properties && { properties }) }
    return { topic, payload: Buffer.from(payload, 'base64'), ...rest }
  },
  dismiss: (program) => void program.input(),
}

type Printed = Omit<WithProperties, 'payload'> & { readonly payload: string }

function script(job: object): Program {
  return new Program(PYTHON ?? 'python3', [SCRIPT]).say(JSON.stringify(job))
}

interface Place {
  readonly port: number
  readonly transport: 'tcp' | 'websockets'
  readonly version: ProtocolVersion
  readonly clientId: string
}

let clients = 0

function placeOf({ broker, version }: Whereabouts, transport: 'tcp' | 'websockets'): Place {
  const port = transport === 'tcp' ? broker.port : Number(new URL(broker.wsUrl).port)
  return { port, transport, version, clientId: `paho-${++clients}` }
}
