/**
 * What Mosquitto 2.0 keeps on disk, as it means it: sessions, what is on its way to and from them,
 * and Retained Messages. All times are milliseconds since 1970.
 *
 * It keeps no Retain Handling, no Share subscriptions (2.0), no Wills, no time of arrival, no
 * version of MQTT, and no session of a client that connected with Clean Start 1, whatever its
 * Session Expiry Interval.
 */
import type { PacketIdentifier, PropertiesOf, QoS, Subscription } from '@godwit/codec'

/** All of a file. */
export interface MosquittoState {
  /** The version of the file's format. */
  readonly version: 5 | 6
  /** In the order of the file, each Client Identifier once. */
  readonly sessions: readonly MosquittoSession[]
  /** Those that are retained, one for each topic; none has an empty payload. */
  readonly retained: readonly MosquittoMessage[]
  /** All of them by their number, also those that nobody wants. */
  readonly messages: ReadonlyMap<bigint, MosquittoMessage>
  /** How many sessions may have no User Name: the file gives them one that may be another's. */
  readonly usernamesUntold: number
  /** The chunks of unknown types, by type. */
  readonly skipped: readonly SkippedChunks[]
}

/** Chunks that were not understood. */
export interface SkippedChunks {
  readonly type: number
  readonly chunks: number
  /** Of all of them, without their headers. */
  readonly bytes: number
}

/** A message. */
export interface MosquittoMessage {
  /** Mosquitto's number of it. */
  readonly id: bigint
  /** A Topic Name. */
  readonly topic: string
  /** A view of the bytes of the file. */
  readonly payload: Uint8Array
  /** At which it was published. */
  readonly qos: QoS
  /** Whether it was published to be retained. */
  readonly retain: boolean
  /** Without Message Expiry Interval, Topic Alias and Subscription Identifiers. */
  readonly properties: PropertiesOf<'publish'>
  /** When it expires; undefined for never. */
  readonly expiresAt: number | undefined
  /** The Client Identifier of its publisher; undefined if that was Mosquitto itself. */
  readonly publisher: string | undefined
  /** The User Name of its publisher, if it had one. */
  readonly username: string | undefined
}

/** A session. */
export interface MosquittoSession {
  readonly clientId: string
  /** The User Name of its last connection, if it had one. See `usernamesUntold`. */
  readonly username: string | undefined
  /** How long it outlives its connection; 0xFFFFFFFF for ever, as Clean Session 0 means. */
  readonly sessionExpirySeconds: number
  /** When it ends; undefined for never, and if it was connected when the file was written. */
  readonly expiresAt: number | undefined
  /** The last Packet Identifier that it was sent something with; 0 if there was none. */
  readonly lastPacketId: PacketIdentifier
  readonly subscriptions: readonly MosquittoSubscription[]
  /** What is on its way to the client: what was sent first, then what waits, each in order. */
  readonly outgoing: readonly MosquittoDelivery[]
  /** QoS 2 messages of the client that it has not released, in order. */
  readonly incoming: readonly MosquittoReceipt[]
}

/** A subscription. Its Retain Handling is 0 always in 2.0, which does not keep it. */
export interface MosquittoSubscription extends Subscription {
  /** The Subscription Identifier; undefined for none. */
  readonly identifier: number | undefined
}

/** A message on its way to a client. */
export interface MosquittoDelivery {
  /** What is delivered; undefined if Mosquitto has not kept it, as it may do with $SYS. */
  readonly message: MosquittoMessage | undefined
  /** At which it is delivered. */
  readonly qos: QoS
  /** The RETAIN flag it is delivered with. */
  readonly retain: boolean
  /** Whether it was sent before, as far as Mosquitto can tell. */
  readonly dup: boolean
  /** Reserved for it also while it waits; 0 at QoS 0. */
  readonly packetId: PacketIdentifier
  /**
   * - `waiting`: it was never sent
   * - `sent`: as PUBLISH, and neither PUBACK nor PUBREC came
   * - `released`: PUBREC came, and PUBREL is what is sent
   */
  readonly state: 'waiting' | 'sent' | 'released'
  /** Of the subscriptions that it matched. */
  readonly subscriptionIdentifiers: readonly number[]
}

/** A QoS 2 message which a client has published and not released. */
export interface MosquittoReceipt {
  /**
   * What was published, and is passed on at PUBREL only: none of the sessions has it. Undefined if
   * the client was not allowed to publish it, so that nobody is to get it.
   */
  readonly message: MosquittoMessage | undefined
  readonly packetId: PacketIdentifier
  readonly retain: boolean
}
