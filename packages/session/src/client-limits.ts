/**
 * What a client grants and demands on a connection. In MQTT 5.0 the server is told in CONNECT
 * (§3.1.2.11); older servers find out.
 */

/** The terms of one client. */
export interface ClientLimits {
  /** From CONNECT to CONNACK, authentication included. */
  readonly connectTimeoutMs: number
  /** From PINGREQ to PINGRESP. */
  readonly pingTimeoutMs: number
  /**
   * How long before the end of the Keep Alive a PINGREQ is sent, so that a late timer does not
   * break the promise; at most half of it.
   */
  readonly pingLeadMs: number
  /** The largest packet the client reads, in bytes with its header. Give it to the decoder too. */
  readonly packetBytesMax: number
  /** How many PUBLISHes of QoS 1 and 2 an MQTT 5.0 server may send unacknowledged, 1 to 65,535. */
  readonly receiveMaximum: number
  /** How many Topic Aliases the server may use, 0 to 65,535. */
  readonly topicAliasMaximum: number
  /** The most memory that the topics behind its aliases may take, in bytes. */
  readonly topicAliasBytesMax: number
  /** How many Topic Aliases the client uses where the server allows as many. */
  readonly topicAliasOutboundMax: number
  /** The most PUBLISHes of QoS 1 and 2 that are sent unacknowledged, whatever 5.0 allows. */
  readonly inFlightMax: number
  /** The same for MQTT 3.1 and 3.1.1, whose servers cannot say what they take. */
  readonly inFlightMaxV3: number
}
