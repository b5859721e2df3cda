/**
 * What a broker asks of the place where it keeps things: a log of messages, records, and commits
 * that hold some of both.
 *
 *     commit([unit, unit, ...]) --> one group on disk --> outcomes, in order
 *
 *     log      shard 0   | 1 2 3 ... 255 | 256 ... 511 | 512 ...      pages of 256 entries
 *     records  table, key -> value and revision
 *
 * A message that many sessions are to get is one entry; each session knows from which position on
 * it reads. Entries never change. When nobody wants any entry of a page any more, the page is
 * released as a whole.
 *
 * The contract is kept by an embedded engine in one process and is made for one over a network too:
 * reads are asynchronous, a position is known only once its entry is durable, entries may lie in
 * several shards that have no order among each other, and records are replaced on condition of
 * their revision, which is how a broker notices that another one has taken over.
 */

/** Where an entry is: a whole number from 1 on. `position % shards` is its shard. */
export type Position = number

/** Which change of a record this is: a whole number from 1 on, greater with each change. */
export type Revision = number

/** The kinds of records. */
export type Table = 'sessions' | 'subscriptions' | 'progress' | 'received' | 'retained' | 'settings'

/** All of them, in the order in which a broker reads them. */
export const TABLES: readonly Table[] = [
  'settings',
  'sessions',
  'subscriptions',
  'progress',
  'received',
  'retained',
]

/** The entries of one page: those of one shard with the same `floor(position / shards / 256)`. */
export const PAGE_ENTRIES = 256

/** An entry to be appended. */
export interface Append {
  /** The Topic Name, which decides the shard: what is said on one topic keeps its order. */
  readonly topic: string
  /** The entry. Read before `commit` returns, so it may be borrowed. */
  readonly bytes: Uint8Array
  /**
   * The same for two appends of one and the same message, of which an engine that cannot commit
   * entries and records together keeps the first only.
   */
  readonly token?: string
}

/** A record to be written or, where `value` is `null`, deleted. */
export interface RecordOp {
  readonly table: Table
  /** Any string, also the empty one. */
  readonly key: string
  /** Read before `commit` returns, so it may be borrowed. */
  readonly value: Uint8Array | null
  /** The revision that the record must have; 0 if there must be none. */
  readonly ifRevision?: Revision
}

/** What is committed whole or not at all, as far as `EngineCaps.atomic` goes. */
export interface Unit {
  readonly appends?: readonly Append[]
  readonly records?: readonly RecordOp[]
}

/** What became of a unit. */
export type Outcome =
  | {
      readonly committed: true
      /** One for each append, in order. */
      readonly positions: readonly Position[]
      /** One for each record, in order; 0 for one that was deleted. */
      readonly revisions: readonly Revision[]
    }
  | {
      /** Nothing of it was done: a record did not have the revision that was expected. */
      readonly committed: false
      /** Which of the unit's records. */
      readonly conflict: number
    }

/** An entry of the log. */
export interface LogEntry {
  readonly position: Position
  /** The reader's to keep. It never changes. */
  readonly bytes: Uint8Array
}

/** A record. */
export interface StoredRecord {
  readonly key: string
  /** The reader's to keep. */
  readonly value: Uint8Array
  readonly revision: Revision
}

/** What an engine promises. */
export interface EngineCaps {
  /**
   * What a commit survives. memory: nothing. os: the death of the process. fsync: that of the
   * machine. quorum: that of a minority of machines. quorum+fsync: that of all at once.
   */
  readonly durability: 'memory' | 'os' | 'fsync' | 'quorum' | 'quorum+fsync'
  /** How many shards the log has. */
  readonly shards: number
  /**
   * What a crash leaves whole. all: a unit. shard: the appends of a unit to one shard, and each
   * record. key: each append and each record. Where it is less than a unit, the appends are done
   * before the records, in order.
   */
  readonly atomic: 'all' | 'shard' | 'key'
}

/** How much there is. */
export interface Usage {
  /** The entries of the log and the bytes in them, released pages left out. */
  readonly logEntries: number
  readonly logBytes: number
  readonly records: number
  /** What it all takes where it is kept, or `undefined` if nobody can tell. */
  readonly bytes: number | undefined
  /** What is left there. */
  readonly bytesFree: number | undefined
}

/** The messages. */
export interface MessageLog {
  /**
   * The lowest position that an entry of this shard may have, and one that is higher than all of
   * them and that the next one will have at least.
   */
  bounds(shard: number): Promise<{ readonly first: Position; readonly next: Position }>

  /**
   * The entries of a shard from a position on, in order, a few at a time: those that were committed
   * when it was called, and perhaps later ones. Whoever breaks off holds nothing open.
   * @throws {StoreError} `corrupt` at an entry that is not what was written.
   */
  scan(shard: number, from: Position): AsyncIterable<readonly LogEntry[]>

  /**
   * The entries at these positions, in this order; `undefined` for one that is not there. They are
   * few hundred at most. @throws {StoreError} `corrupt`.
   */
  read(positions: readonly Position[]): Promise<readonly (Uint8Array | undefined)[]>

  /**
   * Nobody wants any entry of these pages any more; each is named by `pageOf`. The newest page of a
   * shard may be among them, if everything in it is unwanted; entries that come later are not
   * concerned. Done in the order of the commits, after those that were begun before; an engine may
   * put it off, and may do it by halves if it is closed or crashes, for it frees space and means
   * nothing else.
   */
  release(pages: readonly number[]): void
}

/** The records. */
export interface RecordStore {
  /** One record. @throws {StoreError} `corrupt`. */
  get(table: Table, key: string): Promise<StoredRecord | undefined>

  /**
   * All of a table, each once, in no particular order, a few at a time. @throws {StoreError}
   * `corrupt`.
   */
  scan(table: Table): AsyncIterable<readonly StoredRecord[]>
}

/** A place to keep things in, open. Close it by disposing of it. */
export interface Engine extends AsyncDisposable {
  readonly caps: EngineCaps
  readonly log: MessageLog
  readonly records: RecordStore

  /**
   * Makes these units durable, in this order and behind those of earlier calls, whether or not
   * those are finished: an engine puts what gathers meanwhile into one group. A conflict undoes its
   * own unit and no other.
   * @throws {StoreError} `full`: nothing of this call was done, and it may be tried again later.
   *   `failed`: nobody knows what was done, nothing will be done any more, and every later call
   *   fails alike. `corrupt`: a record of which the revision is asked for is damaged; nothing was
   *   done. `closed`.
   */
  commit(units: readonly Unit[]): Promise<readonly Outcome[]>

  /** How much there is. */
  usage(): Promise<Usage>

  /** Finishes what was begun, then closes. Every call gets the same promise. */
  close(): Promise<void>
}

/** The page of an entry, in a log of so many shards. */
export function pageOf(position: Position, shards: number): number {
  const offset = Math.floor(position / shards)
  return Math.floor(offset / PAGE_ENTRIES) * shards + (position % shards)
}

/** The lowest position that an entry of a page can have. */
export function firstOf(page: number, shards: number): Position {
  return Math.floor(page / shards) * PAGE_ENTRIES * shards + (page % shards)
}
