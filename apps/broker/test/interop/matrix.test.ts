/**
 * Clients that others wrote exchange messages through the built app: each kind with each, every
 * version of MQTT with every other, at every QoS.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProtocolVersion, QoS } from '@godwit/codec'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { absence, demand, skips, VERSIONS } from './peer.ts'
import type { Message, Peer, Receiver } from './peer.ts'
import { PEERS } from './peers.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const QOS: readonly QoS[] = [0, 1, 2]

let broker: RunningBroker
/** Everybody who is there receives everything, from the beginning. */
const receivers: Present[] = []
const published = new Map<Peer, Promise<void>>()

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
  const present = PEERS.filter(({ missing }) => missing === undefined)
  const subscribing = present.flatMap((peer) =>
    VERSIONS.map(async (version) => {
      const receiver = await peer.receive({ broker, version }, ['matrix/+/ünï códe/#'])
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
    it.skipIf(skips(publisher, peer)).each(QOS)(
      `reaches ${peer.name} in every version at QoS %i, each message once and in order [MQTT-4.3.1-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2] [MQTT-4.6.0-6]${missing}`,
      async (qos) => {
        demand(peer)
        await publishedOnce(publisher)
        const receiving = receivers.filter((candidate) => candidate.peer === peer)
        expect(receiving).toHaveLength(VERSIONS.length)
        for (const { receiver } of receiving) {
          for (const version of VERSIONS) {
            const sent = messagesOf(publisher, version, qos)
            const start = topicStart(publisher, version, qos)
            await receiver.received(start, sent.length)
            const received = receiver.messages.filter(({ topic }) => topic.startsWith(start))
            expect(received.map(digest)).toEqual(sent.map(digest))
          }
        }
      },
    )
  }
})

interface Present {
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
    const messages = QOS.flatMap((qos) => messagesOf(peer, version, qos))
    await peer.publish({ broker, version }, messages)
  }
}

function topicStart(peer: Peer, version: ProtocolVersion, qos: QoS): string {
  return `matrix/${PEERS.indexOf(peer)}/ünï códe/${version}/${qos}/`
}

function messagesOf(peer: Peer, version: ProtocolVersion, qos: QoS): readonly Message[] {
  const start = topicStart(peer, version, qos)
  const rest = { qos, retain: false }
  return [
    { topic: `${start}grüße 日本 🐦`, payload: Buffer.from('Grüße, 日本 🐦\n"\\'), ...rest },
    { topic: `${start}empty`, payload: Buffer.alloc(0), ...rest },
    { topic: `${start}large`, payload: Buffer.alloc(100 * 1024, 'godwit\0\xff'), ...rest },
    { topic: start, payload: Buffer.from('an empty level'), ...rest },
  ]
}

/** What is left of a message where the whole of it would make a failure unreadable. */
function digest({ topic, payload, qos, retain }: Message): object {
  const { length } = payload
  const start = payload.toString('latin1', 0, 64)
  return { topic, qos, retain, length, start, sum: sum(payload) }
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (31 * total + byte) | 0, 0)
}
