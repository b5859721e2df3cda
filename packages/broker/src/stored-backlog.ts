/**
 * What waits for a durable session in the log, oldest first: the first few with their messages, as
 * soon as these were read, and the positions of all others.
 *
 *     front      | m m m m m m . . .          m: read
 *     positions  | p p p p p p p p p p ...    3 bytes each
 */
import { Backlog } from './backlog.ts'
import { Delivery, deliveredQoS } from './delivery.ts'
import { JournalEntry } from './journal-entry.ts'
import type { LogMessage } from './log-message.ts'
import { PositionQueue } from './position-queue.ts'
import type { QueuedPosition } from './position-queue.ts'
import type { RouteTerms } from './route.ts'

/** Whom it asks for messages, and tells that they have come. */
export interface StoredBacklogOwner {
  /** Reads from the log. Never rejects: `undefined` if the store has failed. */
  read(positions: readonly number[]): Promise<readonly (LogMessage | undefined)[] | undefined>
  /** There may be something to take. */
  loaded(): void
}

/** How many are read at a time, and in how many bytes. */
const READ_MAX = 128
const READ_BYTES_MAX = 256 * 1024
/** From how few on more are read. */
const READ_MIN = 64

/** The stored part of what waits for one session. */
export class StoredBacklog {
  readonly #owner: StoredBacklogOwner
  readonly #positions = new PositionQueue<RouteTerms>()
  readonly #front = new Backlog<Stored>()
  /** How many of the front were read, from its beginning. */
  #read = 0
  #reading = false

  constructor(owner: StoredBacklogOwner) {
    this.#owner = owner
  }

  /** How many wait. */
  get length(): number {
    return this.#front.length + this.#positions.length
  }

  /** The sum of their sizes. */
  get bytes(): number {
    return this.#front.bytes + this.#positions.bytes
  }

  /** Adds one behind all others. */
  push(position: number, bytes: number, terms: RouteTerms): void {
    this.#positions.push(position, bytes, terms)
  }

  /** The oldest, if it was read; else it will be. */
  peek(): Delivery | undefined {
    if (this.#read < READ_MIN && !this.#reading) this.#readOn()
    return this.#front.peek()?.delivery
  }

  /** Takes the oldest out; returns its position, 0 if there is none. */
  shift(): number {
    if (this.#front.isEmpty) return this.#positions.shift()?.position ?? 0
    if (this.#read > 0) this.#read--
    return this.#front.shift()?.position ?? 0
  }

  /** Lets go of the messages that were read: nobody will take them soon. */
  rest(): void {
    for (const stored of this.#front) stored.delivery = undefined
    this.#read = 0
  }

  /** All that wait, with their terms. It may not be changed meanwhile. */
  *[Symbol.iterator](): IterableIterator<QueuedPosition<RouteTerms>> {
    for (const { position, bytes: size, terms } of this.#front) yield { position, size, terms }
    yield* this.#positions
  }

  #readOn(): void {
    const wanted: Stored[] = []
    let bytes = 0
    for (const stored of this.#front) {
      if (stored.delivery !== undefined) continue
      wanted.push(stored)
      bytes += stored.bytes
    }
    while (wanted.length < READ_MAX && bytes < READ_BYTES_MAX) {
      const next = this.#positions.shift()
      if (next === undefined) break
      const stored = new Stored(next.position, next.size, next.terms)
      this.#front.push(stored)
      wanted.push(stored)
      bytes += next.size
    }
    if (wanted.length > 0) void this.#readAll(wanted)
  }

  async #readAll(wanted: readonly Stored[]): Promise<void> {
    this.#reading = true
    const found = await this.#owner.read(wanted.map(({ position }) => position))
    if (found === undefined) return
    this.#reading = false
    for (const [index, stored] of wanted.entries()) stored.found(found[index])
    this.#read = 0
    for (const { delivery } of this.#front) {
      if (delivery === undefined) break
      this.#read++
    }
    this.#owner.loaded()
  }
}

/** One that waits. */
class Stored {
  readonly position: number
  readonly bytes: number
  readonly terms: RouteTerms
  /** Once it was read. */
  delivery: Delivery | undefined

  constructor(position: number, bytes: number, terms: RouteTerms) {
    this.position = position
    this.bytes = bytes
    this.terms = terms
  }

  found(message: LogMessage | undefined): void {
    this.delivery = deliveryOf(this, message)
  }
}

/** One that waits, with its message as it was found; what is not in the log has none. */
export function deliveryOf(
  { position, bytes, terms }: Pick<Stored, 'position' | 'bytes' | 'terms'>,
  found: LogMessage | undefined,
): Delivery {
  const message = found?.message
  const entry = message?.entry ?? JournalEntry.at(position)
  if (found === undefined || message === undefined) {
    const lost = new Delivery(undefined, { terms, qos: 1, retain: false }, entry, bytes)
    lost.missing = true
    return lost
  }
  const { audience } = found
  const addressed = audience.type === 'session'
  const retain = addressed ? audience.retain : terms.retainAsPublished && message.retain
  const qos = deliveredQoS(message, terms) === 2 ? 2 : 1
  return new Delivery(message, { terms, qos, retain }, entry)
}
