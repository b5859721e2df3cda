/** Filters and wills, with clients that others wrote. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProtocolVersion } from '@godwit/codec'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mosquitto, subscribed } from './mosquitto.ts'
import { connected, mqttJsTcp, mqttJsWebSocket } from './mqtt-js.ts'
import { pahoTcp, pahoWebSocket } from './paho.ts'
import { absence, demand, skips, VERSIONS } from './peer.ts'
import type { Message, Receiver } from './peer.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let broker: RunningBroker
let witness: Receiver

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
  witness = await mqttJsTcp.receive({ broker, version: 5 }, 'wills/#')
})

afterAll(async () => {
  await witness?.[Symbol.asyncDispose]()
  await broker?.[Symbol.asyncDispose]()
})

describe('a filter', () => {
  for (const peer of [mosquitto, pahoTcp, pahoWebSocket, mqttJsTcp, mqttJsWebSocket]) {
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
        await using receiver = await peer.receive({ broker, version: 4 }, filter)
        const topics = [...others, ...matching, end]
        await mqttJsTcp.publish({ broker, version: 4 }, topics.map(message))
        const received = await receiver.received('', matching.length + 1)
        expect(received.map(({ topic }) => topic)).toEqual([...matching, end])
      },
    )
  }
})

describe.each(VERSIONS)('the will of a client of protocol level %i', (version) => {
  it.skipIf(skips(mosquitto))(
    `is published when mosquitto_sub is killed [MQTT-3.1.2-8]${absence(mosquitto)}`,
    async () => {
      demand(mosquitto)
      const topic = `wills/${version}/mosquitto`
      const will = ['--will-topic', topic, '--will-payload', 'lost, für immer']
      await using sub = await subscribed({ broker, version }, '-t', 'nothing', ...will)
      sub.program.signal('SIGKILL')
      expect(await witness.received(topic, 1)).toEqual([message(topic, 'lost, für immer')])
    },
  )

  it.each(['tcpUrl', 'wsUrl'] as const)(
    'is published when MQTT.js at %s loses its connection [MQTT-3.1.2-8]',
    async (url) => {
      const topic = `wills/${version}/${url}`
      const client = await withWill(url, version, topic)
      client.stream.destroy()
      expect(await witness.received(topic, 1)).toEqual([message(topic, 'lost')])
      await client.endAsync(true)
    },
  )

  it('is not published when MQTT.js disconnects in order [MQTT-3.14.4-3]', async () => {
    const topic = `wills/${version}/in order`
    const client = await withWill('tcpUrl', version, topic)
    await client.endAsync()
    // A later client's message would come behind the will.
    await mqttJsTcp.publish({ broker, version }, [message(topic, 'goodbye')])
    expect(await witness.received(topic, 1)).toEqual([message(topic, 'goodbye')])
  })
})

function withWill(
  url: 'tcpUrl' | 'wsUrl',
  version: ProtocolVersion,
  topic: string,
): ReturnType<typeof connected> {
  const will = { topic, payload: Buffer.from('lost'), qos: 0, retain: false } as const
  return connected(broker[url], version, { will })
}

function message(topic: string, text: unknown = ''): Message {
  return { topic, payload: Buffer.from(typeof text === 'string' ? text : '') }
}
