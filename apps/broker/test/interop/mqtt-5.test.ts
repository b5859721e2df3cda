/** What MQTT 5.0 adds, between clients that others wrote. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { MqttClient } from 'mqtt'
import { Program } from '../program.ts'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { flags, mosquitto, subscribed } from './mosquitto.ts'
import { connected, MqttJsReceiver } from './mqtt-js.ts'
import { absence, demand, skips } from './peer.ts'
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
  client = await connected(broker.tcpUrl, 5)
  receiver = new MqttJsReceiver(client)
})

afterAll(async () => {
  await receiver?.[Symbol.asyncDispose]()
  await broker?.[Symbol.asyncDispose]()
})

describe('CONNACK', () => {
  it('tells MQTT.js what the broker does not do, and names a client without a name [MQTT-3.2.2-9] [MQTT-3.2.2-16]', async () => {
    const second = await connected(broker.wsUrl, 5, { clientId: '' })
    const told = new Promise<object>((resolve) => {
      second.on('connect', (connack) => resolve(connack.properties ?? {}))
    })
    second.reconnect()
    expect(await told).toMatchObject({
      maximumQoS: 0,
      retainAvailable: false,
      sharedSubscriptionAvailable: false,
      assignedClientIdentifier: expect.stringMatching(/./) as string,
    })
    await second.endAsync(true)
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

describe('a subscription of MQTT.js', () => {
  it('is granted QoS 0 whatever it asks for [MQTT-3.2.2-10] [MQTT-3.8.4-7]', async () => {
    for (const qos of [0, 1, 2] as const) {
      const [granted] = await client.subscribeAsync('granted', { qos })
      expect(granted).toMatchObject({ topic: 'granted', qos: 0 })
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

async function publishedByMosquitto(
  topic: string,
  message: string,
  properties: readonly (readonly string[])[],
): Promise<void> {
  const all = properties.flatMap((property) => ['-D', 'publish', ...property])
  const args = [...flags(at), '-t', topic, '-m', message, ...all]
  await using program = new Program('mosquitto_pub', args)
  expect(await program.input().ended).toEqual({ code: 0, signal: null })
}

/** MQTT.js gives a number where there is one and an array where there are several. */
function identifiersOf(
  properties: { subscriptionIdentifier?: number | number[] } | undefined,
): number[] {
  return [properties?.subscriptionIdentifier ?? []].flat().toSorted((a, b) => a - b)
}
