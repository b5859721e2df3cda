/** Counters of what the broker did: plain numbers, cheap to count and to read at any time. */

/** Why a message did not go to a receiver that had asked for it. */
export type DropReason = 'slow-receiver' | 'too-large-for-receiver'

/** A snapshot of the counters since the broker was made. */
export interface BrokerStats {
  /** Connections that are open, whether or not they have said CONNECT. */
  readonly connections: number
  /** Clients that are connected. */
  readonly sessions: number
  readonly subscriptions: number
  /** Application Messages that came, and that were sent on, one count for each receiver. */
  readonly messagesIn: number
  readonly messagesOut: number
  readonly messagesDropped: Readonly<Record<DropReason, number>>
}

/** The counters themselves. */
export class Counters {
  messagesIn = 0
  messagesOut = 0
  readonly messagesDropped: Record<DropReason, number> = {
    'slow-receiver': 0,
    'too-large-for-receiver': 0,
  }
}
