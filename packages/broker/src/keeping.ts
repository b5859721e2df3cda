/**
 * What is on disk of one session: its record, its subscriptions, the identifiers that it received,
 * and how far it has come. Whoever changes the session says so here, and waits for the journal
 * before telling the client.
 */
import type { PacketIdentifier, WillMessage } from '@godwit/codec'
import type { RecordOp, Revision } from '@godwit/store'
import type { Journal } from './journal.ts'
import type { ClientInfo } from './observers.ts'
import type { Predecessors } from './predecessors.ts'
import type { Recorded } from './recorded.ts'
import type { HeldSubscription } from './route.ts'
import { encodeProgress, encodeSession, encodeSubscription } from './stored/index.ts'
import type { StoredProgress, StoredSession, StoredSubscription } from './stored/index.ts'

/** The session behind it. */
export interface Kept {
  readonly client: ClientInfo
  /** How far it has come. */
  progress(): StoredProgress
  /** A subscription is to be written again. */
  storeSubscription(filter: string): void
  /** Another broker has taken the session over. */
  fenced(): void
}

/** What is known of a session that is connected, or was. */
export interface Stay {
  readonly expirySeconds: number
  readonly will: WillMessage | undefined
}

/** The records of one session. */
export class Keeping implements Recorded {
  /** Never used for another session. */
  readonly number: number
  readonly #journal: Journal
  readonly #kept: Kept
  /** The session's record as it was last written. */
  #stored: StoredSession | undefined
  /** QoS 2 identifiers that are in the store. */
  readonly #received = new Set<PacketIdentifier>()
  /** How many were released, which is not durable yet. */
  #releasing = 0
  /** Since when each subscription is valid. */
  readonly #since = new Map<string, readonly number[]>()
  /** Of the session's record; `undefined` while a write is under way. */
  #revision: Revision | undefined = 0
  /** How many of those. */
  #writes = 0
  #outlives = false
  #ended = false

  constructor(journal: Journal, number: number, kept: Kept) {
    this.#journal = journal
    this.number = number
    this.#kept = kept
  }

  /** Whether the session is to outlive a connection: else it is here for its will only. */
  get outlives(): boolean {
    return this.#outlives
  }

  /** Whether there are identifiers of which the next connection must not be in doubt. */
  get hasReceived(): boolean {
    return this.#received.size + this.#releasing > 0
  }

  /** Its client is connected. */
  connected({ expirySeconds, will }: Stay): void {
    this.#outlives ||= expirySeconds > 0
    this.#write({ expirySeconds, will, leftAt: undefined })
  }

  /** Its client is gone. `leftAt` is an instant. */
  left({ expirySeconds, will }: Stay, leftAt: number): void {
    if (expirySeconds === 0) return // It ends.
    this.#write({ expirySeconds, will, leftAt: this.#journal.timeOfDay.at(leftAt) })
    this.#journal.touch(this)
  }

