/**
 * Clients that others wrote exchange messages through the built app: each kind with each, and every
 * version of MQTT with every other.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProtocolVersion } from '@godwit/codec'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mosquitto } from './mosquitto.ts'
import { mqttJsTcp, mqttJsWebSocket } from './mqtt-js.ts'
import { pahoTcp, pahoWebSocket } from './paho.ts'
import { absence, demand, skips, VERSIONS } from './peer.ts'
import type { Message, Peer, Receiver } from './peer.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const PEERS = [mosquitto, pahoTcp, pahoWebSocket, mqttJsTcp, mqttJsWebSocket]

let broker: RunningBroker
/** Everybody who is there receives everything, from the beginning. */
const receivers: Receiving[] = []
const published = new Map<Peer, Promise<void>>()

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
  const present = PEERS.filter(({ missing }) => missing === undefined)
  const subscribing = present.flatMap((peer) =>
    VERSIONS.map(async (version) => {
      const receiver = await peer.receive({ broker, version }, 'matrix/+/ünï códe/#')
      receivers.push({ peer, version, receiver })
    }),
  )
  await Promise.allSettled(subscribing)
  await Promise.all(subscribing)
})

afterAll(async () => {
  await Promise.all(receivers.map(({ receiver }) => receiver[Symbol.asyncDispose]()))
  await broker?.[Symbol.asyncDispose]()
})

describe.each(PEERS)('$name', (publisher) => {
  for (const peer of PEERS) {
    const missing = absence(publisher, peer)
    it.skipIf(skips(publisher, peer))(
      `reaches ${peer.name} in every version${missing}`,
      async () => {
        demand(peer)
        await publishedOnce(publisher)
        const receiving = receivers.filter((candidate) => candidate.peer === peer)
        expect(receiving).toHaveLength(VERSIONS.length)
        for (const { receiver } of receiving) {
          for (const version of VERSIONS) {
            const sent = messagesOf(publisher, version)
            const received = await receiver.received(topicStart(publisher, version), sent.length)
            expect(received.map(digest)).toEqual(sent.map(digest))
          }
        }
      },
    )
  }
})

interface Receiving {
  readonly peer: Peer
  readonly version: ProtocolVersion
  readonly receiver: Receiver
}

function publishedOnce(peer: Peer): Promise<void> {
  const publishing = published.get(peer) ?? publishAll(peer)
  published.set(peer, publishing)
  return publishing
}

async function publishAll(peer: Peer): Promise<void> {
  for (const version of VERSIONS) {
    await peer.publish({ broker, version }, messagesOf(peer, version))
  }
}

function topicStart(peer: Peer, version: ProtocolVersion): string {
  return `matrix/${PEERS.indexOf(peer)}/ünï códe/${version}/`
}

function messagesOf(peer: Peer, version: ProtocolVersion): readonly Message[] {
  const start = topicStart(peer, version)
  return [
    { topic: `${start}grüße 日本 🐦`, payload: Buffer.from('Grüße, 日本 🐦\n"\\') },
    { topic: `${start}empty`, payload: Buffer.alloc(0) },
    { topic: `${start}large`, payload: Buffer.alloc(100 * 1024, 'godwit\0\xff') },
    { topic: start, payload: Buffer.from('an empty level') },
  ]
}

/** What is left of a message where the whole of it would make a failure unreadable. */
function digest({ topic, payload }: Message): object {
  const { length } = payload
  return { topic, length, payload: payload.toString('latin1', 0, 64), sum: sum(payload) }
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (31 * total + byte) | 0, 0)
}
