/** The loads that clients are measured under. All of MQTT 5.0, with payloads of 64 bytes. */
import { atMost, type Target } from '../target.ts'
import type { ClientLoad } from './load.ts'

/** One load with its name. */
export interface ClientScenario {
  readonly name: string
  readonly load: ClientLoad
  /** For the ratio of our CPU per message to that of MQTT.js. */
  readonly target?: Target
}

const TARGET = { target: atMost(0.3) }

/** In the order of the table. */
export const CLIENT_SCENARIOS: readonly ClientScenario[] = [
  { name: 'publish QoS 0', load: { direction: 'publish', qos: 0, window: 1_000 }, ...TARGET },
  { name: 'publish QoS 1', load: { direction: 'publish', qos: 1, window: 100 }, ...TARGET },
  { name: 'publish QoS 1, one by one', load: { direction: 'publish', qos: 1, window: 1 } },
  { name: 'receive QoS 0', load: { direction: 'receive', qos: 0, window: 0 }, ...TARGET },
  { name: 'receive QoS 1', load: { direction: 'receive', qos: 1, window: 0 } },
]
