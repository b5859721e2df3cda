/** Every kind of client that the tests have. */
import { mosquitto } from './mosquitto.ts'
import { mqttJsTcp, mqttJsWebSocket } from './mqtt-js.ts'
import { pahoTcp, pahoWebSocket } from './paho.ts'
import type { Peer } from './peer.ts'

export const PEERS: readonly Peer[] = [
  mosquitto,
  pahoTcp,
  pahoWebSocket,
  mqttJsTcp,
  mqttJsWebSocket,
]
