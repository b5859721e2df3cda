/**
 * What an engine ought to hold. A unit is predicted when it is given to the engine, and learnt of
 * when its outcome is there, since only then its positions and revisions are known.
 */
import type { Engine, Outcome, Position, RecordOp, Revision, Table, Unit } from '../engine.ts'
import { claim, committed, conflicted, same, sameBytes } from './claims.ts'
import { allRecords, wholeLog } from './workload.ts'

/** A unit, and its conflict if there must be one. */
export interface Prediction {
  readonly unit: Unit
  readonly conflict: number | undefined
}

/** The model. */
export class Model {
  readonly #entries = new Map<Position, Uint8Array>()
  /** Nobody wants them any more: there or not. */
  readonly #released = new Map<Position, Uint8Array>()
  readonly #records = new Map<string, ModelRecord>()
  readonly #shards: number
  /** The greatest position of each shard. */
  readonly #greatest = new Map<number, Position>()
  /** The greatest one of each key, of deleted records too. */
  readonly #revisions = new Map<string, Revision>()

  /** Of an empty log with so many shards. */
  constructor(shards: number) {
    this.#shards = shards
  }

  /** The positions of the entries that are wanted. */
  positions(): Position[] {
    return [...this.#entries.keys()]
  }

  /** The revision of a record, if there is one and it is known. */
  knownRevision(table: Table, key: string): Revision | undefined {
    return this.#records.get(nameOf({ table, key }))?.revision
  }

  /** Does to the records what the engine has to do. */
  predict(unit: Unit): Prediction {
    const { records = [] } = unit
    const conflict = records.findIndex((op) => this.#conflicts(op))
    if (conflict >= 0) return { unit, conflict }
    for (const op of records) {
      if (op.value === null) this.#records.delete(nameOf(op))
      else this.#records.set(nameOf(op), { value: op.value, revision: undefined })
    }
    return { unit, conflict: undefined }
  }

  /** Claims that the outcomes are as predicted, and takes positions and revisions from them. */
  learn(predictions: readonly Prediction[], outcomes: readonly Outcome[]): void {
    same('The number of outcomes', outcomes.length, predictions.length)
    for (const [at, { unit, conflict }] of predictions.entries()) {
      if (conflict !== undefined) conflicted('A unit with a conflict', outcomes[at], conflict)
      else this.#take(unit, committed('A unit without a conflict', outcomes[at]))
    }
  }

  /** Nobody wants these entries any more. */
  release(positions: readonly Position[]): void {
    for (const position of positions) {
      const bytes = this.#entries.get(position)
      if (bytes !== undefined) this.#released.set(position, bytes)
      this.#entries.delete(position)
    }
  }

  /** Claims that an engine holds what it ought to. */
  async compare(engine: Engine): Promise<void> {
    await this.#compareLog(engine)
    const found = new Map<string, ModelRecord>()
    for (const [table, records] of await allRecords(engine)) {
      for (const [key, record] of records) found.set(nameOf({ table, key }), record)
    }
    const names = [...this.#records.keys()].toSorted()
    same('The records, by table and key', [...found.keys()].toSorted(), names)
    for (const [name, { value, revision }] of this.#records) {
      sameBytes(`The value of ${name}`, found.get(name)?.value, value)
      same(`The revision of ${name}`, found.get(name)?.revision, revision)
    }
  }

  async #compareLog(engine: Engine): Promise<void> {
    const found = await wholeLog(engine)
    for (const [position, bytes] of this.#entries) {
      sameBytes(`The entry at ${position}`, found.get(position), bytes)
    }
    for (const [position, bytes] of found) {
      const expected = this.#entries.get(position) ?? this.#released.get(position)
      claim(expected !== undefined, `There is an entry at ${position}, which nobody wrote`)
      sameBytes(`The entry at ${position}`, bytes, expected)
    }
    const positions = this.positions().slice(-300)
    for (const [at, bytes] of (await engine.log.read(positions)).entries()) {
      const position = positions[at] ?? 0
      sameBytes(`What is read at ${position}`, bytes, this.#entries.get(position) ?? EMPTY)
    }
    for (const [shard, position] of this.#greatest) {
      const { next } = await engine.log.bounds(shard)
      claim(next > position, `The next position is to be ${next}, though ${position} was given`)
    }
  }

  #take({ appends = [], records = [] }: Unit, outcome: CommittedOutcome): void {
    same('The number of positions', outcome.positions.length, appends.length)
    same('The number of revisions', outcome.revisions.length, records.length)
    for (const [at, position] of outcome.positions.entries()) {
      const shard = position % this.#shards
      const greatest = this.#greatest.get(shard) ?? 0
      claim(position > greatest, `Position ${position} was given after ${greatest} had been`)
      this.#greatest.set(shard, position)
      this.#entries.set(position, appends[at]?.bytes ?? EMPTY)
    }
    for (const [at, revision] of outcome.revisions.entries()) {
      const op = records[at]
      if (op !== undefined) this.#takeRevision(op, revision)
    }
  }

  #takeRevision(op: RecordOp, revision: Revision): void {
    const name = nameOf(op)
    if (op.value === null) return same('The revision of a deleted record', revision, 0)
    const former = this.#revisions.get(name) ?? 0
    claim(revision > former, `The revision of ${name} went from ${former} to ${revision}`)
    this.#revisions.set(name, revision)
    const record = this.#records.get(name)
    // A later call may have replaced it meanwhile.
    if (record?.value === op.value) record.revision = revision
  }

  #conflicts(op: RecordOp): boolean {
    if (op.ifRevision === undefined) return false
    const record = this.#records.get(nameOf(op))
    return op.ifRevision !== (record === undefined ? 0 : record.revision)
  }
}

interface ModelRecord {
  readonly value: Uint8Array
  /** Unknown until the outcome is there. */
  revision: Revision | undefined
}

type CommittedOutcome = Extract<Outcome, { committed: true }>

const EMPTY = new Uint8Array()

function nameOf({ table, key }: { readonly table: Table; readonly key: string }): string {
  return `${table} ${key}`
}
