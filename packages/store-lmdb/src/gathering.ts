/**
 * What comes while the group before is being written. All bytes are copied once, on arrival, into
 * frames that lack their number and CRC; those follow when the group is sealed.
 *
 *     entries  | frame | frame | frame | ...      of all units one behind the other: envelopes
 *     records  | frame | frame | ...
 */
import type { Outcome, Table, Unit } from '@godwit/store'
import {
  FRAME_HEAD,
  type Framed,
  framed,
  RECORD_HEAD,
  writeLength,
  writeRecordHead,
} from './frames.ts'
import { keyBytesOf, TABLE_BYTES } from './keys.ts'

/** A change of a record that was asked for. */
export interface GatheredRecord {
  readonly table: Table
  readonly key: string
  /** Where its frame is. */
  readonly at: number
  readonly isDeleted: boolean
  readonly ifRevision: number | undefined
}

/** A unit, by what is copied of it. */
export interface GatheredUnit {
  /** Its entries: those from `firstEntry` on, so many. */
  readonly firstEntry: number
  readonly entries: number
  readonly records: readonly GatheredRecord[]
}

/** A call of `commit` that waits. */
export interface Call {
  readonly units: readonly GatheredUnit[]
  /** Whether it appends, and whether it writes records that are not deletions. */
  readonly hasEntries: boolean
  readonly hasValues: boolean
  readonly resolve: (outcomes: readonly Outcome[]) => void
  readonly reject: (error: Error) => void
}

/** A page to be released, but for what was appended after that was asked for. */
export interface Release {
  readonly page: number
  /** How many entries of the gathering came before. */
  readonly entriesBefore: number
}

/** A group that is not sealed. */
export class Gathering {
  readonly calls: Call[] = []
  readonly releases: Release[] = []
  /** Where each entry's frame is. */
  readonly entriesAt: number[] = []
  readonly entryFrames: Frames = new Frames()
  readonly recordFrames: Frames = new Frames()

  /** What it takes in memory, and on disk at least. */
  get bytes(): number {
    return this.entryFrames.length + this.recordFrames.length
  }

  /** Whether it has nothing to write. */
  get isEmpty(): boolean {
    return this.calls.length === 0
  }

  /** Adds a call and copies what it has. */
  add(
    units: readonly Unit[],
    resolve: (outcomes: readonly Outcome[]) => void,
    reject: (error: Error) => void,
  ): void {
    const before = this.entriesAt.length
    const gathered = units.map((unit) => this.#copy(unit))
    const hasEntries = this.entriesAt.length > before
    const hasValues = gathered.some(({ records }) => records.some((one) => !one.isDeleted))
    this.calls.push({ units: gathered, hasEntries, hasValues, resolve, reject })
  }

  #copy({ appends = [], records = [] }: Unit): GatheredUnit {
    const firstEntry = this.entriesAt.length
    for (const { bytes } of appends) {
      const at = this.entryFrames.add(bytes.length)
      this.entryFrames.framed.bytes.set(bytes, at + FRAME_HEAD)
      this.entriesAt.push(at)
    }
    const copies = records.map(({ table, key, value, ifRevision }) => {
      const at = this.#copyRecord(TABLE_BYTES[table], keyBytesOf(key), value ?? NOTHING)
      return { table, key, at, isDeleted: value === null, ifRevision }
    })
    return { firstEntry, entries: appends.length, records: copies }
  }

  #copyRecord(table: number, key: Uint8Array, value: Uint8Array): number {
    const at = this.recordFrames.add(RECORD_HEAD + key.length + value.length)
    const { bytes, view } = this.recordFrames.framed
    const keyAt = at + FRAME_HEAD + RECORD_HEAD
    writeRecordHead(view, keyAt - RECORD_HEAD, table, key.length)
    bytes.set(key, keyAt)
    bytes.set(value, keyAt + key.length)
    return at
  }
}

/** Frames one behind the other, in bytes that grow. */
export class Frames {
  #framed: Framed = NO_BYTES
  #length = 0

  /** The bytes, of which the first `length` are in use. They are others after `add`. */
  get framed(): Framed {
    return this.#framed
  }

  get length(): number {
    return this.#length
  }

  /** Makes room for a frame with a body of this length, writes the length, and tells where. */
  add(bodyLength: number): number {
    const at = this.#length
    this.#length += FRAME_HEAD + bodyLength
    if (this.#length > this.#framed.bytes.length) this.#grow()
    writeLength(this.#framed.view, at, bodyLength)
    return at
  }

  #grow(): void {
    const bytes = new Uint8Array(Math.max(BYTES_MIN, 2 ** Math.ceil(Math.log2(this.#length))))
    bytes.set(this.#framed.bytes)
    this.#framed = framed(bytes)
  }
}

const BYTES_MIN = 4096
const NO_BYTES = framed(new Uint8Array(0))
const NOTHING = new Uint8Array(0)
