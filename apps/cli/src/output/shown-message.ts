/** A message as the program shows it: what came, and when. */
import type { Message } from '@godwit/client'
import type { PropertiesOf, QoS } from '@godwit/codec'
import type { Instant } from './instant.ts'

/** The properties that are shown: those that its publisher gave to a message. */
export type ShownProperties = Omit<PropertiesOf<'publish'>, 'subscriptionIdentifier' | 'topicAlias'>

/** A message with the time of its arrival. */
export interface ShownMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  /** 0 at QoS 0. */
  readonly packetId: number
  readonly properties: ShownProperties
  readonly at: Instant
}

/**
 * The message without what is between this client and its server alone: the Subscription Identifier
 * is the client's own, to find the stream that asked, and a Topic Alias it has resolved.
 */
export function shownMessage(message: Message, at: Instant): ShownMessage {
  const { topic, payload, qos, retain } = message
  const { subscriptionIdentifier: _, topicAlias: _alias, ...properties } = message.properties
  return { topic, payload, qos, retain, packetId: message.packetId, properties, at }
}
