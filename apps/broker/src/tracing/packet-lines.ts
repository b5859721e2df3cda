/**
 * Packets as fields of log lines: what somebody who looks for a mistake wants to know. Passwords
 * and what else authenticates are never among them, and of a payload only what was asked for.
 */
import { reasonCodeName } from '@godwit/codec'
import type { ConnectPacket, DecodedPacket, Packet, ReasonCode } from '@godwit/codec'
import type { TappedDelivery } from '@godwit/broker'
import { clipped } from '../log.ts'

/** What a line says of a packet, and of the first `payloadBytes` of its payload. */
export function packetFields(packet: DecodedPacket | Packet, payloadBytes: number): object {
  const { properties } = packet.type.startsWith('ping') ? {} : withProperties(packet)
  return { ...ownFields(packet, payloadBytes), ...propertyFields(properties) }
}

/** The same of a message on its way to a receiver. */
export function deliveryFields(delivery: TappedDelivery, payloadBytes: number): object {
  const { message, packetId, ...rest } = delivery
  const { topic, payload, publisher } = message
  return {
    ...messageFields({ topic, payload, ...rest, packetId }, payloadBytes),
    ...(publisher !== undefined && { publisher: clipped(publisher) }),
  }
}

function ownFields(packet: DecodedPacket | Packet, payloadBytes: number): object {
  const reason = 'reasonCode' in packet ? { reason: reasonCodeName(packet.reasonCode) } : {}
  const packetId = 'packetId' in packet ? { packetId: packet.packetId } : {}
  if (packet.type === 'publish') return messageFields(packet, payloadBytes)
  if (packet.type === 'connect') return connectFields(packet)
  if (packet.type === 'connack') return { sessionPresent: packet.sessionPresent, ...reason }
  if (packet.type === 'subscribe') {
    const subscriptions = packet.subscriptions.map(({ filter, qos }) => ({
      filter: clipped(filter),
      qos,
    }))
    return { ...packetId, ...listed('subscriptions', subscriptions) }
  }
  if (packet.type === 'unsubscribe') {
    return { ...packetId, ...listed('filters', packet.filters.map(shortened)) }
  }
  if (packet.type === 'suback' || packet.type === 'unsuback') {
    return { ...packetId, ...listed('reasons', packet.reasonCodes.map(named)) }
  }
  return { ...packetId, ...reason }
}

function messageFields(
  message: Omit<TappedDelivery, 'message'> & {
    readonly topic: string
    readonly payload: Uint8Array
  },
  payloadBytes: number,
): object {
  const { topic, payload, qos, retain, dup, packetId } = message
  const shown = payload.subarray(0, payloadBytes)
  return {
    topic: clipped(topic, TOPIC_LENGTH),
    qos,
    retain,
    ...(dup && { dup }),
    ...(qos > 0 && { packetId }),
    bytes: payload.length,
    ...(payloadBytes > 0 && { payload: new TextDecoder().decode(shown) }),
  }
}

function connectFields(packet: ConnectPacket): object {
  const { version, cleanStart, keepAlive, username, password, will } = packet
  return {
    mqtt: version,
    cleanStart,
    keepAlive,
    ...(username !== undefined && { username: clipped(username) }),
    hasPassword: password !== undefined,
    ...(will !== undefined && {
      will: { topic: clipped(will.topic, TOPIC_LENGTH), qos: will.qos, retain: will.retain },
    }),
  }
}

/** Everything but what authenticates. Names are those of the specification, values the client's. */
function propertyFields(properties: object | undefined): object {
  const entries = Object.entries(properties ?? {}).flatMap(([name, value]) =>
    name === 'authenticationData' ? [] : [[name, propertyValue(value)] as const],
  )
  return entries.length === 0 ? {} : { properties: Object.fromEntries(entries) }
}

function propertyValue(value: unknown): unknown {
  if (typeof value === 'string') return clipped(value)
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return value.slice(0, LISTED_MAX).map(propertyValue)
  return value
}

function withProperties(packet: object): { readonly properties?: object } {
  if (!('properties' in packet)) return {}
  const { properties } = packet
  return typeof properties === 'object' && properties !== null ? { properties } : {}
}

function listed(name: string, all: readonly unknown[]): object {
  const more = all.length - LISTED_MAX
  return { [name]: all.slice(0, LISTED_MAX), ...(more > 0 && { more }) }
}

const shortened = (filter: string): string => clipped(filter)
const named = (code: ReasonCode): string => reasonCodeName(code)

const TOPIC_LENGTH = 512

/** Of what a packet has many of. */
const LISTED_MAX = 16
