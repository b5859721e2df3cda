/**
 * How far a session is in the log: what it reads next, and what it was sent and has not answered.
 *
 *     1 | shards | next, one for each | exchanges | exchange | exchange ...
 *
 *     exchange: flags | Packet Identifier | position | identifiers and how many (bit 3)
 *     flags:    bit 0 QoS 2, bit 1 released, bit 2 RETAIN, bit 3 has Subscription Identifiers
 *
 * A position is written as the difference to that of the exchange before, to 0 for the first: those
 * in flight are near each other, so most take five bytes. How numbers are written:
 * `stored-writer.ts`.
 */
import type { PacketIdentifier } from '@godwit/codec'
import type { Position } from '@godwit/store'
import { StoredReader } from './stored-reader.ts'
import { StoredWriter } from './stored-writer.ts'
import { PACKET_ID, POSITION, SUBSCRIPTION_IDENTIFIER } from './whole-field.ts'

/** A message that was sent, of which the exchange is not over. */
export interface StoredExchange {
  readonly packetId: PacketIdentifier
  readonly qos: 1 | 2
  /** Of its message in the log. */
  readonly position: Position
  /** PUBREC came: PUBREL is what is sent. */
  readonly released: boolean
  readonly retain: boolean
  readonly subscriptionIdentifiers: readonly number[] | undefined
}

/** How far a session is. */
export interface StoredProgress {
  /** What it reads next, one position for each shard. */
  readonly next: readonly Position[]
  /** In the order in which they are sent again. */
  readonly inFlight: readonly StoredExchange[]
}

/** Writes the progress of a session. @throws {RangeError} for a number out of bounds. */
export function encodeProgress({ next, inFlight }: StoredProgress): Uint8Array {
  const writer = new StoredWriter()
  writer.wholes(POSITION, next)
  writer.count(inFlight.length)
  let before = 0
  for (const exchange of inFlight) {
    writeExchange(writer, exchange, before)
    before = exchange.position
  }
  return writer.finish()
}

/** Reads the progress of a session out of any bytes. @throws {StoredFormatError} */
export function decodeProgress(bytes: Uint8Array): StoredProgress {
  const reader = new StoredReader('progress', bytes)
  const next = reader.wholes(POSITION)
  const inFlight: StoredExchange[] = []
  let before = 0
  for (let left = reader.count('the number of exchanges'); left > 0; left--) {
    const exchange = readExchange(reader, before)
    inFlight.push(exchange)
    before = exchange.position
  }
  reader.done()
  return { next, inFlight }
}

const QOS_2 = 0x01
const RELEASED = 0x02
const RETAIN = 0x04
const HAS_IDENTIFIERS = 0x08

function writeExchange(writer: StoredWriter, exchange: StoredExchange, before: Position): void {
  const { subscriptionIdentifiers } = exchange
  writer.byte(flagsOf(exchange))
  writer.whole(PACKET_ID, exchange.packetId)
  writer.difference(POSITION, exchange.position, before)
  if (subscriptionIdentifiers === undefined) return
  writer.wholes(SUBSCRIPTION_IDENTIFIER, subscriptionIdentifiers)
}

function readExchange(reader: StoredReader, before: Position): StoredExchange {
  const flags = reader.flags(QOS_2 | RELEASED | RETAIN | HAS_IDENTIFIERS)
  const hasIdentifiers = (flags & HAS_IDENTIFIERS) !== 0
  return {
    packetId: reader.whole(PACKET_ID),
    qos: (flags & QOS_2) === 0 ? 1 : 2,
    position: reader.difference(POSITION, before),
    released: (flags & RELEASED) !== 0,
    retain: (flags & RETAIN) !== 0,
    subscriptionIdentifiers: hasIdentifiers ? reader.wholes(SUBSCRIPTION_IDENTIFIER) : undefined,
  }
}

function flagsOf({ qos, released, retain, subscriptionIdentifiers }: StoredExchange): number {
  return (
    (qos === 2 ? QOS_2 : 0) |
    (released ? RELEASED : 0) |
    (retain ? RETAIN : 0) |
    (subscriptionIdentifiers === undefined ? 0 : HAS_IDENTIFIERS)
  )
}
