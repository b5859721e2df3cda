/**
 * Makes of what has gathered what is to be written, once the group before is on the disk: then it
 * is known which revisions the records have, so a unit that expects others is left out here, and
 * the others get their positions.
 *
 *     entries  | frame | frame | (left out) | frame | frame | frame | ...
 *              |   envelope    |            |   envelope    |   envelope
 *
 * A frame that is left out ends an envelope, as does a page, 64 KiB, and a release of the page in
 * which it is: what came before is deleted with the page and what comes later is not.
 */
import { type Outcome, PAGE_ENTRIES, StoreError } from '@godwit/store'
import type { Counters } from './counters.ts'
import type { Call, GatheredRecord, GatheredUnit, Gathering } from './gathering.ts'
import { FRAME_HEAD, frameEnd, recordKey, sealFrame } from './frames.ts'
import { envelopeKey, recordKeyOf } from './keys.ts'

/** An envelope is closed before it would exceed this, unless it is one entry. */
const ENVELOPE_BYTES_MAX: number = 64 * 1024

/** What a call ends with. */
export interface Verdict {
  readonly call: Call
  readonly result: readonly Outcome[] | StoreError
}

/** A page to be released up to a position, which is not released any more. */
export interface DueRelease {
  readonly page: number
  readonly before: number
}

/** What is to be written, and what follows from it. */
export interface Sealed {
  readonly puts: (readonly [Uint8Array, Uint8Array])[]
  readonly removals: Uint8Array[]
  readonly verdicts: readonly Verdict[]
  readonly releases: readonly DueRelease[]
}

/** What sealing asks. */
export interface SealingContext {
  /** Goes on with the group, and is right if it is written. */
  readonly counters: Counters
  /**
   * The revision that a record has on disk, 0 if there is none. The key is its table's byte and its
   * key's bytes. @throws {StoreError} `corrupt`.
   */
  readonly revisionOf: (tableAndKey: Uint8Array) => number
  /** Why a call is not to be done at all. */
  readonly refusalOf: (call: Call) => StoreError | undefined
}

/** Seals a group. */
export function seal(gathering: Gathering, context: SealingContext): Sealed {
  return new Sealing(gathering, context).run()
}

/** A record's newest state in the group. */
interface Change {
  readonly revision: number
  readonly record: GatheredRecord
}

class Sealing {
  readonly #gathering: Gathering
  readonly #context: SealingContext
  readonly #puts: (readonly [Uint8Array, Uint8Array])[] = []
  /** On disk, of the records that are expected to have one. By table and key, like the changes. */
  readonly #revisions = new Map<string, number>()
  readonly #changes = new Map<string, Change>()
  readonly #releases: DueRelease[] = []
  /** The envelope that is open, by its frames and its positions. */
  #start = 0
  #end = 0
  #first = 0

  constructor(gathering: Gathering, context: SealingContext) {
    this.#gathering = gathering
    this.#context = context
  }

  run(): Sealed {
    const verdicts = this.#gathering.calls.map((call) => ({ call, result: this.#decide(call) }))
    this.#releaseBefore(Infinity)
    this.#closeEnvelope()
    const removals = this.#sealRecords()
    return { puts: this.#puts, removals, verdicts, releases: this.#releases }
  }

  #decide(call: Call): readonly Outcome[] | StoreError {
    const refusal = this.#context.refusalOf(call) ?? this.#look(call)
    return refusal ?? call.units.map((unit) => this.#apply(unit))
  }

  /** Gets the revisions that a call asks for, so that nothing of it is done if one is damaged. */
  #look(call: Call): StoreError | undefined {
    try {
      for (const record of call.units.flatMap(({ records }) => records)) {
        const identity = identityOf(record)
        if (record.ifRevision === undefined || this.#revisions.has(identity)) continue
        this.#revisions.set(identity, this.#context.revisionOf(this.#keyOf(record)))
      }
      return undefined
    } catch (error) {
      if (error instanceof StoreError) return error
      throw error
    }
  }

  #apply(unit: GatheredUnit): Outcome {
    const conflict = unit.records.findIndex((record) => !this.#isExpected(record))
    if (conflict >= 0) return { committed: false, conflict }
    const positions: number[] = []
    for (let entry = 0; entry < unit.entries; entry++) {
      positions.push(this.#append(unit.firstEntry + entry))
    }
    return { committed: true, positions, revisions: unit.records.map((one) => this.#change(one)) }
  }

  #isExpected(record: GatheredRecord): boolean {
    const { ifRevision } = record
    if (ifRevision === undefined) return true
    const identity = identityOf(record)
    return ifRevision === (this.#changes.get(identity)?.revision ?? this.#revisions.get(identity))
  }

  #append(entry: number): number {
    const { counters } = this.#context
    const { framed } = this.#gathering.entryFrames
    this.#releaseBefore(entry)
    const at = this.#gathering.entriesAt[entry] ?? 0
    const end = frameEnd(framed.view, at)
    const position = counters.next++
    sealFrame(framed, at, position)
    if (!this.#fits(at, end, position)) this.#closeEnvelope()
    if (this.#start === this.#end) {
      this.#start = at
      this.#first = position
    }
    this.#end = end
    counters.entries++
    counters.bytes += end - at - FRAME_HEAD
    return position
  }

  #fits(at: number, end: number, position: number): boolean {
    return (
      at === this.#end && position % PAGE_ENTRIES !== 0 && end - this.#start <= ENVELOPE_BYTES_MAX
    )
  }

  #closeEnvelope(): void {
    if (this.#start === this.#end) return
    const { bytes } = this.#gathering.entryFrames.framed
    this.#puts.push([envelopeKey(this.#first), bytes.subarray(this.#start, this.#end)])
    this.#context.counters.envelopes++
    this.#start = this.#end
  }

  /** Notes up to where the releases go that were asked for before this entry came. */
  #releaseBefore(entry: number): void {
    const { releases } = this.#gathering
    for (;;) {
      const release = releases[this.#releases.length]
      if (release === undefined || release.entriesBefore > entry) return
      this.#closeEnvelope()
      this.#releases.push({ page: release.page, before: this.#context.counters.next })
    }
  }

  #change(record: GatheredRecord): number {
    const revision = record.isDeleted ? 0 : ++this.#context.counters.revision
    this.#changes.set(identityOf(record), { revision, record })
    return revision
  }

  /** Only what a record is at the end is written. Returns the keys of those that are deleted. */
  #sealRecords(): Uint8Array[] {
    const { framed } = this.#gathering.recordFrames
    const removals: Uint8Array[] = []
    for (const { record, revision } of this.#changes.values()) {
      const key = recordKeyOf(this.#keyOf(record))
      if (record.isDeleted) removals.push(key)
      else {
        sealFrame(framed, record.at, revision)
        const end = frameEnd(framed.view, record.at)
        this.#puts.push([key, framed.bytes.subarray(record.at, end)])
      }
    }
    return removals
  }

  #keyOf({ at }: GatheredRecord): Uint8Array {
    const { bytes, view } = this.#gathering.recordFrames.framed
    const { start, end } = recordKey(view, at)
    return bytes.subarray(start, end)
  }
}

function identityOf({ table, key }: GatheredRecord): string {
  return `${table} ${key}`
}
