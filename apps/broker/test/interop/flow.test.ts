/** How much is under way at once, and how short a Topic Name, with clients that others wrote. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Packet } from 'mqtt'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mosquitto, subscribed } from './mosquitto.ts'
import { connected, MqttJsReceiver, mqttJsTcp } from './mqtt-js.ts'
import { absence, demand, message, skips } from './peer.ts'
import type { Message } from './peer.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 })

let broker: RunningBroker

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
})

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
})

describe('10,000 messages that MQTT.js publishes at once', () => {
  // In MQTT 5.0 that many of QoS 2 exceed the Receive Maximum, which MQTT.js does not look at.
  it.each([
    [4, 1],
    [4, 2],
    [5, 1],
  ] as const)(
    'in protocol level %i at QoS %i are all acknowledged, and all delivered [MQTT-4.3.2-4] [MQTT-4.3.3-8]',
    async (version, qos) => {
      const topic = `at once/${version}/${qos}`
      await using receiver = await mqttJsTcp.receive({ broker, version }, [topic])
      const client = await connected(broker.tcpUrl, version)
      const sent = numbered(topic, 10_000, qos)
      await Promise.all(sent.map(({ payload }) => client.publishAsync(topic, payload, { qos })))
      await client.endAsync()
      const received = await receiver.received(topic, sent.length)
      expect(received.map(textOf)).toEqual(sent.map(textOf))
    },
  )
})

describe('a client whose Receive Maximum is 1', () => {
  it('and who insists on it gets everything: MQTT.js [MQTT-3.3.4-9]', async () => {
    const properties = { receiveMaximum: 1 }
    await using receiver = await MqttJsReceiver.connected(broker.tcpUrl, 5, { properties })
    const sent = numbered('one by one/MQTT.js', 200, 2)
    await receiver.client.subscribeAsync('one by one/MQTT.js', { qos: 2 })
    await mqttJsTcp.publish({ broker, version: 4 }, sent)
    expect(await receiver.received('one by one/MQTT.js', sent.length)).toEqual(sent)
  })

  it.skipIf(skips(mosquitto))(
    `and who insists on it gets everything: mosquitto_sub [MQTT-3.3.4-9]${absence(mosquitto)}`,
    async () => {
      demand(mosquitto)
      const one = ['-D', 'connect', 'receive-maximum', '1', '-q', '2']
      const topic = 'one by one/mosquitto'
      await using sub = await subscribed({ broker, version: 5 }, '-t', topic, ...one)
      const sent = numbered(topic, 200, 2)
      await mqttJsTcp.publish({ broker, version: 4 }, sent)
      expect(await sub.received(topic, sent.length)).toEqual(sent)
    },
  )
})

describe('Topic Aliases', () => {
  it.each(['autoAssignTopicAlias', 'autoUseTopicAlias'] as const)(
    'of MQTT.js stand for the topics that it gave them: %s [MQTT-3.3.2-12]',
    async (option) => {
      const topics = Array.from({ length: 40 }, (_, i) => `aliases/${option}/${i}`)
      await using receiver = await mqttJsTcp.receive({ broker, version: 4 }, [
        `aliases/${option}/#`,
      ])
      await using sender = await MqttJsReceiver.connected(broker.wsUrl, 5, { [option]: true })
      const sent = [...topics, ...topics.toReversed()].map((topic) => message(topic, topic))
      for (const [i, { topic, payload }] of sent.entries()) {
        const given = option === 'autoUseTopicAlias' && i < 32
        const properties = given ? { topicAlias: i + 1 } : {}
        await sender.client.publishAsync(topic, payload, { properties })
      }
      expect(await receiver.received(`aliases/${option}/`, sent.length)).toEqual(sent)
      expect(sender.sent.filter(isAliased).length).toBeGreaterThanOrEqual(32)
    },
  )

  it('of the broker stand for the topics that come often, where MQTT.js takes aliases [MQTT-3.1.2-26]', async () => {
    const properties = { topicAliasMaximum: 2 }
    await using receiver = await MqttJsReceiver.connected(broker.tcpUrl, 5, { properties })
    await using aliasless = await mqttJsTcp.receive({ broker, version: 5 }, ['shortened/#'])
    await receiver.client.subscribeAsync('shortened/#', { qos: 1 })
    const topics = ['shortened/a', 'shortened/b', 'shortened/c']
    const sent = Array.from({ length: 60 }, (_, i) => message(topics[i % 3]!, String(i)))
    await mqttJsTcp.publish({ broker, version: 5 }, sent)
    expect(await receiver.received('shortened/', sent.length)).toEqual(sent)
    expect(await aliasless.received('shortened/', sent.length)).toEqual(sent)
    expect(receiver.arrived.filter(isAliased).length).toBeGreaterThanOrEqual(30)
  })
})

function isAliased(packet: Packet): boolean {
  return packet.cmd === 'publish' && packet.topic === ''
}

function numbered(topic: string, count: number, qos: 0 | 1 | 2): readonly Message[] {
  return Array.from({ length: count }, (_, i) => message(topic, String(i), { qos }))
}

function textOf({ payload }: Message): string {
  return payload.toString()
}
