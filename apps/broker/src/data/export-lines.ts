/**
 * The lines of an export, as objects. Each is one line of JSON; they come in this order, and each
 * kind may be missing but the first and the last:
 *
 *     godwit-export | session* | subscription* | retained* | queued* | message* | end
 *
 * Binary data is base64, times are milliseconds since 1970. Messages are numbered from 1 on in the
 * order in which they were stored; what refers to one comes before it, so that whoever reads can
 * pass a message on as it comes.
 */
import type { ProtocolVersion, QoS } from '@godwit/codec'

/** The format that this program writes, and reads. */
export const EXPORT_FORMAT = 1

/** The first line. */
interface HeaderLine {
  readonly type: 'godwit-export'
  readonly format: typeof EXPORT_FORMAT
  readonly program: string
}

/** The properties of a message, by the names of the codec; binary ones as base64. */
export type LineProperties = Readonly<Record<string, unknown>>

/** What is published. */
export interface LineContent {
  readonly topic: string
  readonly qos: QoS
  readonly payload: string
  readonly properties?: LineProperties
}

/** The message that a session leaves behind. */
export interface WillLine extends LineContent {
  readonly retain: boolean
}

/** A session. */
export interface SessionLine {
  readonly type: 'session'
  readonly clientId: string
  /** Of MQTT: 3 is 3.1, 4 is 3.1.1, 5 is 5.0. */
  readonly version: ProtocolVersion
  readonly username?: string
  readonly principal?: string
  /** How long it outlives its connection; 4294967295 for ever. */
  readonly expirySeconds: number
  /** When its connection ended; absent if it was connected when the broker ended. */
  readonly leftAt?: number
  readonly will?: WillLine
}

/** A subscription of a session. */
export interface SubscriptionLine {
  readonly type: 'subscription'
  readonly clientId: string
  readonly filter: string
  readonly qos: QoS
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly retainHandling: 0 | 1 | 2
  readonly identifier?: number
  /** Retained Messages are still on their way to it. */
  readonly replaying?: true
  /** The first message that came after it; absent if all did. */
  readonly since?: number
}

/** A message that somebody published. */
export interface PublishedLine extends LineContent {
  /** Of the publisher's MQTT. */
  readonly version: ProtocolVersion
  readonly publisher?: string
  readonly receivedAt: number
}

/** A Retained Message. */
export interface RetainedLine extends PublishedLine {
  readonly type: 'retained'
}

/** A message in the log. */
export interface MessageLine extends PublishedLine {
  readonly type: 'message'
  readonly id: number
  /** As it was published. */
  readonly retain: boolean
}

/** A message that waits for a session. */
export interface WaitingPart {
  readonly message: number
  readonly qos: 1 | 2
  readonly retain: boolean
  readonly subscriptionIdentifiers?: readonly number[]
  /** The filter of the Shared Subscription through which it comes. */
  readonly share?: string
}

/** A message that a session was sent, and that is not over. */
export interface InFlightPart {
  readonly packetId: number
  readonly qos: 1 | 2
  readonly retain: boolean
  /** sent: PUBLISH was; released: PUBREC came, and PUBREL was. */
  readonly phase: 'sent' | 'released'
  /** Absent if it is not needed any more. */
  readonly message?: number
  readonly subscriptionIdentifiers?: readonly number[]
}

/** The queue of a session, or a part of it: a long one has several lines, in order. */
export interface QueuedLine {
  readonly type: 'queued'
  readonly clientId: string
  /** In the order in which they are sent again. */
  readonly inFlight: readonly InFlightPart[]
  readonly waiting: readonly WaitingPart[]
  /** Packet Identifiers of QoS 2 messages that were received and not released. */
  readonly received: readonly number[]
}

/** The last line, without which the file is not whole. */
interface EndLine {
  readonly type: 'end'
  /** How many lines there are before it. */
  readonly lines: number
}

/** Any line. */
export type ExportLine =
  HeaderLine | SessionLine | SubscriptionLine | RetainedLine | QueuedLine | MessageLine | EndLine
