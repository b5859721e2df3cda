/** What comes to whom, and at which QoS, with clients that others wrote. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mqttJsTcp } from './mqtt-js.ts'
import { absence, demand, message, skips, VERSIONS } from './peer.ts'
import { PEERS } from './peers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let broker: RunningBroker

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
})

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
})

describe('a filter', () => {
  for (const peer of PEERS) {
    it.skipIf(skips(peer)).each([
      ['+/b/#', ['a/b', 'a/b/c', '/b/c/d', 'é/b/'], ['b', 'a/B', 'x/a/b', '$a/b']],
      ['#', ['a', '/', 'a//b', ' '], ['$a', '$a/b']],
      ['a/+', ['a/b', 'a/', 'a/$b'], ['a', 'a/b/c', 'A/b']],
    ])(
      `%s brings what it matches to ${peer.name}, and no more [MQTT-4.7.2-1]${absence(peer)}`,
      async (filter, matching, others) => {
        demand(peer)
        // A subscriber has no other way to know that nothing more comes than what comes later.
        const end = filter.replace('#', 'end').replaceAll('+', 'b')
        await using receiver = await peer.receive({ broker, version: 4 }, [filter])
        const topics = [...others, ...matching, end]
        await mqttJsTcp.publish(
          { broker, version: 4 },
          topics.map((topic) => message(topic)),
        )
        const received = await receiver.received('', matching.length + 1)
        expect(received.map(({ topic }) => topic)).toEqual([...matching, end])
      },
    )
  }
})

describe.each(VERSIONS)('a subscription of protocol level %i', (version) => {
  for (const peer of PEERS) {
    it.skipIf(skips(peer)).each([0, 1, 2] as const)(
      `at QoS %i brings ${peer.name} what is published above it at that QoS [MQTT-3.8.4-8]${absence(peer)}`,
      async (qos) => {
        demand(peer)
        const start = `granted/${peer.name.replaceAll(' ', '-')}/${version}/${qos}/`
        await using receiver = await peer.receive({ broker, version }, [`${start}#`], { qos })
        const sent = ([0, 1, 2] as const).map((publishedAt) =>
          message(`${start}${publishedAt}`, `published at ${publishedAt}`, { qos: publishedAt }),
        )
        await mqttJsTcp.publish({ broker, version: 5 }, sent)
        const received = await receiver.received(start, 3)
        const granted = sent.map((one) => (one.qos > qos ? { ...one, qos } : one))
        expect(received.toSorted(byTopic)).toEqual(granted)
      },
    )
  }
})

/** Receivers hand out QoS 2 later than what came in the meantime. */
function byTopic(a: { readonly topic: string }, b: { readonly topic: string }): number {
  return a.topic < b.topic ? -1 : 1
}
