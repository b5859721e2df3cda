/** What MQTT 5.0 adds, between clients that others wrote. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { MqttClient } from 'mqtt'
import { Program } from '../program.ts'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { flags, mosquitto, published, subscribed } from './mosquitto.ts'
import { connected, lasting, MqttJsReceiver } from './mqtt-js.ts'
import { pahoTcp, publishedByPaho, receivedByPaho } from './paho.ts'
import { absence, demand, message, skips } from './peer.ts'
import type { Whereabouts } from './peer.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const PROPERTIES = {
  contentType: 'text/plain; charset=utf-8',
  responseTopic: 'answers/to me',
  correlationData: Buffer.from('c-1'),
  userProperties: { größe: ['second', 'first'], unit: 'm' },
}

let broker: RunningBroker
let at: Whereabouts
let client: MqttClient
let receiver: MqttJsReceiver

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
  at = { broker, version: 5 }
  receiver = await MqttJsReceiver.connected(broker.tcpUrl, 5)
  client = receiver.client
})

afterAll(async () => {
  await receiver?.[Symbol.asyncDispose]()
  await broker?.[Symbol.asyncDispose]()
})

describe('CONNACK', () => {
  it('tells MQTT.js the limits, and names a client without a name; what is left out is all there is [MQTT-3.2.2-16]', async () => {
    const properties = { sessionExpiryInterval: 0xffff_ffff }
    const options = { clientId: '', properties, keepalive: 3_600 }
    await using nameless = await MqttJsReceiver.connected(broker.wsUrl, 5, options)
    const connack = nameless.arrived.find(({ cmd }) => cmd === 'connack')
    expect({ ...(connack?.cmd === 'connack' && connack.properties) }).toEqual({
      assignedClientIdentifier: expect.stringMatching(/./) as string,
      maximumPacketSize: 1024 * 1024,
      receiveMaximum: 1024,
      serverKeepAlive: 1_200,
      sessionExpiryInterval: 30 * 24 * 3600,
      topicAliasMaximum: 32,
    })
  })
})

describe('the properties of a message', () => {
  it.skipIf(skips(mosquitto))(
    `reach MQTT.js as mosquitto_pub sent them, user properties in order [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]${absence(mosquitto)}`,
    async () => {
      demand(mosquitto)
      await client.subscribeAsync('properties/from mosquitto')
      await publishedByMosquitto('properties/from mosquitto', 'über', [
        ['content-type', PROPERTIES.contentType],
        ['response-topic', PROPERTIES.responseTopic],
        ['correlation-data', PROPERTIES.correlationData.toString()],
        ['user-property', 'größe', 'second'],
        ['user-property', 'größe', 'first'],
        ['user-property', 'unit', 'm'],
      ])
      const [packet] = await receiver.receivedPackets('properties/from mosquitto', 1)
      expect(packet?.payload.toString()).toBe('über')
      expect({ ...packet?.properties }).toEqual({
        ...PROPERTIES,
        userProperties: expect.objectContaining(PROPERTIES.userProperties) as object,
      })
    },
  )

  it.skipIf(skips(mosquitto))(
    `reach mosquitto_sub as MQTT.js sent them, with the Subscription Identifier [MQTT-3.3.2-18] [MQTT-3.3.4-3]${absence(mosquitto)}`,
    async () => {
      demand(mosquitto)
      const topic = 'properties/from MQTT.js'
      const printing = ['-F', 'all: %C | %R | %D | %P | %S']
      const identified = ['-D', 'subscribe', 'subscription-identifier', '7']
      await using sub = await subscribed(at, ...printing, ...identified, '-t', topic)
      await client.publishAsync(topic, 'über', { properties: PROPERTIES })
      const [line] = await sub.program.printed(/^all: .*$/m)
      expect(line).toBe(
        'all: text/plain; charset=utf-8 | answers/to me | c-1 | ' +
          'größe:second größe:first unit:m | 7',
      )
    },
  )

  it.skipIf(skips(pahoTcp)).each(['tcp', 'websockets'] as const)(
    `go from Paho to Paho over %s as they are [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]${absence(pahoTcp)}`,
    async (transport) => {
      demand(pahoTcp)
      const topic = `properties/of Paho/${transport}`
      const properties = {
        PayloadFormatIndicator: 1,
        ContentType: 'text/plain; charset=utf-8',
        ResponseTopic: 'answers/to me',
        CorrelationData: 'c-1',
        UserProperty: [
          ['größe', 'second'],
          ['unit', 'm'],
          ['größe', 'first'],
        ],
      }
      const sent = { ...message(topic, 'über', { qos: 2 }), properties }
      await using paho = await receivedByPaho(at, transport, topic)
      await publishedByPaho(at, transport, [sent])
      expect(await paho.received(topic, 1)).toEqual([sent])
    },
  )

  it.skipIf(skips(mosquitto))(
    `carry a request of mosquitto_rr to MQTT.js and its answer back${absence(mosquitto)}`,
    async () => {
      demand(mosquitto)
      client.on('message', (topic, payload, { properties }) => {
        if (topic !== 'questions') return
        const { responseTopic = '', correlationData } = properties ?? {}
        client.publish(responseTopic, `${payload.toString()}? 42`, {
          properties: { ...(correlationData && { correlationData }) },
        })
      })
      await client.subscribeAsync('questions')
      const request = ['-t', 'questions', '-e', 'answers', '-m', 'six times seven', '-W', '10']
      await using program = new Program('mosquitto_rr', [...flags(at), ...request])
      expect(await program.input().ended).toEqual({ code: 0, signal: null })
      expect(program.stdout).toBe('six times seven? 42\n')
    },
  )
})

describe('a Message Expiry Interval', () => {
  it('is what is left of it when the message is sent, and then the message is not sent [MQTT-3.3.2-5] [MQTT-3.3.2-6]', async () => {
    const options = lasting('sleeper', 5)
    const before = await MqttJsReceiver.connected(broker.tcpUrl, 5, options)
    await before.client.subscribeAsync('expiry/#', { qos: 1 })
    await before.leave()
    const published = [
      ['expiry/short', 1],
      ['expiry/long', 100],
    ] as const
    for (const [topic, messageExpiryInterval] of published) {
      const properties = { messageExpiryInterval }
      await client.publishAsync(topic, 'waits', { qos: 1, properties })
      await client.publishAsync(topic, 'waits', { qos: 1, retain: true, properties })
    }
    await twoSeconds()
    await using back = await MqttJsReceiver.connected(broker.tcpUrl, 5, options)
    await using late = await MqttJsReceiver.connected(broker.tcpUrl, 5)
    await late.client.subscribeAsync('expiry/#', { qos: 1 })
    for (const [who, count] of [
      [back, 2],
      [late, 1],
    ] as const) {
      await client.publishAsync('expiry/end', '', { qos: 1 })
      await who.receivedPackets('expiry/end', 1)
      const packets = who.packets.filter(({ topic }) => topic !== 'expiry/end')
      expect(packets.map(({ topic }) => topic)).toEqual(Array(count).fill('expiry/long'))
      for (const { properties } of packets) {
        expect(properties?.messageExpiryInterval).toBeLessThanOrEqual(98)
        expect(properties?.messageExpiryInterval).toBeGreaterThan(30)
      }
    }
  })
})

describe('a subscription of MQTT.js', () => {
  it('is granted the QoS that it asks for [MQTT-3.8.4-7]', async () => {
    for (const qos of [0, 1, 2] as const) {
      const [granted] = await client.subscribeAsync('granted', { qos })
      expect(granted).toMatchObject({ topic: 'granted', qos })
    }
  })

  it('brings one message with the identifiers of all that match [MQTT-3.3.4-4]', async () => {
    const identified = (subscriptionIdentifier: number): object => ({
      properties: { subscriptionIdentifier },
    })
    await client.subscribeAsync('identified/#', { qos: 0, ...identified(1) })
    await client.subscribeAsync('identified/+', { qos: 0, ...identified(268_435_455) })
    await client.publishAsync('identified/a', 'two')
    await client.publishAsync('identified/a/b', 'one')
    const packets = await receiver.receivedPackets('identified/', 2)
    expect(packets.map(({ topic, properties }) => [topic, identifiersOf(properties)])).toEqual([
      ['identified/a', [1, 268_435_455]],
      ['identified/a/b', [1]],
    ])
  })

  it("with No Local brings others' messages and not its own [MQTT-3.8.3-3]", async () => {
    await client.subscribeAsync('room', { qos: 0, nl: true })
    await client.publishAsync('room', 'from myself')
    const other = await connected(broker.wsUrl, 5)
    await other.publishAsync('room', 'from somebody else')
    const [packet] = await receiver.receivedPackets('room', 1)
    expect(packet?.payload.toString()).toBe('from somebody else')
    await other.endAsync()
  })
})

describe('DISCONNECT', () => {
  it('tells MQTT.js that another has come in its name [MQTT-3.1.4-3]', async () => {
    const first = await connected(broker.tcpUrl, 5, { clientId: 'twin' })
    const told = new Promise<object>((resolve) => first.on('disconnect', resolve))
    const second = await connected(broker.wsUrl, 5, { clientId: 'twin' })
    expect(await told).toMatchObject({ reasonCode: 0x8e })
    await Promise.all([first.endAsync(true), second.endAsync()])
  })
})

/** As long as the broker delays a will of two seconds, by its own clock. */
async function twoSeconds(): Promise<void> {
  const will = { topic: 'two seconds', payload: Buffer.alloc(0), qos: 0, retain: false } as const
  const properties = { willDelayInterval: 2 }
  const clock = await connected(broker.tcpUrl, 5, {
    ...lasting('clock', 5),
    will: { ...will, properties },
  })
  await client.subscribeAsync('two seconds')
  clock.stream.destroy()
  await receiver.receivedPackets('two seconds', 1)
  await clock.endAsync(true)
}

async function publishedByMosquitto(
  topic: string,
  text: string,
  properties: readonly (readonly string[])[],
): Promise<void> {
  const all = properties.flatMap((property) => ['-D', 'publish', ...property])
  await published(at, text, '-t', topic, ...all)
}

/** MQTT.js gives a number where there is one and an array where there are several. */
function identifiersOf(
  properties: { subscriptionIdentifier?: number | number[] } | undefined,
): number[] {
  return [properties?.subscriptionIdentifier ?? []].flat().toSorted((a, b) => a - b)
}
