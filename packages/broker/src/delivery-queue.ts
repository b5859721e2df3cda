/**
 * What waits for one session, oldest first.
 *
 *     stored: in the log, by position  |  recent: in memory
 *
 * Of a session that is not durable everything is recent. Of a durable one what has its place in the
 * log is stored where nobody takes it soon, and then it takes three bytes.
 */
import type { Backlog } from './backlog.ts'
import type { Delivery } from './delivery.ts'
import type { Journal } from './journal.ts'
import { JournalEntry } from './journal-entry.ts'
import type { QueuedPosition } from './position-queue.ts'
import type { RouteTerms } from './route.ts'
import { StoredBacklog } from './stored-backlog.ts'
import type { StoredBacklogOwner } from './stored-backlog.ts'
import { WaitingMessages } from './waiting-messages.ts'
import type { QueuedBytes } from './waiting-messages.ts'

/** From how many bytes on recent messages are stored although the client is connected. */
const RECENT_BYTES_MAX = 256 * 1024

/** What was taken out to be lost: its place in the log, if it has one. */
export type Dropped = Pick<Delivery, 'entry'>

/** The queue of one session. */
export class DeliveryQueue {
  readonly #queued: QueuedBytes
  #recent: WaitingMessages
  #stored: StoredBacklog | undefined
  #journal: Journal | undefined

  /** `queued` counts what waits in all sessions. */
  constructor(queued: QueuedBytes) {
    this.#queued = queued
    this.#recent = new WaitingMessages(queued)
  }

  /** How many wait. */
  get length(): number {
    return this.#recent.length + (this.#stored?.length ?? 0)
  }

  /** The bytes of all of them. */
  get bytes(): number {
    return this.#recent.bytes + (this.#stored?.bytes ?? 0)
  }

  /** Whether some are in the log only. */
  get hasStored(): boolean {
    return this.#stored !== undefined && this.#stored.length > 0
  }

  /** Whether none waits. */
  get isEmpty(): boolean {
    return this.length === 0
  }

  /** The session has become durable. */
  keepIn(journal: Journal, owner: StoredBacklogOwner): void {
    this.#journal = journal
    this.#stored ??= new StoredBacklog(owner)
  }

  /** Adds one behind all others. */
  push(delivery: Delivery): void {
    this.#recent.push(delivery)
  }

  /** Adds one that was found in the log, behind all others. */
  pushStored(position: number, bytes: number, terms: RouteTerms): void {
    this.#stored?.push(position, bytes, terms)
  }

  /**
   * The oldest, if it can be sent: it was read, and at QoS 2 it has its place in the log, by which
   * it is known after a crash.
   */
  peek(): Delivery | undefined {
    if (this.#stored !== undefined && this.#stored.length > 0) return this.#stored.peek()
    const oldest = this.#recent.peek()
    if (oldest?.qos !== 2 || oldest.entry === undefined) return oldest
    const { stage } = oldest.entry
    return stage === 'gathered' || stage === 'committing' ? undefined : oldest
  }

  /** Takes out what `peek` gave. */
  shift(): void {
    if (this.#stored !== undefined && this.#stored.length > 0) this.#stored.shift()
    else this.#recent.shift()
  }

  /** The instant at which the oldest expires, if that is known without reading. */
  get expiresAt(): number {
    if (this.#stored !== undefined && this.#stored.length > 0) return Infinity
    return this.#recent.peek()?.message?.expiresAt ?? Infinity
  }

  /** Takes the oldest out, to be lost; `undefined` if there is none. */
  drop(): Dropped | undefined {
    if (this.#stored !== undefined && this.#stored.length > 0) {
      const entry = JournalEntry.at(this.#stored.shift())
      this.#journal?.letGo(entry)
      return { entry }
    }
    const oldest = this.#recent.shift()
    if (oldest?.entry !== undefined) this.#journal?.letGo(oldest.entry)
    return oldest
  }

  /** Takes those out for which there was no room in the log; returns how many. */
  dropLost(): number {
    return this.#recent.withdraw(({ entry }) => entry?.stage === 'lost').length
  }

  /** Takes those out of memory that are chosen. */
  withdraw(choose: (delivery: Delivery) => boolean): readonly Delivery[] {
    return this.#recent.withdraw(choose)
  }

  /** Nobody takes them soon, or they are many: what has its place in the log leaves memory. */
  store(isAway: boolean): void {
    const stored = this.#stored
    if (stored === undefined) return
    if (isAway) stored.rest()
    else if (this.#recent.bytes < RECENT_BYTES_MAX) return
    for (;;) {
      const oldest = this.#recent.peek()
      if (oldest?.entry === undefined || oldest.entry.stage !== 'durable') return
      this.#recent.shift()
      stored.push(oldest.entry.position, oldest.bytes, oldest.terms)
    }
  }

  /** Takes all of memory out, for somebody else to keep. */
  takeRecent(): Backlog<Delivery> {
    const recent = this.#recent
    recent.release()
    this.#recent = new WaitingMessages(this.#queued)
    return recent
  }

  /** Whether one in memory has no place in the log yet. */
  get awaitsEntry(): boolean {
    for (const { entry } of this.#recent) {
      if (entry?.stage === 'gathered' || entry?.stage === 'committing') return true
    }
    return false
  }

  /** Those that are in the log only, oldest first, which come before all others. */
  stored(): Iterable<QueuedPosition<RouteTerms>> {
    return this.#stored ?? []
  }

  /** All that are in memory, oldest first. */
  recent(): Iterable<Delivery> {
    return this.#recent
  }

  /** Forgets everything. */
  clear(): void {
    this.#recent.release()
    this.#recent.clear()
    this.#stored = undefined
  }

  /** Gives back what it has stored, and has no stored part any more. */
  takeStored(): StoredBacklog | undefined {
    const stored = this.#stored
    this.#stored = undefined
    return stored
  }
}
