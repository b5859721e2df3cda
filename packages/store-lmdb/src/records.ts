/** Reads records, each of which is compared with its CRC, and with the key that was asked for. */
import type { RecordStore, StoredRecord, Table } from '@godwit/store'
import { corruption } from './corruption.ts'
import type { Tree } from './environment.ts'
import { frameEnd, frameFault, framed, frameNumber, recordKey } from './frames.ts'
import { keyBytesOf, keyOf, recordKeyOf, TABLE_BYTES } from './keys.ts'

/** What the records need of the engine. */
export interface RecordsContext {
  readonly directory: string
  /** @throws {StoreError} `closed`. */
  environment(): Tree
}

/** The records. */
export class LmdbRecords implements RecordStore {
  readonly #context: RecordsContext

  constructor(context: RecordsContext) {
    this.#context = context
  }

  async get(table: Table, key: string): Promise<StoredRecord | undefined> {
    const bytes = keyBytesOf(key)
    const tableAndKey = new Uint8Array(1 + bytes.length)
    tableAndKey[0] = TABLE_BYTES[table]
    tableAndKey.set(bytes, 1)
    return this.#read(recordKeyOf(tableAndKey), tableAndKey)
  }

  async *scan(table: Table): AsyncGenerator<readonly StoredRecord[]> {
    let start = Uint8Array.of(TABLE_BYTES[table])
    const end = Uint8Array.of(TABLE_BYTES[table] + 1)
    for (;;) {
      const keys = this.#context.environment().keys(start, end, BATCH_RECORDS)
      const { records, last } = this.#some(keys)
      if (last === undefined) return
      if (records.length > 0) yield records
      start = new Uint8Array(last.length + 1)
      start.set(last)
    }
  }

  /** The revision of a record, 0 if there is none. @throws {StoreError} `corrupt`. */
  revisionOf(tableAndKey: Uint8Array): number {
    return this.#read(recordKeyOf(tableAndKey), tableAndKey)?.revision ?? 0
  }

  #some(keys: readonly Uint8Array[]): { records: StoredRecord[]; last: Uint8Array | undefined } {
    const records: StoredRecord[] = []
    let last: Uint8Array | undefined
    let bytes = 0
    for (const key of keys) {
      const record = this.#read(key)
      if (record !== undefined) records.push(record)
      last = key
      bytes += key.length + (record?.value.length ?? 0)
      if (bytes >= BATCH_BYTES) break
    }
    return { records, last }
  }

  /** The record with this key in LMDB, which must be the one that is expected, if one is. */
  #read(key: Uint8Array, expected?: Uint8Array): StoredRecord | undefined {
    const value = this.#context.environment().get(key)
    if (value === undefined) return undefined
    const frame = framed(value)
    const fault = frameFault(frame, 0)
    if (fault !== undefined) throw this.#corruption(key, fault)
    const { start, end } = recordKey(frame.view, 0)
    const found = value.subarray(start, end)
    if (!isSame(expected ?? recordKeyOf(found), expected === undefined ? key : found)) {
      throw this.#corruption(key, `what is there belongs to ${placeOf(found)}`)
    }
    return {
      key: keyOf(found.subarray(1)),
      value: value.slice(end, frameEnd(frame.view, 0)),
      revision: frameNumber(frame.view, 0),
    }
  }

  #corruption(key: Uint8Array, what: string): Error {
    return corruption(this.#context.directory, placeOf(key), what)
  }
}

/** How much a scan gives at once. */
const BATCH_RECORDS = 256
const BATCH_BYTES = 256 * 1024

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** Such as `the record "a/b" of the table retained`. */
function placeOf(tableAndKey: Uint8Array): string {
  const table = Object.entries(TABLE_BYTES).find(([, byte]) => byte === tableAndKey[0])?.[0]
  const key = JSON.stringify(keyOf(tableAndKey.subarray(1)))
  return `the record ${key} of the table ${table ?? tableAndKey[0]}`
}
