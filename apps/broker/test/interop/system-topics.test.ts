/** The `$SYS` topics, as mosquitto's clients and tools made for mosquitto read them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { version } from '../../src/version.ts'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { mosquitto } from './mosquitto.ts'
import { mqttJsTcp } from './mqtt-js.ts'
import { absence, demand, message, skips } from './peer.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let broker: RunningBroker

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
})

afterAll(async () => {
  await broker?.[Symbol.asyncDispose]()
})

describe('$SYS', () => {
  it.skipIf(skips(mosquitto))(
    `tells mosquitto_sub which broker it is, and who is there${absence(mosquitto)}`,
    async () => {
      demand(mosquitto)
      const filters = ['$SYS/broker/version', '$SYS/broker/clients/connected']
      await using sub = await mosquitto.receive({ broker, version: 4 }, filters)
      const [told] = await sub.received('$SYS/broker/version', 1)
      expect(told?.payload.toString()).toBe(`godwit version ${version}`)
      const [connected] = await sub.received('$SYS/broker/clients/connected', 1)
      expect(connected?.payload.toString()).toBe('1')
      await using late = await mosquitto.receive({ broker, version: 5 }, filters)
      expect(await late.received('$SYS/broker/version', 1)).toEqual([
        message('$SYS/broker/version', `godwit version ${version}`, { retain: true }),
      ])
    },
  )

  it('is not what # means, and nobody else publishes there [MQTT-4.7.2-1]', async () => {
    await using receiver = await mqttJsTcp.receive({ broker, version: 4 }, [
      '#',
      '$SYS/broker/mine',
    ])
    await mqttJsTcp.publish({ broker, version: 4 }, [
      message('$SYS/broker/mine', 'a lie', { retain: true }),
      message('end'),
    ])
    await receiver.received('end', 1)
    expect(receiver.messages).toEqual([message('end')])
  })
})
