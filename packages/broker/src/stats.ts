/** Counters of what the broker did: plain numbers, cheap to count and to read at any time. */

import type { QoS, ReasonCode } from '@godwit/codec'
import type { EngineCaps } from '@godwit/store'
import type { OverloadLevel } from './overload.ts'

/**
 * Why a message did not go to a receiver that had asked for it, or was not kept.
 *
 * - `slow-receiver`: it is of QoS 0, and too much waits for its client
 * - `too-large-for-receiver`: above the Maximum Packet Size of the client
 * - `away`: it is of QoS 0, and the client is not connected
 * - `expired`: its Message Expiry Interval passed while it waited
 * - `backlog-full`: too much waits in the session, which lost its oldest message or took no more
 * - `session-ended`: it waited in a session when that came to its end
 * - `retained-full`: it was to be retained, and no more are
 * - `not-authorized`: a guard does not let the client have it
 * - `store-full`: there was no room for it in the store
 * - `not-in-store`: it should have been there, and was not
 * - `overload`: it is of QoS 0, and the broker cannot keep up; nobody got it
 */
export type DropReason =
  | 'slow-receiver'
  | 'too-large-for-receiver'
  | 'away'
  | 'expired'
  | 'backlog-full'
  | 'session-ended'
  | 'retained-full'
  | 'not-authorized'
  | 'store-full'
  | 'not-in-store'
  | 'overload'

/** A snapshot of the counters since the broker was made. */
export interface BrokerStats {
  /** Connections that are open, whether or not they have said CONNECT. */
  readonly connections: number
  /** Those that were ever accepted; those that came too fast, and were let in later. */
  readonly connectionsAccepted: number
  readonly connectionsDelayed: number
  /** Those that were closed without a word: too many were open or came at once. */
  readonly connectionsTurnedAway: number
  /** Those that ended before their client was let in, by Reason Code. */
  readonly connectionsRefused: RefusalCounts
  /** Connections and CONNECTs that a ban has kept out; the bans that there are. */
  readonly banned: number
  readonly bans: number
  /** By listener, in the order in which they were opened. */
  readonly listeners: readonly ListenerStats[]
  /** CONNECTs that came; logins that failed; those of them that were answered late. */
  readonly connectsReceived: number
  readonly loginsFailed: number
  readonly loginsDelayed: number
  /** Clients that are connected. */
  readonly clients: number
  /** Sessions, with or without a connection; the most at once; those whose time ran out. */
  readonly sessions: number
  readonly sessionsMax: number
  readonly sessionsExpired: number
  /** Subscriptions of all sessions; those of them that are shared. */
  readonly subscriptions: number
  readonly sharedSubscriptions: number
  /** Application Messages that came, and that were sent on, one count for each receiver. */
  readonly messagesIn: number
  readonly messagesOut: number
  readonly messagesDropped: Readonly<Record<DropReason, number>>
  /** PUBLISH packets that came and that were sent, by QoS; those that were sent again included. */
  readonly publishesIn: Readonly<Record<QoS, number>>
  readonly publishesOut: Readonly<Record<QoS, number>>
  /** The bytes of their payloads. */
  readonly payloadBytesIn: number
  readonly payloadBytesOut: number
  /** Control Packets of all types, and all bytes. */
  readonly packetsIn: number
  readonly packetsOut: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** How often a connection was not read for a while, because of a rate. */
  readonly throttled: number
  /** Messages that wait in sessions to be sent for the first time. */
  readonly messagesQueued: number
  /** The memory of those that are not on disk only; a message counts once, whoever waits for it. */
  readonly bytesQueued: number
  /** The bytes that wait for clients to take them. Counted from time to time. */
  readonly outboxBytes: number
  /** All memory that is accounted for; counted likewise. */
  readonly memoryBytes: number
  readonly overloadLevel: OverloadLevel
  readonly retainedMessages: number
  readonly retainedBytes: number
  /** PUBLISHes and wills that were refused, with a Reason Code where there is one. */
  readonly publishesRefused: number
  /** Guards that threw or took too long, and so refused. */
  readonly guardFailures: number
  /** Of the store; absent where there is none. */
  readonly store?: StoreStats
}