  /** Its will is published. */
  willPublished(): void {
    if (!this.#ended && this.#stored?.will !== undefined)
      this.#write({ ...this.#stored, will: undefined })
  }

  /** It could not be stored after all. */
  willNotPublished(will: WillMessage): void {
    if (!this.#ended && this.#stored !== undefined) this.#write({ ...this.#stored, will })
  }

  /** It was read from the store. */
  restored(stored: StoredSession, revision: Revision): void {
    this.#stored = stored
    this.#revision = revision
    this.#outlives = stored.expirySeconds > 0
  }

  /** One of its subscriptions was. */
  restoredSubscription({ filter, since }: StoredSubscription): void {
    this.#since.set(filter, since)
  }

  /** An identifier was. */
  restoredReceived(packetId: PacketIdentifier): void {
    this.#received.add(packetId)
  }

  /** From which position of its shard on a subscription is valid. */
  isSince(filter: string, position: number): boolean {
    const since = this.#since.get(filter)
    return since !== undefined && (since[position % this.#journal.shards] ?? 0) <= position
  }

  /** It has a subscription, new or changed: what came before it, stays before it. */
  subscribed(held: HeldSubscription, replaying: boolean): void {
    const { filter } = held
    const since = this.#since.get(filter) ?? this.#begin(filter)
    const value = encodeSubscription({ ...held, since, replaying })
    this.#journal.write({ table: 'subscriptions', key: this.#subscriptionKey(filter), value })
  }

  /** What has no place yet when a subscription begins comes before it, wherever that will be. */
  #begin(filter: string): readonly number[] {
    const journal = this.#journal
    const since = [...journal.ends]
    this.#since.set(filter, since)
    const before = journal.undurable()
    if (before !== undefined) journal.when({ durable: () => this.#move(filter, since, before) })
    return since
  }

  #move(filter: string, since: number[], { ends }: Predecessors): void {
    if (this.#since.get(filter) !== since) return
    let hasMoved = false
    for (const [shard, end] of ends.entries()) {
      if (end <= (since[shard] ?? 0)) continue
      since[shard] = end
      hasMoved = true
    }
    if (hasMoved) this.#kept.storeSubscription(filter)
  }

  /** It gave one up. */
  unsubscribed(filter: string): void {
    this.#since.delete(filter)
    const key = this.#subscriptionKey(filter)
    this.#journal.write({ table: 'subscriptions', key, value: null })
  }

  /** It received a message of QoS 2 that is stored. */
  received(packetId: PacketIdentifier): void {
    this.#received.add(packetId)
    this.#journal.write({ table: 'received', key: this.#receivedKey(packetId), value: RECEIVED })
  }

  /** The identifier is released; returns whether it was stored. */
  released(packetId: PacketIdentifier): boolean {
    if (!this.#received.delete(packetId)) return false
    this.#releasing++
    this.#journal.when({ durable: () => void this.#releasing-- })
    this.#journal.write({ table: 'received', key: this.#receivedKey(packetId), value: null })
    return true
  }

  /** How far it has come has changed, and that may wait. */
  moved(): void {
    if (!this.#ended) this.#journal.touchLater(this)
  }

  /** How far it has come is to be written with the next commit. */
  commit(): void {
    if (!this.#ended) this.#journal.touch(this)
  }

  /** See {@link Recorded}. */
  record(records: RecordOp[]): void {
    if (this.#ended || !this.#outlives) return
    const value = encodeProgress(this.#kept.progress())
    records.push({ table: 'progress', key: String(this.number), value })
  }

  /** The session has ended: nothing is left of it. */
  end(): void {
    this.#ended = true
    const journal = this.#journal
    journal.forget(this)
    // In line with the records of the session before and after it.
    const { clientId } = this.#kept.client
    journal.writeIf({ op: { table: 'sessions', key: clientId, value: null }, done: () => {} })
    journal.clear('progress', String(this.number))
    for (const filter of this.#since.keys()) {
      journal.clear('subscriptions', this.#subscriptionKey(filter))
    }
    for (const packetId of this.#received) {
      journal.clear('received', this.#receivedKey(packetId))
    }
    this.#since.clear()
    this.#received.clear()
  }

  #write({ expirySeconds, will, leftAt }: Stay & Pick<StoredSession, 'leftAt'>): void {
    if (this.#ended) return
    const { clientId, version, username, principal } = this.#kept.client
    const { number } = this
    const stored = { clientId, number, version, username, principal, expirySeconds, leftAt, will }
    this.#stored = stored
    const op: RecordOp = { table: 'sessions', key: clientId, value: encodeSession(stored) }
    const revision = this.#revision
    this.#revision = undefined
    this.#writes++
    this.#journal.writeIf({
      // While an earlier write is under way its revision is not known, and it is ours.
      op: revision === undefined ? op : { ...op, ifRevision: revision },
      done: (now) => this.#written(now),
    })
  }

  #written(revision: Revision | undefined): void {
    this.#writes--
    if (revision === undefined) {
      this.#ended = true // What is in the store is somebody else's.
      this.#kept.fenced()
    }
    if (this.#writes === 0) this.#revision = revision
  }

  #subscriptionKey(filter: string): string {
    return `${this.number}/${filter}`
  }

  #receivedKey(packetId: PacketIdentifier): string {
    return `${this.number}/${packetId}`
  }
}

const RECEIVED = new Uint8Array([1])
