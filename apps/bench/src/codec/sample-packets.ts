/** The packets that are measured, each as the codec and as mqtt-packet want it. */
import type { Packet, ProtocolVersion } from '@godwit/codec'
import type { Packet as PeerPacket } from 'mqtt-packet'

/** One Control Packet in both vocabularies. */
export interface SamplePacket {
  readonly version: ProtocolVersion
  readonly ours: Packet
  readonly theirs: PeerPacket
}

/** A topic of 24 characters. */
export function topic(index: number): string {
  return `plant/sensor/${String(index).padStart(6, '0')}/temp`
}

/** MQTT 3.1.1, QoS 0. */
export function plainPublish(index: number, payloadBytes: number): SamplePacket {
  const message = {
    topic: topic(index),
    payload: Buffer.alloc(payloadBytes, `${index} `),
    qos: 0,
    dup: false,
    retain: false,
  } as const
  return {
    version: 4,
    ours: { type: 'publish', packetId: 0, ...message },
    theirs: { cmd: 'publish', ...message },
  }
}

/** MQTT 5.0, QoS 1, a payload of 64 bytes and three User Properties. */
export function richPublish(index: number): SamplePacket {
  const userProperties = {
    region: 'eu-west-1',
    unit: 'celsius',
    trace: `00-4bf92f35${String(index).padStart(8, '0')}`,
  }
  const message = {
    topic: topic(index),
    payload: Buffer.alloc(64, `${index} `),
    qos: 1,
    dup: false,
    retain: false,
  } as const
  const packetId = packetIdentifier(index)
  const properties = { userProperty: Object.entries(userProperties) }
  return {
    version: 5,
    ours: { type: 'publish', packetId, ...message, properties },
    theirs: { cmd: 'publish', messageId: packetId, ...message, properties: { userProperties } },
  }
}

/** MQTT 5.0 with everything that a CONNECT often has: will, user name, password, properties. */
export function connect(index: number): SamplePacket {
  const will = {
    topic: `plant/gateway/${index}/state`,
    payload: Buffer.from('gone'),
    qos: 1,
    retain: true,
    properties: { willDelayInterval: 5 },
  } as const
  const session = { clientId: `gateway-${index}`, username: 'gateway', will }
  const password = Buffer.from(`secret-${index}`)
  const limits = { sessionExpiryInterval: 3_600, receiveMaximum: 100 }
  return {
    version: 5,
    ours: {
      type: 'connect',
      version: 5,
      cleanStart: false,
      keepAlive: 60,
      password,
      ...session,
      properties: { ...limits, userProperty: [['site', 'north']] },
    },
    theirs: {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clean: false,
      keepalive: 60,
      password,
      ...session,
      properties: { ...limits, userProperties: { site: 'north' } },
    },
  }
}

/** MQTT 5.0, ten filters. */
export function subscribe(index: number): SamplePacket {
  const filters = Array.from({ length: 10 }, (_, line) => `plant/${index}/line/${line}/+/temp`)
  const packetId = packetIdentifier(index)
  return {
    version: 5,
    ours: {
      type: 'subscribe',
      packetId,
      subscriptions: filters.map((filter) => ({
        filter,
        qos: 1,
        noLocal: false,
        retainAsPublished: false,
        retainHandling: 0,
      })),
    },
    theirs: {
      cmd: 'subscribe',
      messageId: packetId,
      subscriptions: filters.map((topic) => ({ topic, qos: 1, nl: false, rap: false, rh: 0 })),
    },
  }
}

/** MQTT 3.1.1: for 5.0, mqtt-packet writes a longer form than it needs. */
export function puback(index: number): SamplePacket {
  const packetId = packetIdentifier(index)
  return {
    version: 4,
    ours: { type: 'puback', packetId, reasonCode: 0 },
    theirs: { cmd: 'puback', messageId: packetId },
  }
}

function packetIdentifier(index: number): number {
  return (index % 65_535) + 1
}
