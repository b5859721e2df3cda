/**
 * What a server offers and demands on a connection. In MQTT 5.0 the client is told in CONNACK
 * (§3.2.2.3); older clients find out.
 */
import type { QoS } from '@godwit/codec'

/** The terms of one server, the same for all its connections. */
export interface ServerLimits {
  /** From the opening of the connection to the end of the CONNECT exchange. */
  readonly connectTimeoutMs: number
  /** The longest Client Identifier, in UTF-16 units; the specification demands at least 23. */
  readonly clientIdLengthMax: number
  /** The longest Keep Alive that an MQTT 5.0 client may have; longer ones are shortened. */
  readonly keepAliveSecondsMax: number
  /** The largest packet the server reads, in bytes with its header. */
  readonly packetBytesMax: number
  /** The longest a session outlives its connection; 0xFFFFFFFF for ever, 0 not at all. */
  readonly sessionExpirySecondsMax: number
  /** The highest QoS at which clients may publish. */
  readonly maximumQoS: QoS
  /** The PUBLISHes above QoS 0 that an MQTT 5.0 client may have unfinished, 1 to 65,535. */
  readonly receiveMaximum: number
  /** The most PUBLISHes above QoS 0 unfinished towards an MQTT 5.0 client, if it takes as many. */
  readonly inFlightMax: number
  /** The same towards older clients, which cannot say how many they take. */
  readonly inFlightMaxV3: number
  /** The highest Topic Alias that clients may use, 0 to 65,535; 0 for none. */
  readonly topicAliasMaximum: number
  /** The memory for the Topic Names that one client's aliases stand for; 2 bytes a UTF-16 unit. */
  readonly topicAliasBytesMax: number
  /** The most Topic Aliases used towards one client, if it allows as many; 0 for none. */
  readonly topicAliasOutboundMax: number
  /** Whether RETAIN may be set on a PUBLISH. */
  readonly retainAvailable: boolean
  /** Whether filters with `+` and `#` may be subscribed to. */
  readonly wildcardSubscriptionAvailable: boolean
  /** Whether a SUBSCRIBE may have a Subscription Identifier. */
  readonly subscriptionIdentifierAvailable: boolean
  /** Whether `$share` filters may be subscribed to. */
  readonly sharedSubscriptionAvailable: boolean
}
