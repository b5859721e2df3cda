/** What a subscriber is handed, and what a publisher may say (§3.3). */
import type { PacketIdentifier, PropertiesOf, QoS, ReasonCode, WillMessage } from '@godwit/codec'

/** The properties that a publisher may set, in MQTT 5.0. Topic Aliases are given by the client. */
export type MessageProperties = Omit<
  PropertiesOf<'publish'>,
  'topicAlias' | 'subscriptionIdentifier'
>

/** A message that a subscription brought. */
export interface Message {
  readonly topic: string
  readonly payload: Uint8Array
  /** The QoS that it was delivered with: the lower of what was published and granted. */
  readonly qos: QoS
  /** Whether the server had it in store when the subscription was made. */
  readonly retain: boolean
  /** Whether the server may have sent it before. */
  readonly dup: boolean
  /** The Packet Identifier that it came by, for logs; 0 at QoS 0. Later messages have it again. */
  readonly packetId: PacketIdentifier
  /** MQTT 5.0 only; empty for older servers. */
  readonly properties: PropertiesOf<'publish'>
  /** The payload as UTF-8 text; what is none becomes U+FFFD. */
  text(): string
  /** The payload as JSON. @throws {SyntaxError} if it is none. */
  json(): unknown
  /**
   * Takes responsibility for the message, or refuses it with a code of 0x80 or above, in a stream
   * that is acknowledged by hand; in others, and the second time, it does nothing.
   */
  acknowledge(reasonCode?: ReasonCode): void
}

/** The Will: what the server is to publish if the client vanishes (§3.1.2.5). */
export interface Will {
  readonly topic: string
  readonly payload?: string | Uint8Array
  readonly qos?: QoS
  readonly retain?: boolean
  /** MQTT 5.0 only. */
  readonly properties?: WillMessage['properties']
}
