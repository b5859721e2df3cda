/** What an import is made of, wherever it comes from. */
import type { StoredSession, StoredSubscription } from '@godwit/broker/stored'
import type { PacketIdentifier, ProtocolVersion } from '@godwit/codec'
import type { Content } from './line-messages.ts'
import type { QueueTerms } from './queues.ts'

/** A message that somebody published. */
export interface PublishedContent {
  readonly content: Content
  readonly version: ProtocolVersion
  readonly publisher: string | undefined
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

/** A message that waits for a session. */
export interface WaitingItem {
  readonly message: number
  readonly terms: QueueTerms
}

/** A message that a session was sent, and that is not over. */
export interface InFlightItem {
  readonly packetId: PacketIdentifier
  readonly qos: 1 | 2
  readonly retain: boolean
  readonly released: boolean
  /** `undefined` if it is not needed any more. */
  readonly message: number | undefined
  readonly subscriptionIdentifiers: readonly number[] | undefined
}

/** The queue of a session, or the next part of it. */
export interface QueuedItem {
  readonly type: 'queued'
  readonly clientId: string
  readonly inFlight: readonly InFlightItem[]
  readonly waiting: readonly WaitingItem[]
  readonly received: readonly PacketIdentifier[]
}

/** A subscription. */
export interface SubscriptionItem {
  readonly type: 'subscription'
  readonly clientId: string
  readonly held: Omit<StoredSubscription, 'since'>
  /** The first message that came after it. */
  readonly since: number
}

/**
 * One of them. They come in this order: sessions, their subscriptions, Retained Messages, queues,
 * and then the messages that these name, by rising numbers.
 */
export type ImportItem =
  | { readonly type: 'session'; readonly session: Omit<StoredSession, 'number'> }
  | SubscriptionItem
  | { readonly type: 'retained'; readonly message: PublishedContent }
  | QueuedItem
  | { readonly type: 'message'; readonly id: number; readonly message: PublishedContent }

/** An item, and where it stands, as an error says it: `line 7`. */
export interface Located {
  readonly where: string
  readonly item: ImportItem
}
