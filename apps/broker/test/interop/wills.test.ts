/** Wills, with clients that others wrote: published when they are lost, and not otherwise. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { IClientOptions, MqttClient } from 'mqtt'
import type { ProtocolVersion } from '@godwit/codec'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mosquitto, subscribed } from './mosquitto.ts'
import { connected, lasting, mqttJsTcp } from './mqtt-js.ts'
import { absence, demand, message, skips, VERSIONS } from './peer.ts'
import type { Message, Receiver } from './peer.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let broker: RunningBroker
let witness: Receiver

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
  witness = await mqttJsTcp.receive({ broker, version: 5 }, ['wills/#'])
})

afterAll(async () => {
  await witness?.[Symbol.asyncDispose]()
  await broker?.[Symbol.asyncDispose]()
})

describe.each(VERSIONS)('the will of a client of protocol level %i', (version) => {
  it.skipIf(skips(mosquitto)).each(['0', '1', '2'])(
    `at QoS %s is published when mosquitto_sub is killed [MQTT-3.1.2-8]${absence(mosquitto)}`,
    async (qos) => {
      demand(mosquitto)
      const topic = `wills/${version}/mosquitto/${qos}`
      const will = ['--will-topic', topic, '--will-payload', 'lost, für immer', '--will-qos', qos]
      await using sub = await subscribed({ broker, version }, '-t', 'nothing', ...will)
      await sub.cut()
      const lost = { ...message(topic, 'lost, für immer'), qos: Number(qos) }
      expect(await witness.received(topic, 1)).toEqual([lost])
    },
  )

  it.skipIf(skips(mosquitto))(
    `is published when mosquitto_sub disconnects only if it asks for that, as it does in 5.0 [MQTT-3.14.4-3]${absence(mosquitto)}`,
    async () => {
      demand(mosquitto)
      const topic = `wills/${version}/mosquitto in order`
      const will = ['--will-topic', topic, '--will-payload', 'lost', '--will-qos', '1']
      await using sub = await subscribed({ broker, version }, '-t', 'nothing', ...will)
      await sub.leave()
      const lost = message(topic, 'lost', { qos: 1 })
      const first = version < 5 ? message(topic, 'goodbye') : lost
      expect(await witnessedBeforeGoodbye(topic, version)).toEqual([first])
    },
  )

  it.each(['tcpUrl', 'wsUrl'] as const)(
    'is published when MQTT.js at %s loses its connection [MQTT-3.1.2-8]',
    async (url) => {
      const topic = `wills/${version}/${url}`
      const client = await withWill(broker[url], version, topic)
      client.stream.destroy()
      expect(await witness.received(topic, 1)).toEqual([message(topic, 'lost', { qos: 1 })])
      await client.endAsync(true)
    },
  )

  it('is not published when MQTT.js disconnects in order [MQTT-3.14.4-3]', async () => {
    const topic = `wills/${version}/in order`
    const client = await withWill(broker.tcpUrl, version, topic)
    await client.endAsync()
    expect(await witnessedBeforeGoodbye(topic, version)).toEqual([message(topic, 'goodbye')])
  })

  it('is kept if it is to be retained [MQTT-3.1.2-15]', async () => {
    const topic = `wills/${version}/retained`
    const client = await withWill(broker.tcpUrl, version, topic, { retain: true })
    client.stream.destroy()
    await witness.received(topic, 1)
    await using late = await mqttJsTcp.receive({ broker, version }, [topic])
    const kept = message(topic, 'lost', { qos: 1, retain: true })
    expect(await late.received(topic, 1)).toEqual([kept])
    await client.endAsync(true)
  })
})

describe('in MQTT 5.0 the will of MQTT.js', () => {
  it('is published for DISCONNECT with Will Message [MQTT-3.14.4-3]', async () => {
    const topic = 'wills/5/asked for'
    const client = await withWill(broker.tcpUrl, 5, topic)
    await client.endAsync(false, { reasonCode: 0x04 })
    expect(await witness.received(topic, 1)).toEqual([message(topic, 'lost', { qos: 1 })])
  })

  it('waits for its Will Delay Interval, unless the client comes back [MQTT-3.1.3-9]', async () => {
    const { lost: forgiven, back } = await lostAndBack('wills/5/delayed/forgiven', 1)
    const late = await withDelayedWill('wills/5/delayed/published', 2)
    const cutAt = performance.now()
    late.stream.destroy()
    // The one that was forgiven was due a second before.
    const received = await witness.received('wills/5/delayed/', 1)
    expect(received).toEqual([message('wills/5/delayed/published', 'lost', { qos: 1 })])
    expect(performance.now() - cutAt).toBeGreaterThan(1_900)
    await Promise.all([forgiven, back, late].map((client) => client.endAsync(true)))
  })

  it('does not wait longer than its session is kept [MQTT-3.1.2-8]', async () => {
    const topic = 'wills/5/with its session'
    const properties = { willDelayInterval: 1_000 }
    const client = await withWill(broker.tcpUrl, 5, topic, { properties })
    client.stream.destroy()
    expect(await witness.received(topic, 1)).toEqual([message(topic, 'lost', { qos: 1 })])
    await client.endAsync(true)
  })
})

/** The first message on a topic: the will, or one that a later client publishes behind it. */
async function witnessedBeforeGoodbye(
  topic: string,
  version: ProtocolVersion,
): Promise<readonly Message[]> {
  await mqttJsTcp.publish({ broker, version }, [message(topic, 'goodbye')])
  return witness.received(topic, 1)
}

async function lostAndBack(
  topic: string,
  willDelayInterval: number,
): Promise<{ readonly lost: MqttClient; readonly back: MqttClient }> {
  const lost = await withDelayedWill(topic, willDelayInterval)
  lost.stream.destroy()
  return { lost, back: await connected(broker.tcpUrl, 5, lasting(topic, 5)) }
}

/** A client named like the topic of its will, with a session that is kept. */
function withDelayedWill(topic: string, willDelayInterval: number): Promise<MqttClient> {
  const properties = { willDelayInterval }
  return withWill(broker.tcpUrl, 5, topic, { properties }, lasting(topic, 5))
}

function withWill(
  url: string,
  version: ProtocolVersion,
  topic: string,
  rest: Partial<NonNullable<IClientOptions['will']>> = {},
  options: IClientOptions = {},
): Promise<MqttClient> {
  const will = { topic, payload: Buffer.from('lost'), qos: 1, retain: false, ...rest } as const
  return connected(url, version, { will, ...options })
}
