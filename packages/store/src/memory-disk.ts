/**
 * What lies on the disk of the engine in memory: shards, tables, and what is known of tokens. A
 * change is there or it is not; who waits for what is the engine's business.
 */
import {
  type Append,
  type EngineCaps,
  type LogEntry,
  type Outcome,
  type Position,
  type RecordOp,
  type Revision,
  type StoredRecord,
  type Table,
  TABLES,
  type Unit,
} from './engine.ts'
import { MemoryShard } from './memory-shard.ts'
import { StoreError } from './store-error.ts'

/** How a disk is laid out, which is decided when it is opened for the first time. */
export type DiskLayout = Pick<EngineCaps, 'shards' | 'atomic'>

/** The disk. The bytes of what is applied to it are its own from there on. */
export class MemoryDisk {
  readonly layout: DiskLayout
  readonly #shards: readonly MemoryShard[]
  readonly #tables: ReadonlyMap<Table, Map<string, StoredRecord>>
  readonly #tokens = new Map<string, Position>()
  /** The bytes that are not what was written. */
  readonly #corrupt = new Set<Uint8Array>()
  #lastRevision: Revision = 0
  #recordBytes = 0

  /** An empty one. @throws {RangeError} if the number of shards is not a whole one from 1 on. */
  constructor(layout: DiskLayout) {
    if (!Number.isSafeInteger(layout.shards) || layout.shards < 1) {
      throw new RangeError(`A log has a whole number of shards, from 1 on: got ${layout.shards}`)
    }
    this.layout = layout
    this.#shards = Array.from(
      { length: layout.shards },
      (_, n) => new MemoryShard(n, layout.shards),
    )
    this.#tables = new Map(TABLES.map((table) => [table, new Map()]))
  }

  /** How many entries there are, how many bytes in them, how many records, and bytes in all. */
  get size(): { logEntries: number; logBytes: number; records: number; bytes: number } {
    const logEntries = sum(this.#shards.map((shard) => shard.entries))
    const logBytes = sum(this.#shards.map((shard) => shard.bytes))
    const records = sum([...this.#tables.values()].map((table) => table.size))
    return { logEntries, logBytes, records, bytes: logBytes + this.#recordBytes }
  }

  /** A shard. @throws {RangeError} if there is none of this number. */
  shard(number: number): MemoryShard {
    const shard = this.#shards[number]
    if (shard !== undefined) return shard
    throw new RangeError(`There is no shard ${number}: this log has ${this.#shards.length}`)
  }

  /** The keys of a table. @throws {RangeError} if there is none of this name. */
  keys(table: Table): IterableIterator<string> {
    return this.#table(table).keys()
  }

  /** A record; `undefined` if it is not there. @throws {StoreError} `corrupt`. */
  record(table: Table, key: string): StoredRecord | undefined {
    const record = this.#table(table).get(key)
    if (record === undefined || !this.#corrupt.has(record.value)) return record
    throw new StoreError('corrupt', corruptRecord(table, key))
  }

  /** An entry; `undefined` if it is not there. @throws {StoreError} `corrupt`. */
  entry(position: Position): Uint8Array | undefined {
    const bytes = this.#shards[position % this.#shards.length]?.at(position)
    if (bytes === undefined || !this.#corrupt.has(bytes)) return bytes
    throw new StoreError('corrupt', corruptEntry(position))
  }

  /**
   * The first few entries of a shard from a position on and before another one.
   * @throws {StoreError} `corrupt` if the very first one is; a later one ends the list.
   */
  entriesFrom(shard: number, from: Position, until: Position): readonly LogEntry[] {
    const entries = this.shard(shard).entriesFrom(from, until, AT_ONCE)
    const corrupt = entries.findIndex(({ bytes }) => this.#corrupt.has(bytes))
    if (corrupt !== 0) return corrupt < 0 ? entries : entries.slice(0, corrupt)
    throw new StoreError('corrupt', corruptEntry(entries[0]?.position ?? from))
  }

  /** Does all of a unit, or nothing of it if there is a conflict. */
  apply({ appends = [], records = [] }: Unit): Outcome {
    const conflict = records.findIndex((record) => this.#conflicts(record))
    if (conflict >= 0) return { committed: false, conflict }
    const positions = appends.map((append) => this.#append(append))
    return { committed: true, positions, revisions: records.map((record) => this.#write(record)) }
  }

  /** Does the first few parts of a unit, which are what a crash leaves whole. */
  applyParts(unit: Unit, parts: number): void {
    if (unit.records?.some((record) => this.#conflicts(record)) === true) return
    for (const part of this.#partsOf(unit).slice(0, parts)) this.apply(part)
  }

  /** Makes an entry or a value one that is not what was written. */
  spoil(bytes: Uint8Array): void {
    this.#corrupt.add(bytes)
  }

  /** Lets go what is in a page. */
  release(page: number): void {
    this.#shards[page % this.#shards.length]?.release(page)
  }

  /** In which shard the entries of a topic are. */
  shardOf(topic: string): number {
    return this.#shards.length === 1 ? 0 : hash(topic) % this.#shards.length
  }

  /** Appends, one by one or those to one shard together, and then each record. */
  #partsOf({ appends = [], records = [] }: Unit): readonly Unit[] {
    const together = new Map<number, Append[]>()
    for (const [at, append] of appends.entries()) {
      const part = this.layout.atomic === 'key' ? at : this.shardOf(append.topic)
      together.set(part, [...(together.get(part) ?? []), append])
    }
    return [
      ...[...together.values()].map((appends) => ({ appends })),
      ...records.map((record) => ({ records: [record] })),
    ]
  }

  #conflicts({ table, key, ifRevision }: RecordOp): boolean {
    if (ifRevision === undefined) return false
    return ifRevision !== (this.#table(table).get(key)?.revision ?? 0)
  }

  #append({ topic, bytes, token }: Append): Position {
    if (token === undefined || this.layout.atomic === 'all') return this.#appendTo(topic, bytes)
    const position = this.#tokens.get(token) ?? this.#appendTo(topic, bytes)
    this.#tokens.set(token, position)
    const [oldest] = this.#tokens.size > TOKENS_MAX ? this.#tokens.keys() : []
    if (oldest !== undefined) this.#tokens.delete(oldest)
    return position
  }

  #appendTo(topic: string, bytes: Uint8Array): Position {
    return this.shard(this.shardOf(topic)).append(bytes)
  }

  #write({ table: name, key, value }: RecordOp): Revision {
    const table = this.#table(name)
    this.#recordBytes -= table.get(key)?.value.length ?? 0
    if (value === null) {
      table.delete(key)
      return 0
    }
    this.#recordBytes += value.length
    const revision = ++this.#lastRevision
    table.set(key, { key, value, revision })
    return revision
  }

  #table(name: Table): Map<string, StoredRecord> {
    const table = this.#tables.get(name)
    if (table !== undefined) return table
    throw new RangeError(`There is no table ${name}: the tables are ${TABLES.join(', ')}`)
  }
}

/** Few, so that a reader is between two batches often, as it is with a disk. */
const AT_ONCE = 64

/** Tokens are for what is tried again after a moment, so old ones are forgotten. */
const TOKENS_MAX = 65_536

function corruptEntry(position: Position): string {
  return `The entry at position ${position} of the memory log is not what was written`
}

function corruptRecord(table: Table, key: string): string {
  return `The record ${JSON.stringify(key)} of table ${table} in memory is not what was written`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** FNV-1a over the code units. */
function hash(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
