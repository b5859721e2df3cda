/** Sessions that outlive their connections, with clients that others wrote. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { lasting, MqttJsReceiver, mqttJsTcp } from './mqtt-js.ts'
import { absence, demand, message, skips, VERSIONS } from './peer.ts'
import type { Message } from './peer.ts'
import { PEERS } from './peers.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let broker: RunningBroker

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
})

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
})

describe.each(VERSIONS)(
  'in protocol level %i what is published while its client is away',
  (version) => {
    for (const peer of PEERS) {
      it.skipIf(skips(peer)).each(['leave', 'cut'] as const)(
        `waits for ${peer.name} (%s), and comes once and in order [MQTT-3.1.2-5] [MQTT-4.5.0-1] [MQTT-4.6.0-6]${absence(peer)}`,
        async (ending) => {
          demand(peer)
          const session = `s${PEERS.indexOf(peer)}-${version}-${ending}`
          const place = { broker, version }
          await using before = await peer.receive(place, [`${session}/#`], { session })
          await before[ending]()
          for (const qos of [1, 2] as const) {
            await mqttJsTcp.publish(place, numbered(`${session}/${qos}`, qos))
          }
          await using back = await peer.receive(place, [`${session}/#`], { session })
          for (const qos of [1, 2] as const) {
            const topic = `${session}/${qos}`
            const live = message(topic, 'live', { qos })
            await mqttJsTcp.publish(place, [live])
            const expected = [...numbered(topic, qos), live]
            await back.received(topic, expected.length)
            const received = back.messages.filter((one) => one.topic === topic)
            expect(received).toEqual(expected)
          }
        },
      )
    }
  },
)

describe.each(VERSIONS)('in protocol level %i a session of MQTT.js', (version) => {
  it.each(['tcpUrl', 'wsUrl'] as const)(
    'is present for who comes back to %s, until a clean one takes its place [MQTT-3.1.2-4] [MQTT-3.1.2-5] [MQTT-3.2.2-2] [MQTT-3.2.2-3]',
    async (url) => {
      const options = lasting(`present-${version}-${url}`, version)
      const told: unknown[] = []
      for (const clean of [false, false, true, false]) {
        const receiver = await MqttJsReceiver.connected(broker[url], version, { ...options, clean })
        told.push(receiver.sessionPresent)
        await receiver.leave()
      }
      const expected = [false, true, false, version === 5]
      // MQTT 3.1 has no Session Present.
      expect(told).toEqual(version === 3 ? [false, false, false, false] : expected)
    },
  )

  it('sends again with DUP what was not acknowledged, QoS 1 and 2 [MQTT-3.3.1-1] [MQTT-4.4.0-1]', async () => {
    const topic = `again/${version}`
    const options = lasting(`again-${version}`, version)
    await using before = await MqttJsReceiver.connected(broker.tcpUrl, version, options)
    before.client.handleMessage = () => {} // It never finishes with the first, nor begins the next.
    await before.client.subscribeAsync(topic, { qos: 2 })
    const sent = ([1, 2, 1, 2] as const).map((qos, i) => message(topic, String(i), { qos }))
    await mqttJsTcp.publish({ broker, version }, sent)
    await before.received(topic, 1)
    await before.cut()
    await using back = await MqttJsReceiver.connected(broker.tcpUrl, version, options)
    await back.received(topic, sent.length)
    const arrived = back.arrived.flatMap((packet) =>
      packet.cmd === 'publish' ? [[String(packet.payload), packet.qos, packet.dup]] : [],
    )
    expect(arrived).toEqual(sent.map(({ payload, qos }) => [String(payload), qos, true]))
  })
})

function numbered(topic: string, qos: 1 | 2): readonly Message[] {
  return Array.from({ length: 50 }, (_, i) => message(topic, String(i), { qos }))
}
