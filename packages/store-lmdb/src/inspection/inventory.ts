/**
 * Takes what was found in a data file, value by value, and sorts it into good and lost. Good is
 * what its CRC says is good and what says itself that it belongs where it was found.
 *
 *     envelope found     | 7 good | 8 bad | 9 good | 10 good |
 *     envelopes kept     | 7 |            | 9 | 10 |            lost: 8
 *
 * The counters say how many entries there should be, and LMDB how many keys.
 */
import type { Position, Table } from '@godwit/store'
import { TABLES } from '@godwit/store'
import type { Counters } from '../counters.ts'
import { decodeCounters } from '../counters.ts'
import {
  FRAME_HEAD,
  framed,
  frameEnd,
  frameFault,
  frameNumber,
  hasFrame,
  recordKey,
} from '../frames.ts'
import type { Framed } from '../frames.ts'
import { COUNTERS_KEY, envelopeKey, envelopePosition, recordKeyOf, TABLE_BYTES } from '../keys.ts'
import { compareKeys } from './tree-page.ts'

/** Something good, with its key in LMDB and its value there. */
export interface GoodValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** It was found under another key, which cannot be right. */
  readonly isMisplaced: boolean
}

/** Positions that are not there, between two that are. */
export interface Gap {
  readonly first: Position
  readonly last: Position
}

/** Something that is not as it should be. */
export interface Finding {
  /**
   * What is lost, `value` if it is not known what; or `misplaced` if it is good but lies under a
   * wrong key, or `format` if the file that tells what the directory holds is not good.
   */
  readonly kind: 'record' | 'entry' | 'value' | 'counters' | 'misplaced' | 'format'
  /** A sentence for the operator: what it was, where, and why it is not good. */
  readonly sentence: string
}

/** A value that was found. */
export interface FoundValue {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
  readonly page: number
}

/** What a store holds. */
export class Inventory {
  /** The first thousand of them. */
  readonly findings: Finding[] = []
  readonly tables: Map<Table, number> = new Map(TABLES.map((table) => [table, 0]))
  /** Values that were taken in, good or not. */
  values = 0
  /** Good entries, the bytes in them, and the envelopes that hold them. */
  entries = 0
  entryBytes = 0
  envelopes = 0
  /** The highest revision of a good record, and the highest position of a good entry. */
  revision = 0
  position = 0
  /** Those of the store, if they are good. */
  counters: Counters | undefined
  /** The last position of each run of good entries, by its first. */
  readonly #runs: Map<Position, Position> = new Map()

