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
  /** The highest QoS at which clients may publish, and at which they are granted. */
  readonly maximumQoS: QoS
  /** Whether RETAIN may be set on a PUBLISH. */
  readonly retainAvailable: boolean
  /** Whether `$share` filters may be subscribed to. */
  readonly sharedSubscriptionAvailable: boolean
}