/** What a broker did with its store. */
export interface StoreStats {
  /** What a commit survives. */
  readonly durability: EngineCaps['durability']
  /** The messages in the log that somebody may still need, and their bytes in memory's terms. */
  readonly messages: number
  readonly bytes: number
  /** Commits, and the milliseconds that they took altogether. */
  readonly commits: number
  readonly commitMs: number
  /** How many of the commits took so long or less; each counts in all that it is below. */
  readonly commitBuckets: readonly CommitBucket[]
  /** Whether there is no room for messages. */
  readonly isFull: boolean
}

/** How many were refused with which Reason Code. */
export type RefusalCounts = Readonly<Partial<Record<ReasonCode, number>>>

/** How a listener stands. */
export interface ListenerStats {
  /** Absent for one without. */
  readonly name?: string
  /** Its connections that are open, and those that it ever accepted. */
  readonly connections: number
  readonly connectionsAccepted: number
}

/** A bound of a commit's duration in milliseconds, and how many were not above it. */
export interface CommitBucket {
  readonly boundMs: number
  readonly count: number
}

/**
 * The counters themselves. The most frequent event, a message of QoS 0, is counted as few times as
 * possible: what follows from other counters is worked out when somebody asks.
 */
export class Counters {
  clients = 0
  sessionsMax = 0
  sessionsExpired = 0
  subscriptions = 0
  sharedSubscriptions = 0
  messagesIn = 0
  messagesOut = 0
  messagesQueued = 0
  publishesRefused = 0
  guardFailures = 0
  connectionsAccepted = 0
  connectionsDelayed = 0
  connectionsTurnedAway = 0
  banned = 0
  connectsReceived = 0
  loginsFailed = 0
  loginsDelayed = 0
  payloadBytesIn = 0
  payloadBytesOut = 0
  bytesIn = 0
  bytesOut = 0
  throttled = 0
  /** Packets other than PUBLISH. */
  othersIn = 0
  othersOut = 0
  /** PUBLISH packets above QoS 0; those that were sent again, which are among them. */
  qos1In = 0
  qos2In = 0
  qos1Out = 0
  qos2Out = 0
  publishesAgain = 0
  readonly connectionsRefused: Partial<Record<ReasonCode, number>> = {}
  readonly messagesDropped: Record<DropReason, number> = {
    'slow-receiver': 0,
    'too-large-for-receiver': 0,
    away: 0,
    expired: 0,
    'backlog-full': 0,
    'session-ended': 0,
    'retained-full': 0,
    'not-authorized': 0,
    'store-full': 0,
    'not-in-store': 0,
    overload: 0,
  }

  /** All of them as they are now. */
  snapshot(): Counted {
    const { messagesDropped, connectionsRefused, ...others } = this
    const { othersIn, othersOut, publishesAgain, ...more } = others
    const { qos1In, qos2In, qos1Out, qos2Out, ...plain } = more
    const { messagesIn, messagesOut } = plain
    const publishesOut = messagesOut + publishesAgain
    return {
      ...plain,
      packetsIn: messagesIn + othersIn,
      packetsOut: publishesOut + othersOut,
      publishesIn: { 0: messagesIn - qos1In - qos2In, 1: qos1In, 2: qos2In },
      publishesOut: { 0: publishesOut - qos1Out - qos2Out, 1: qos1Out, 2: qos2Out },
      messagesDropped: { ...messagesDropped },
      connectionsRefused: { ...connectionsRefused },
    }
  }

  /** A PUBLISH above QoS 0 is sent that begins with this byte. */
  sentAboveQoS0(firstByte: number): void {
    if ((firstByte & QOS) === QOS1) this.qos1Out++
    else this.qos2Out++
    if ((firstByte & DUP) !== 0) this.publishesAgain++
  }

  /** A connection ended before its client was let in. */
  refused(reasonCode: ReasonCode): void {
    const counts = this.connectionsRefused
    counts[reasonCode] = (counts[reasonCode] ?? 0) + 1
  }
}

/** What is counted, and does not have to be looked up. */
type Counted = Omit<
  BrokerStats,
  | 'connections'
  | 'bans'
  | 'listeners'
  | 'sessions'
  | 'bytesQueued'
  | 'outboxBytes'
  | 'memoryBytes'
  | 'overloadLevel'
  | 'retainedMessages'
  | 'retainedBytes'
  | 'store'
>

/** The flags of a PUBLISH (§3.3.1). */
const QOS = 0x06
const QOS1 = 0x02
const DUP = 0x08
