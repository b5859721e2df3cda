/** MQTT.js, in this very process. */
import { connectAsync } from 'mqtt'
import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt'
import type { ProtocolVersion } from '@godwit/codec'
import type { RunningBroker } from '../running-broker.ts'
import type { Message, Peer, Receiver } from './peer.ts'

export const mqttJsTcp: Peer = mqttJs('MQTT.js', ({ tcpUrl }) => tcpUrl)
export const mqttJsWebSocket: Peer = mqttJs('MQTT.js over WebSocket', ({ wsUrl }) => wsUrl)

/** Connects, and stays away once disconnected. */
export function connected(
  url: string,
  version: ProtocolVersion,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const protocolId = version === 3 ? 'MQIsdp' : 'MQTT'
  return connectAsync(url, {
    protocolId,
    protocolVersion: version,
    reconnectPeriod: 0,
    ...options,
  })
}

/** What a client receives, from the moment this is made. */
export class MqttJsReceiver implements Receiver {
  readonly client: MqttClient
  readonly packets: IPublishPacket[] = []
  #changed: () => void = () => {}

  constructor(client: MqttClient) {
    this.client = client
    client.on('message', (_topic, _payload, packet) => {
      this.packets.push(packet)
      this.#changed()
    })
  }

  async received(topicStart: string, count: number): Promise<readonly Message[]> {
    const packets = await this.receivedPackets(topicStart, count)
    return packets.map(({ topic, payload }) => ({ topic, payload: Buffer.from(payload) }))
  }

  /** Like `received`, but with all that MQTT.js tells of a message. */
  async receivedPackets(topicStart: string, count: number): Promise<readonly IPublishPacket[]> {
    for (;;) {
      const packets = this.packets.filter(({ topic }) => topic.startsWith(topicStart))
      if (packets.length >= count) return packets.slice(0, count)
      await new Promise<void>((resolve) => {
        const before = this.#changed
        this.#changed = () => {
          before()
          resolve()
        }
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true)
  }
}

function mqttJs(name: string, urlOf: (broker: RunningBroker) => string): Peer {
  return {
    name,
    missing: undefined,

    async receive({ broker, version }, filter) {
      const receiver = new MqttJsReceiver(await connected(urlOf(broker), version))
      await receiver.client.subscribeAsync(filter)
      return receiver
    },

    async publish({ broker, version }, messages) {
      const client = await connected(urlOf(broker), version)
      for (const { topic, payload } of messages) await client.publishAsync(topic, payload)
      await client.endAsync()
    },
  }
}
