/**
 * Reads the log. Every call looks at LMDB for itself and holds nothing open, so a slow reader does
 * not keep LMDB from using its pages again; and each entry that is handed out is compared with its
 * CRC first.
 */
import type { LogEntry, MessageLog, Position } from '@godwit/store'
import type { Counters } from './counters.ts'
import { corruption } from './corruption.ts'
import type { Tree } from './environment.ts'
import {
  FRAME_HEAD,
  type Framed,
  framed,
  frameEnd,
  frameFault,
  frameNumber,
  hasFrame,
} from './frames.ts'
import { COUNTERS_KEY, envelopeKey, envelopePosition } from './keys.ts'

/** What the log needs of the engine. */
export interface LogContext {
  readonly directory: string
  /** @throws {StoreError} `closed`. */
  environment(): Tree
  /** Those of the last group that was written. */
  counters(): Readonly<Counters>
  release(pages: readonly number[]): void
}

/** The one shard. */
export class LmdbLog implements MessageLog {
  readonly #context: LogContext

  constructor(context: LogContext) {
    this.#context = context
  }

  async bounds(_shard: number): Promise<{ first: Position; next: Position }> {
    const [key] = this.#context.environment().keys(envelopeKey(0), COUNTERS_KEY, 1)
    const { next } = this.#context.counters()
    return { first: (key && envelopePosition(key)) ?? next, next }
  }

  async *scan(_shard: number, from: Position): AsyncGenerator<readonly LogEntry[]> {
    const until = this.#context.counters().next
    for (let at = from; at < until;) {
      const entries = this.#entriesFrom(at)
      const last = entries.at(-1)
      if (last === undefined) return
      yield entries
      at = last.position + 1
    }
  }

  async read(positions: readonly Position[]): Promise<readonly (Uint8Array | undefined)[]> {
    const copies = new Copies()
    let cursor: EntryCursor | undefined
    let following = positions.length
    return positions.map((position) => {
      following--
      if (cursor === undefined || !isAt(cursor, position)) cursor = this.#envelopeOf(position)
      if (cursor === undefined || !isAt(cursor, position)) return undefined
      return copies.of(cursor.entry(), following) // Before another envelope is read.
    })
  }

  release(pages: readonly number[]): void {
    this.#context.release(pages)
  }

  /** A few entries, the first of which is the first one at or behind `from`. */
  #entriesFrom(from: Position): readonly LogEntry[] {
    const entries: LogEntry[] = []
    let bytes = 0
    for (const cursor of this.#envelopesFrom(from)) {
      if (!cursor.goTo(from)) continue
      do {
        bytes += cursor.length
        if (entries.length > 0 && bytes > BATCH_BYTES) return entries
        entries.push({ position: cursor.position, bytes: cursor.copy() })
        if (entries.length === BATCH_ENTRIES) return entries
      } while (cursor.next())
    }
    return entries
  }

  /** The envelopes from the one on that a position is in. Go through them in one turn. */
  *#envelopesFrom(from: Position): Generator<EntryCursor> {
    const environment = this.#context.environment()
    let start = environment.keyAtOrBefore(envelopeKey(from)) ?? envelopeKey(from)
    for (;;) {
      const keys = environment.keys(start, COUNTERS_KEY, KEYS_AT_ONCE)
      for (const key of keys) {
        const cursor = this.#open(key)
        if (cursor !== undefined) yield cursor
      }
      const last = keys.at(-1)
      if (last === undefined || keys.length < KEYS_AT_ONCE) return
      start = envelopeKey((envelopePosition(last) ?? 0) + 1)
    }
  }

  #envelopeOf(position: Position): EntryCursor | undefined {
    const key = this.#context.environment().keyAtOrBefore(envelopeKey(position))
    return key && this.#open(key)
  }

  #open(key: Uint8Array): EntryCursor | undefined {
    const first = envelopePosition(key)
    const value = first === undefined ? undefined : this.#context.environment().get(key)
    if (first === undefined || value === undefined) return undefined
    return new EntryCursor(this.#context.directory, first, framed(value))
  }
}

function isAt(cursor: EntryCursor, position: Position): boolean {
  return cursor.position <= position && cursor.goTo(position) && cursor.position === position
}

/** How much a scan gives at once. */
const BATCH_ENTRIES = 256
const BATCH_BYTES = 256 * 1024
const KEYS_AT_ONCE = 16

/**
 * Copies of entries that are read together, in common memory: whoever reads them together keeps
 * them as long as each other. Entries of 200 bytes are read 1.3 million times a second so, and 0.84
 * million times if each has memory of its own (Node 24).
 */
class Copies {
  #memory = new Uint8Array(0)
  #at = 0

  /** A copy of an entry, before so many more of about its size. */
  of(entry: Uint8Array, following: number): Uint8Array {
    if (this.#at + entry.length > this.#memory.length) this.#grow(entry.length, following)
    const from = this.#at
    this.#memory.set(entry, from)
    this.#at += entry.length
    return this.#memory.subarray(from, this.#at)
  }

  #grow(length: number, following: number): void {
    const expected = Math.min(COMMON_BYTES_MAX, length * (following + 1))
    this.#memory = new Uint8Array(Math.max(length, expected))
    this.#at = 0
  }
}

/** One that is kept keeps so much. */
const COMMON_BYTES_MAX = 16 * 1024

/** Stands at an entry of an envelope, or behind the last. */
class EntryCursor {
  readonly #directory: string
  readonly #envelope: Framed
  #at = 0
  #position: Position

  constructor(directory: string, first: Position, envelope: Framed) {
    this.#directory = directory
    this.#envelope = envelope
    this.#position = first
  }

  get position(): Position {
    return this.#position
  }

  /** Of the entry, in bytes; 0 if its frame is cut off. */
  get length(): number {
    const { view } = this.#envelope
    return hasFrame(this.#envelope, this.#at) ? frameEnd(view, this.#at) - this.#at - FRAME_HEAD : 0
  }

  /** Goes forward to the first entry that is not before this position; false if there is none. */
  goTo(position: Position): boolean {
    while (this.#isAtEntry && this.#position < position) this.next()
    return this.#isAtEntry
  }

  /** Goes to the next entry; false if there is none. @throws {StoreError} `corrupt`. */
  next(): boolean {
    if (!hasFrame(this.#envelope, this.#at)) throw this.#corruption(this.#fault() ?? '')
    this.#at = frameEnd(this.#envelope.view, this.#at)
    this.#position++
    return this.#isAtEntry
  }

  /** A copy of the entry. @throws {StoreError} `corrupt`. */
  copy(): Uint8Array {
    return this.entry().slice()
  }

  /** The entry, where LMDB lends it until the next read. @throws {StoreError} `corrupt`. */
  entry(): Uint8Array {
    const fault = this.#fault()
    if (fault !== undefined) throw this.#corruption(fault)
    const { bytes, view } = this.#envelope
    return bytes.subarray(this.#at + FRAME_HEAD, frameEnd(view, this.#at))
  }

  get #isAtEntry(): boolean {
    return this.#at < this.#envelope.bytes.length
  }

  #fault(): string | undefined {
    const fault = frameFault(this.#envelope, this.#at)
    if (fault !== undefined) return fault
    const number = frameNumber(this.#envelope.view, this.#at)
    return number === this.#position ? undefined : `what is there belongs to position ${number}`
  }

  #corruption(what: string): Error {
    return corruption(this.#directory, `position ${this.#position} of the log`, what)
  }
}
