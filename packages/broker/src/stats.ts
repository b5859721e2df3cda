/** Counters of what the broker did: plain numbers, cheap to count and to read at any time. */

import type { EngineCaps } from '@godwit/store'

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

/** A snapshot of the counters since the broker was made. */
export interface BrokerStats {
  /** Connections that are open, whether or not they have said CONNECT. */
  readonly connections: number
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
  /** Messages that wait in sessions to be sent for the first time. */
  readonly messagesQueued: number
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
  /** Whether there is no room for messages. */
  readonly isFull: boolean
}

/** The counters themselves. */
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
  }
}
