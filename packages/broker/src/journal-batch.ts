/**
 * What gathers for one commit: entries, records, and who waits for them to be durable.
 *
 *     entries, records | conditional | conditional | ... | leftovers      units, in this order
 *
 * A crash may leave the first few units only. So a will is in the log before the record that holds
 * it is gone, and the record of a session is gone before what belongs to it.
 */
import type { PublishLayout } from '@godwit/codec'
import type { Append, Outcome, Position, RecordOp, Revision, Unit } from '@godwit/store'
import { sizeOf } from './delivery.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { LogPages } from './log-pages.ts'
import type { Message } from './message.ts'
import { entryHeaderLength, writeEntryHeader } from './stored/index.ts'
import type { EntryHeader } from './stored/index.ts'
import { copyPacket, storedLayout, storedVersion } from './stored-packet.ts'
import type { TimeOfDay } from './time-of-day.ts'

/** Somebody who waits for a commit. */
export interface Waiting {
  /** What was asked for in the same turn is durable. */
  durable(): void
  /** There was no room for the entries that were gathered with it. Records are tried again. */
  full?(): void
}

/** A record that is written on condition, apart from everything else. */
export interface ConditionalOp {
  readonly op: RecordOp
  /** What became of it; `undefined` for a conflict. */
  readonly done: (revision: Revision | undefined) => void
}

/** One batch. */
export class JournalBatch {
  readonly entries: JournalEntry[] = []
  records: RecordOp[] = []
  conditional: ConditionalOp[] = []
  /** Records that nobody looks for any more once the conditional ones are written. */
  leftovers: RecordOp[] = []
  waiting: Waiting[] = []
  /** The bytes of the messages, roughly. */
  bytes = 0

  /** Whether there is nothing to write. */
  get isEmpty(): boolean {
    const { entries, records, conditional, leftovers } = this
    return entries.length + records.length + conditional.length + leftovers.length === 0
  }

  /** Takes up the records that another one could not write, and who still waits for it. */
  takeUp(other: JournalBatch, waiting: readonly Waiting[]): void {
    this.records = lastOfEach(other.records.concat(this.records))
    this.conditional = mergedByKey(other.conditional.concat(this.conditional))
    this.leftovers = lastOfEach(other.leftovers.concat(this.leftovers))
    this.waiting = waiting.concat(this.waiting)
  }

  /** What is to be committed; the bytes are in `memory`, which the engine copies. */
  units(memory: BatchMemory, timeOfDay: TimeOfDay): readonly Unit[] {
    const units: Unit[] = []
    if (this.#hasMain) {
      units.push({ appends: this.#appends(memory, timeOfDay), records: this.records })
    }
    for (const { op } of this.conditional) units.push({ records: [op] })
    if (this.leftovers.length > 0) units.push({ records: this.leftovers })
    return units
  }

  /** The outcome of the unit with the entries. */
  mainOutcome(outcomes: readonly Outcome[]): Outcome | undefined {
    return this.#hasMain ? outcomes[0] : undefined
  }

  /** The outcome of a conditional one. */
  conditionalOutcome(outcomes: readonly Outcome[], index: number): Outcome | undefined {
    return outcomes[this.#hasMain ? index + 1 : index]
  }

  /** The entries have their places in the log. */
  place(positions: readonly Position[], pages: LogPages, ends: Position[]): void {
    const shards = ends.length
    for (let index = 0; index < this.entries.length; index++) {
      const entry = this.entries[index]
      const position = positions[index]
      if (entry === undefined || position === undefined) continue
      const bytes = entry.message === undefined ? 0 : sizeOf(entry.message)
      entry.settle('durable', position)
      pages.hold(position, bytes, entry.holders)
      ends[position % shards] = position + shards
    }
  }

  /** All is durable. [MQTT-4.3.2-4]: nobody is told before. What they throw goes to `fault`. */
  tell(fault: (error: unknown) => void): void {
    for (const one of this.waiting) {
      try {
        one.durable()
      } catch (error) {
        fault(error)
      }
    }
  }

  get #hasMain(): boolean {
    return this.entries.length + this.records.length > 0
  }

  #appends(memory: BatchMemory, timeOfDay: TimeOfDay): readonly Append[] {
    const planned: Planned[] = []
    let length = 0
    for (const entry of this.entries) {
      if (entry.message === undefined) continue
      const one = planned[planned.push(planOf(entry, entry.message, timeOfDay)) - 1]
      length += one?.length ?? 0
    }
    const target = memory.ofLength(length)
    const appends: Append[] = []
    let at = 0
    for (const { header, layout, message, length: bytes } of planned) {
      copyPacket(message, layout, target, writeEntryHeader(header, target, at))
      appends.push({ topic: message.topic, bytes: target.subarray(at, at + bytes) })
      at += bytes
    }
    return appends
  }
}

interface Planned {
  readonly message: Message
  readonly header: EntryHeader
  readonly layout: PublishLayout
  readonly length: number
}

function planOf(entry: JournalEntry, message: Message, timeOfDay: TimeOfDay): Planned {
  const header: EntryHeader = {
    receivedAt: timeOfDay.at(message.receivedAt),
    publisher: message.publisher,
    audience: entry.audience,
    version: storedVersion(message),
  }
  const layout = storedLayout(message)
  return { message, header, layout, length: entryHeaderLength(header) + layout.length }
}

/** What is tried again and again does not grow while there is no room: the last of each counts. */
function lastOfEach(records: readonly RecordOp[]): RecordOp[] {
  const last = new Map<string, RecordOp>()
  for (const op of records) last.set(keyOf(op), op)
  return [...last.values()]
}

/** The same where each has its condition: that of the first, which all others follow. */
function mergedByKey(conditional: readonly ConditionalOp[]): ConditionalOp[] {
  const merged = new Map<string, ConditionalOp>()
  for (const one of conditional) {
    const key = keyOf(one.op)
    const former = merged.get(key)
    merged.set(key, former === undefined ? one : behind(former, one))
  }
  return [...merged.values()]
}

function behind(former: ConditionalOp, { op, done }: ConditionalOp): ConditionalOp {
  const { table, key, value } = op
  const { ifRevision } = former.op
  const both = (revision: Revision | undefined): void => {
    former.done(revision)
    done(revision)
  }
  const only = { table, key, value }
  return { op: ifRevision === undefined ? only : { ...only, ifRevision }, done: both }
}

function keyOf({ table, key }: RecordOp): string {
  return `${table}/${key}`
}

/** Memory for one batch at a time. */
export class BatchMemory {
  #bytes = new Uint8Array(16 * 1024)

  /** So many bytes at least, the same as last time if they suffice. */
  ofLength(length: number): Uint8Array {
    if (this.#bytes.length < length) {
      const fresh = new Uint8Array(2 ** Math.ceil(Math.log2(length)))
      if (length <= KEPT_BYTES_MAX) this.#bytes = fresh
      return fresh
    }
    return this.#bytes
  }
}

/** A rare large batch does not keep its memory. */
const KEPT_BYTES_MAX = 1024 * 1024
