/** What an administrator is told of a session, of its messages, and of who would get one. */
import type { PacketIdentifier, PropertiesOf, QoS, Subscription } from '@godwit/codec'
import type { ClientInfo } from './observers.ts'
import type { DropReason } from './stats.ts'

/** A session at a glance. */
export interface SessionSummary {
  /** Who has it: as it is, or was last, connected. */
  readonly client: ClientInfo
  /** Its connection, if it has one. */
  readonly connection?: ConnectionSummary
  /** Whether it survives the end of the process. */
  readonly isDurable: boolean
  /** When it ends, unless its client comes back; only while that is away. */
  readonly expiresInSeconds?: number
  readonly subscriptions: number
  /** Messages above QoS 0 that were sent, on whatever connection, and not acknowledged. */
  readonly inFlight: number
  /** Messages of QoS 2 that it has published and not released. */
  readonly unreleased: number
  /** Messages that wait to be sent for the first time, and their bytes as the limits count them. */
  readonly queuedMessages: number
  readonly queuedBytes: number
  /** Since the session began or the broker was started: what it published, what it was sent. */
  readonly messagesIn: number
  readonly messagesOut: number
  /** What it was not sent. Reasons that there were none for are left out. */
  readonly messagesDropped: Readonly<Partial<Record<DropReason, number>>>
}

/** The present connection of a session. */
export interface ConnectionSummary {
  /** For how long its client has been connected, in milliseconds. */
  readonly connectedMs: number
  readonly cleanStart: boolean
  /** As granted; 0 for none. */
  readonly keepAliveSeconds: number
  /** How long the session is to outlive the connection, as granted. */
  readonly sessionExpirySeconds: number
  /** What was written to the client and has not left yet. */
  readonly outboxBytes: number
  /** `slow` if more waits than may be in flight, or than it takes. */
  readonly readiness: 'ready' | 'slow'
}

/** A session with the first of what it holds. */
export interface SessionDetails extends SessionSummary {
  readonly firstSubscriptions: readonly SessionSubscription[]
  /** In the order in which they would be sent again. */
  readonly firstInFlight: readonly InFlightMessage[]
  /** Oldest first; fewer than were asked for where they are large. */
  readonly firstQueued: readonly QueuedMessage[]
  /** What is published when the client is lost, or was and its Will Delay Interval is over. */
  readonly will?: WillSummary
}

/** A subscription, and whose it is. */
export interface SessionSubscription extends Subscription {
  readonly clientId: string
  /** The Subscription Identifier, if there is one. */
  readonly identifier?: number
}

/** A message on its way to a session. What is absent could not be found in the store any more. */
export interface QueuedMessage {
  readonly topic?: string
  /** As it is to be sent. */
  readonly qos: QoS
  readonly retain: boolean
  readonly payloadBytes?: number
  /** Since it came to the broker. */
  readonly ageMs?: number
  /** What is left of its Message Expiry Interval, if it has one. */
  readonly expiresInSeconds?: number
  /** The Client Identifier of its publisher; absent for the program, too. */
  readonly publisher?: string
}

/** One that was sent and is not acknowledged. */
export interface InFlightMessage extends QueuedMessage {
  readonly packetId: PacketIdentifier
  /** Which acknowledgement is missing. */
  readonly awaits: 'puback' | 'pubrec' | 'pubcomp'
}

/** A Will that is not published yet. */
export interface WillSummary {
  readonly topic: string
  readonly qos: QoS
  readonly retain: boolean
  readonly payloadBytes: number
  /** The Will Delay Interval. */
  readonly delaySeconds: number
  /** When it is published, if the client is away and does not come back. */
  readonly dueInSeconds?: number
}

/** Who would get a message that is published on a topic. */
export interface Matching {
  /** The first of them. A client whose filters overlap is there for each, and gets one copy. */
  readonly subscriptions: readonly MatchingSubscription[]
  /** How many there are. */
  readonly total: number
}

/** A subscription that matches. */
export interface MatchingSubscription {
  /** As it was subscribed to. */
  readonly filter: string
  /** Absent for a subscription of the program itself. */
  readonly clientId?: string
  /** The Share Name: of those with the same filter and name, one gets each message. */
  readonly shareName?: string
  readonly qos: QoS
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly identifier?: number
  /** ready: connected and keeps up; slow: connected, but takes no more now; away: the rest. */
  readonly readiness: 'ready' | 'slow' | 'away'
}

/** A Retained Message without what is in it. */
export interface RetainedSummary {
  readonly topic: string
  readonly qos: QoS
  readonly payloadBytes: number
  /** Since it came to the broker. */
  readonly ageMs: number
  /** What is left of its Message Expiry Interval, if it has one. */
  readonly expiresInSeconds?: number
  /** The Client Identifier of its publisher, if that was a client. */
  readonly publisher?: string
}

/** A Retained Message. */
export interface RetainedDetails extends RetainedSummary {
  /** Not to be changed. */
  readonly payload: Uint8Array
  readonly properties: PropertiesOf<'publish'>
}