  /** Good records of all tables. */
  get records(): number {
    return [...this.tables.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Takes one value in, and returns what is good of it. */
  take({ key, value, page }: FoundValue): readonly GoodValue[] {
    this.values++
    if (compareKeys(key, COUNTERS_KEY) === 0) return this.#takeCounters(value, page)
    const position = envelopePosition(key)
    const where = `on page ${page}`
    if (position !== undefined) return this.#takeEnvelope(position, value, where)
    return this.#takeRecord(key, value, where)
  }

  /** Entries that are lost; `undefined` if the counters, which tell it, are lost too. */
  get entriesLost(): number | undefined {
    if (this.counters === undefined) return undefined
    return Math.max(0, this.counters.entries - this.entries)
  }

  /** Records that are lost, if LMDB should have so many keys; `undefined` if it cannot be told. */
  recordsLost(keys: number | undefined): number | undefined {
    if (this.counters === undefined || keys === undefined) return undefined
    return Math.max(0, keys - 1 - this.counters.envelopes - this.records)
  }

  /** Positions missing between the first and the last good one; releases leave such gaps too. */
  gaps(): readonly Gap[] {
    const gaps: Gap[] = []
    let next: Position | undefined
    for (const [first, last] of [...this.#runs].toSorted(([one], [other]) => one - other)) {
      if (next !== undefined && first > next) gaps.push({ first: next, last: first - 1 })
      next = last + 1
    }
    return gaps
  }

  #takeCounters(value: Uint8Array | undefined, page: number): readonly GoodValue[] {
    const counters = value === undefined ? 'they cannot be read' : decodeCounters(value)
    if (typeof counters === 'string') {
      this.#note('counters', `The counters on page ${page} are not good: ${counters}.`)
    } else this.counters = counters
    // They are made anew from what is kept.
    return []
  }

  #takeRecord(key: Uint8Array, value: Uint8Array | undefined, where: string): GoodValue[] {
    const frame = framed(value ?? NOTHING)
    const fault = value === undefined ? UNREADABLE : frameFault(frame, 0)
    const table = TABLES.find((name) => TABLE_BYTES[name] === key[0])
    const name = `The record ${readable(key.subarray(1))} of the table ${table ?? `${key[0]}`}`
    if (value === undefined || fault !== undefined || frameEnd(frame.view, 0) !== value.length) {
      return this.#loseRecord(`${name} ${where} is not good: ${fault ?? 'its length is wrong'}.`)
    }
    const { start, end } = recordKey(frame.view, 0)
    const own = TABLES.find((name) => TABLE_BYTES[name] === value[start])
    if (own === undefined || end > value.length) {
      return this.#loseRecord(`${name} ${where} is not good: it is of no table.`)
    }
    this.tables.set(own, (this.tables.get(own) ?? 0) + 1)
    this.revision = Math.max(this.revision, frameNumber(frame.view, 0))
    const right = recordKeyOf(value.subarray(start, end))
    const isMisplaced = compareKeys(right, key) !== 0
    if (isMisplaced) this.#note('misplaced', `${name} ${where} is ${readable(right)} in truth.`)
    return [{ key: right, value, isMisplaced }]
  }

  #takeEnvelope(first: Position, value: Uint8Array | undefined, where: string): GoodValue[] {
    const frames = framed(value ?? NOTHING)
    const good: GoodValue[] = []
    let open: { at: number; first: Position } | undefined
    let at = 0
    let next = this.#firstOf(frames, first, where)
    while (at < frames.bytes.length) {
      const fault = faultOfEntry(frames, at, next)
      if (fault === undefined) {
        open ??= { at, first: next }
      } else {
        this.#note('entry', `The entry at position ${next} ${where} is not good: ${fault}.`)
        good.push(...this.#close(frames, open, at, next))
        open = undefined
        // Its length may be wrong as well; then nothing behind it is good, and all of it is lost.
        if (!hasFrame(frames, at)) break
      }
      at = frameEnd(frames.view, at)
      next++
    }
    if (value === undefined) {
      this.#note(
        'entry',
        `The entries from position ${first} on ${where} are not good: ${UNREADABLE}.`,
      )
    }
    return [...good, ...this.#close(frames, open, at, next)]
  }

  /** The first position: what the first frame says, if it is good, else what the key says. */
  #firstOf(frames: Framed, first: Position, where: string): Position {
    if (frameFault(frames, 0) !== undefined) return first
    const number = frameNumber(frames.view, 0)
    if (number !== first) {
      const sentence = `The entries ${where} from position ${first} on begin at ${number} in truth.`
      this.#note('misplaced', sentence)
    }
    return number
  }

  #close(
    { bytes }: Framed,
    open: { at: number; first: Position } | undefined,
    end: number,
    next: Position,
  ): GoodValue[] {
    // A damaged page may refer twice to the same value.
    if (open === undefined || this.#runs.has(open.first)) return []
    const entries = next - open.first
    this.entries += entries
    this.entryBytes += end - open.at - entries * FRAME_HEAD
    this.envelopes++
    this.position = Math.max(this.position, next - 1)
    this.#runs.set(open.first, next - 1)
    const key = envelopeKey(open.first)
    return [{ key, value: bytes.subarray(open.at, end), isMisplaced: false }]
  }

  #loseRecord(sentence: string): GoodValue[] {
    this.#note('record', sentence)
    return []
  }

  #note(kind: Finding['kind'], sentence: string): void {
    if (this.findings.length < FINDINGS_MAX) this.findings.push({ kind, sentence })
  }
}

function faultOfEntry(frames: Framed, at: number, position: Position): string | undefined {
  const fault = frameFault(frames, at)
  if (fault !== undefined) return fault
  const number = frameNumber(frames.view, at)
  return number === position ? undefined : `what is there belongs to position ${number}`
}

/** Bytes of a key for an operator to read. */
function readable(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8', 0, 200))
}

const UNREADABLE = 'its pages cannot be read'
const NOTHING = new Uint8Array(0)
const FINDINGS_MAX = 1000
