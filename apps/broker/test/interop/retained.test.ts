/** Retained messages, with clients that others wrote. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mqttJsTcp, MqttJsReceiver } from './mqtt-js.ts'
import { absence, demand, message, skips, VERSIONS } from './peer.ts'
import type { Message } from './peer.ts'
import { PEERS } from './peers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const RETAINED = { retain: true, qos: 1 } as const

let broker: RunningBroker

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
})

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
})

describe.each(VERSIONS)('in protocol level %i a retained message', (version) => {
  for (const peer of PEERS) {
    const start = `retained/${PEERS.indexOf(peer)}/${version}`
    it.skipIf(skips(peer))(
      `of ${peer.name} is kept, replaced and removed [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT-3.3.1-12]${absence(peer)}`,
      async () => {
        demand(peer)
        await using witness = await mqttJsTcp.receive({ broker, version: 4 }, [`${start}/#`])
        const history = [
          message(`${start}/kept`, 'first', RETAINED),
          message(`${start}/kept`, 'second', RETAINED),
          message(`${start}/removed`, 'first', RETAINED),
          message(`${start}/removed`, '', RETAINED),
        ]
        await peer.publish({ broker, version }, history)
        const live = history.map((one) => ({ ...one, retain: false }))
        expect(await witness.received(start, history.length)).toEqual(live)
        await using late = await mqttJsTcp.receive({ broker, version: 4 }, [`${start}/#`])
        expect(await toTheEnd(late, `${start}/`)).toEqual([history[1]])
      },
    )

    it.skipIf(skips(peer))(
      `comes to ${peer.name} when it subscribes, and says that it is one [MQTT-3.3.1-9]${absence(peer)}`,
      async () => {
        demand(peer)
        const messages = ([0, 1, 2] as const).map((qos) =>
          message(`${start}/to/${qos}`, 'grüße', { qos, retain: true }),
        )
        await mqttJsTcp.publish({ broker, version: 5 }, messages)
        await using receiver = await peer.receive({ broker, version }, [`${start}/to/#`])
        await receiver.received(start, messages.length)
        const received = await toTheEnd(receiver, `${start}/to/`)
        expect(received.toSorted((a, b) => a.qos - b.qos)).toEqual(messages)
      },
    )
  }
})

describe('in MQTT 5.0 a subscription of MQTT.js', () => {
  it.each([
    [0, ['at first', 'again']],
    [1, ['at first']],
    [2, []],
  ] as const)(
    'with Retain Handling %i gets the retained messages %j [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]',
    async (rh, times) => {
      const topic = `retain handling/${rh}`
      await mqttJsTcp.publish({ broker, version: 5 }, [message(topic, 'kept', RETAINED)])
      await using receiver = await MqttJsReceiver.connected(broker.tcpUrl, 5)
      for (const time of ['at first', 'again']) {
        await receiver.client.subscribeAsync(`${topic}/#`, { qos: 1, rh })
        await receiver.client.publishAsync(`${topic}/${time}`, 'live', { qos: 1 })
        await receiver.received(`${topic}/${time}`, 1)
      }
      const retained = receiver.messages.filter(({ retain }) => retain)
      expect(retained).toEqual(times.map(() => message(topic, 'kept', RETAINED)))
    },
  )

  it('with Retain As Published is told who wants to be kept [MQTT-3.3.1-13]', async () => {
    await using receiver = await MqttJsReceiver.connected(broker.wsUrl, 5)
    await receiver.client.subscribeAsync('as published/#', { qos: 1, rap: true })
    const sent = [
      message('as published/a', 'kept', RETAINED),
      message('as published/b', 'not kept', { qos: 1 }),
    ]
    await mqttJsTcp.publish({ broker, version: 3 }, sent)
    expect(await receiver.received('as published/', 2)).toEqual(sent)
  })
})

/** What a client has got before the message that says that nothing more comes. */
async function toTheEnd(
  receiver: Pick<MqttJsReceiver, 'messages' | 'received'>,
  start: string,
): Promise<readonly Message[]> {
  const end = `${start}end`
  await mqttJsTcp.publish({ broker, version: 4 }, [message(end)])
  await receiver.received(end, 1)
  return receiver.messages.filter(({ topic }) => topic.startsWith(start) && topic !== end)
}
