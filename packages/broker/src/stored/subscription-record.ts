/**
 * The record of a subscription of a session.
 *
 *     1 | flags | filter | Subscription Identifier (bit 6) | shards | since, one for each
 *
 *     flags: bits 0-1 QoS, bit 2 No Local, bit 3 Retain As Published, bits 4-5 Retain Handling,
 *            bit 6 has an identifier, bit 7 Retained Messages are on their way
 *
 * How numbers and texts are written: `stored-writer.ts`.
 */
import { isQoS } from '@godwit/codec'
import type { Subscription } from '@godwit/codec'
import type { Position } from '@godwit/store'
import { StoredReader } from './stored-reader.ts'
import { StoredWriter } from './stored-writer.ts'
import { POSITION, SUBSCRIPTION_IDENTIFIER } from './whole-field.ts'

/** A subscription, with what its session was asked for. */
export interface StoredSubscription extends Subscription {
  /** 1 to 268,435,455; absent where the client gave none. */
  readonly identifier?: number
  /** From which position on it is valid, one for each shard. */
  readonly since: readonly Position[]
  /** Retained Messages are still on their way to it. */
  readonly replaying: boolean
}

/** Writes a subscription. @throws {RangeError} for a number out of bounds or a broken filter. */
export function encodeSubscription(subscription: StoredSubscription): Uint8Array {
  const { filter, identifier, since } = subscription
  const writer = new StoredWriter()
  writer.byte(flagsOf(subscription))
  writer.text(filter)
  if (identifier !== undefined) writer.whole(SUBSCRIPTION_IDENTIFIER, identifier)
  writer.wholes(POSITION, since)
  return writer.finish()
}

/** Reads a subscription out of any bytes. @throws {StoredFormatError} */
export function decodeSubscription(bytes: Uint8Array): StoredSubscription {
  const reader = new StoredReader('subscription', bytes)
  const flagsAt = reader.at
  const flags = reader.flags(0xff)
  const qos = flags & 3
  const retainHandling = (flags >> RETAIN_HANDLING_SHIFT) & 3
  if (!isQoS(qos)) throw reader.wrong(flagsAt, 'QoS 0, 1 or 2', `${qos}`)
  if (!isRetainHandling(retainHandling)) {
    throw reader.wrong(flagsAt, 'Retain Handling 0, 1 or 2', `${retainHandling}`)
  }
  const filter = reader.text('the Topic Filter')
  const hasIdentifier = (flags & HAS_IDENTIFIER) !== 0
  const identifier = hasIdentifier ? { identifier: reader.whole(SUBSCRIPTION_IDENTIFIER) } : {}
  const since = reader.wholes(POSITION)
  reader.done()
  return {
    filter,
    qos,
    noLocal: (flags & NO_LOCAL) !== 0,
    retainAsPublished: (flags & RETAIN_AS_PUBLISHED) !== 0,
    retainHandling,
    ...identifier,
    since,
    replaying: (flags & REPLAYING) !== 0,
  }
}

const NO_LOCAL = 0x04
const RETAIN_AS_PUBLISHED = 0x08
const RETAIN_HANDLING_SHIFT = 4
const HAS_IDENTIFIER = 0x40
const REPLAYING = 0x80

function flagsOf(subscription: StoredSubscription): number {
  return (
    subscription.qos |
    (subscription.noLocal ? NO_LOCAL : 0) |
    (subscription.retainAsPublished ? RETAIN_AS_PUBLISHED : 0) |
    (subscription.retainHandling << RETAIN_HANDLING_SHIFT) |
    (subscription.identifier === undefined ? 0 : HAS_IDENTIFIER) |
    (subscription.replaying ? REPLAYING : 0)
  )
}

function isRetainHandling(value: number): value is Subscription['retainHandling'] {
  return value === 0 || value === 1 || value === 2
}
