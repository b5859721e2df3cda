/** Shared Subscriptions, with clients that others wrote, of MQTT 3.1.1 and 5.0 side by side. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mosquitto } from './mosquitto.ts'
import { MqttJsReceiver, mqttJsTcp, mqttJsWebSocket } from './mqtt-js.ts'
import { pahoTcp } from './paho.ts'
import { absence, demand, message, skips } from './peer.ts'
import type { Message, Peer, Receiver } from './peer.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const COUNT = 300

let broker: RunningBroker

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
})

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
})

describe('the members of a Shared Subscription', () => {
  const strangers = [mosquitto, pahoTcp]
  it.skipIf(skips(...strangers)).each([0, 1, 2] as const)(
    `get each message of QoS %i once, and all of them some [MQTT-4.8.2-3]${absence(...strangers)}`,
    async (qos) => {
      strangers.forEach(demand)
      const topic = `shared/${qos}`
      const filters = [`$share/${qos}/${topic}/work`, `${topic}/end`]
      await using members = await membersOf(filters, [
        [mosquitto, 4],
        [mosquitto, 5],
        [pahoTcp, 4],
        [pahoTcp, 5],
        [mqttJsTcp, 4],
        [mqttJsWebSocket, 5],
      ])
      const sent = numbered(`${topic}/work`, qos)
      await mqttJsTcp.publish({ broker, version: 5 }, sent)
      const received = await members.toTheEnd(topic, qos)
      expect(received.flat().toSorted(byNumber)).toEqual(sent)
      for (const share of received) {
        expect(share.length).toBeGreaterThan(0)
        expect(share).toEqual(share.toSorted(byNumber))
      }
    },
  )

  it('that are there take over what one did not acknowledge when its session ends', async () => {
    const filter = '$share/heirs/inherited'
    const deaf = await MqttJsReceiver.connected(broker.tcpUrl, 4)
    deaf.client.handleMessage = () => {} // It never acknowledges.
    await deaf.client.subscribeAsync(filter, { qos: 1 })
    const sent = numbered('inherited', 1).slice(0, 20)
    await mqttJsTcp.publish({ broker, version: 5 }, sent)
    await deaf.received('inherited', 1)
    await using heir = await mqttJsTcp.receive({ broker, version: 5 }, [filter], { qos: 1 })
    await deaf.cut()
    expect(await heir.received('inherited', sent.length)).toEqual(sent)
  })
})

interface Members extends AsyncDisposable {
  /** What each got of a topic, when nothing more comes. */
  toTheEnd(topic: string, qos: 0 | 1 | 2): Promise<readonly (readonly Message[])[]>
}

async function membersOf(
  filters: readonly string[],
  places: readonly (readonly [peer: Peer, version: 4 | 5])[],
): Promise<Members> {
  const receivers: Receiver[] = []
  const dispose = async (): Promise<void> => {
    await Promise.all(receivers.map((receiver) => receiver[Symbol.asyncDispose]()))
  }
  const subscribing = places.map(async ([peer, version]) => {
    receivers.push(await peer.receive({ broker, version }, filters))
  })
  await Promise.allSettled(subscribing)
  await Promise.all(subscribing).catch(async (error: unknown) => {
    await dispose()
    throw error
  })
  return {
    async toTheEnd(topic, qos) {
      await mqttJsTcp.publish({ broker, version: 5 }, [message(`${topic}/end`, '', { qos })])
      await Promise.all(receivers.map((receiver) => receiver.received(`${topic}/end`, 1)))
      return receivers.map(({ messages }) =>
        messages.filter((one) => one.topic.startsWith(`${topic}/work`)),
      )
    },
    [Symbol.asyncDispose]: dispose,
  }
}

function numbered(topic: string, qos: 0 | 1 | 2): readonly Message[] {
  return Array.from({ length: COUNT }, (_, i) => message(topic, String(i), { qos }))
}

function byNumber(a: Message, b: Message): number {
  return Number(a.payload.toString()) - Number(b.payload.toString())
}
