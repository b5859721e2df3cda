/** What the suite writes and how it reads it all back. */
import {
  type Append,
  type Engine,
  type LogEntry,
  type Position,
  type RecordOp,
  type Revision,
  type StoredRecord,
  type Table,
  TABLES,
  type Unit,
} from '../engine.ts'
import { claim, committed, growing } from './claims.ts'

/** An append of a text. */
export function said(topic: string, text: string): Append {
  return { topic, bytes: utf8(text) }
}

/** A record to be written with a text, or deleted if that is `null`. */
export function record(key: string, text: string | null, ifRevision?: Revision): RecordOp {
  const value = text === null ? null : utf8(text)
  const op = { table: 'settings', key, value } as const
  return ifRevision === undefined ? op : { ...op, ifRevision }
}

/** The bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The text of bytes, if there are any. */
export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}

/** So many bytes that follow no simple pattern, the same each time for the same seed. */
export function noise(length: number, seed: number): Uint8Array {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1
  return new Uint8Array(length).map(() => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state
  })
}

/** Commits one unit, which must do. @throws {Error} if it does not. */
export async function commitOne(
  engine: Engine,
  unit: Unit,
): Promise<{ positions: readonly Position[]; revisions: readonly Revision[] }> {
  const [outcome] = await engine.commit([unit])
  return committed('A commit of one unit', outcome)
}

/** Appends so many entries of a topic, the texts being `0`, `1` and so on. */
export async function fill(engine: Engine, topic: string, count: number): Promise<Position[]> {
  const appends = Array.from({ length: count }, (_, n) => said(topic, String(n)))
  return [...(await commitOne(engine, { appends })).positions]
}

/** The entries of a shard from a position on, which must be in order and of this shard. */
export async function entriesOf(
  engine: Engine,
  shard: number,
  from: Position = 1,
): Promise<LogEntry[]> {
  const found: LogEntry[] = []
  for await (const entries of engine.log.scan(shard, from)) found.push(...entries)
  const positions = found.map(({ position }) => position)
  growing(`The positions that a scan of shard ${shard} gave`, positions)
  const stray = positions.find((at) => at < from || at % engine.caps.shards !== shard)
  claim(
    stray === undefined,
    `A scan of shard ${shard} from ${from} gave position ${stray}, which does not belong there`,
  )
  return found
}

/** The entries of all shards, by their position. */
export async function wholeLog(engine: Engine): Promise<Map<Position, Uint8Array>> {
  const found = new Map<Position, Uint8Array>()
  for (let shard = 0; shard < engine.caps.shards; shard++) {
    for (const { position, bytes } of await entriesOf(engine, shard)) found.set(position, bytes)
  }
  return found
}

/** The records of a table, by their key. Each must come once. */
export async function recordsOf(engine: Engine, table: Table): Promise<Map<string, StoredRecord>> {
  const found = new Map<string, StoredRecord>()
  for await (const records of engine.records.scan(table)) {
    for (const record of records) {
      const key = JSON.stringify(record.key).slice(0, 100)
      claim(!found.has(record.key), `A scan of table ${table} gave the record ${key} twice`)
      found.set(record.key, record)
    }
  }
  return found
}

/** The records of all tables. */
export async function allRecords(engine: Engine): Promise<Map<Table, Map<string, StoredRecord>>> {
  const found = new Map<Table, Map<string, StoredRecord>>()
  for (const table of TABLES) found.set(table, await recordsOf(engine, table))
  return found
}
