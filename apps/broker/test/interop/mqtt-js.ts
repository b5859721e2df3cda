/** MQTT.js, in this very process. */
import { connect } from 'mqtt'
import type { IClientOptions, IPublishPacket, MqttClient, Packet } from 'mqtt'
import type { ProtocolVersion } from '@godwit/codec'
import type { RunningBroker } from '../running-broker.ts'
import type { Message, Peer, Receiver } from './peer.ts'

export const mqttJsTcp: Peer = mqttJs('MQTT.js', ({ tcpUrl }) => tcpUrl)
export const mqttJsWebSocket: Peer = mqttJs('MQTT.js over WebSocket', ({ wsUrl }) => wsUrl)

/** Connects, and stays away once disconnected. @throws if it is not let in. */
export async function connected(
  url: string,
  version: ProtocolVersion,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const { client } = await MqttJsReceiver.connected(url, version, options)
  return client
}

/** What a client receives, from its CONNACK on. */
export class MqttJsReceiver implements Receiver {
  readonly client: MqttClient
  /** What its program was given; an alias has become a Topic Name again. */
  readonly packets: IPublishPacket[] = []
  /** Every packet as it went and as it came, while the broker sees it so. */
  readonly sent: Packet[] = []
  readonly arrived: Packet[] = []
  /** Of CONNACK. */
  sessionPresent: boolean | undefined
  #changed: () => void = () => {}

  private constructor(client: MqttClient) {
    this.client = client
    client.on('connect', ({ sessionPresent }) => (this.sessionPresent = sessionPresent))
    client.on('packetsend', (packet) => this.sent.push({ ...packet }))
    client.on('packetreceive', (packet) => this.arrived.push({ ...packet }))
    client.on('message', (topic, _payload, packet) => {
      this.packets.push({ ...packet, topic })
      this.#changed()
    })
  }

  /** Connects, and stays away once disconnected. @throws if it is not let in. */
  static async connected(
    url: string,
    version: ProtocolVersion,
    options: IClientOptions = {},
  ): Promise<MqttJsReceiver> {
    const protocolId = version === 3 ? 'MQIsdp' : 'MQTT'
    const place = { protocolId, protocolVersion: version, reconnectPeriod: 0 } as const
    // What waits in a session comes right behind CONNACK: who listens later misses it.
    const receiver = new MqttJsReceiver(connect(url, { ...place, ...options }))
    const { client } = receiver
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve())
      client.once('error', reject)
      client.once('close', () => reject(new Error('The connection was closed')))
    })
    return receiver
  }

  get messages(): readonly Message[] {
    return this.packets.map(({ topic, payload, qos, retain }) => ({
      topic,
      payload: Buffer.from(payload),
      qos,
      retain,
    }))
  }

  async received(topicStart: string, count: number): Promise<readonly Message[]> {
    await this.receivedPackets(topicStart, count)
    return this.messages.filter(({ topic }) => topic.startsWith(topicStart)).slice(0, count)
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

  async leave(): Promise<void> {
    await this.client.endAsync()
  }

  async cut(): Promise<void> {
    this.client.stream.destroy()
    await this.client.endAsync(true)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true)
  }
}

/** What makes a session outlive its connection, in each version. */
export function lasting(clientId: string, version: ProtocolVersion): IClientOptions {
  const properties = { sessionExpiryInterval: 600 }
  return { clientId, clean: false, ...(version === 5 && { properties }) }
}

function mqttJs(name: string, urlOf: (broker: RunningBroker) => string): Peer {
  return {
    name,
    missing: undefined,

    async receive({ broker, version }, filters, { qos = 2, session } = {}) {
      const options = session === undefined ? {} : lasting(session, version)
      const receiver = await MqttJsReceiver.connected(urlOf(broker), version, options)
      await receiver.client.subscribeAsync([...filters], { qos })
      return receiver
    },

    async publish({ broker, version }, messages) {
      const client = await connected(urlOf(broker), version)
      for (const { topic, payload, qos, retain } of messages) {
        await client.publishAsync(topic, payload, { qos, retain })
      }
      await client.endAsync()
    },
  }
}
