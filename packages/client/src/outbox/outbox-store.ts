/** Where an outbox outlives the program: the contract of its stores. */
import type { QoS } from '@godwit/codec'
import type { MessageProperties } from '../message.ts'

/** A message that was accepted and is not yet over. */
export interface StoredMessage {
  /** Its place in the order, above 0 and rising. */
  readonly sequence: number
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain: boolean
  readonly properties?: MessageProperties
  /** When it was accepted: milliseconds since 1970, for an earlier life had another clock. */
  readonly acceptedAt: number
  /** When its `timeToLiveMs` is over, likewise; absent if it has none. */
  readonly expiresAt?: number
}

/**
 * Keeps the messages of one client, which is the only one to use it. Calls may overlap, and take
 * effect in their order.
 */
export interface OutboxStore {
  /** What is there, in the order of the sequence. Called once, before anything else. */
  load(): Promise<readonly StoredMessage[]>
  /** Keeps messages: resolves when all of them are safe, rejects when none of them is kept. */
  append(messages: readonly StoredMessage[]): Promise<void>
  /** Forgets messages, if it has them; resolves when they will not be loaded again. */
  remove(sequences: readonly number[]): Promise<void>
  /** Ends what is under way, then lets go of files and handles. Does nothing the second time. */
  close(): Promise<void>
}
