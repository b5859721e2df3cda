/**
 * Writes to a store in commits of a handy size, and keeps track of where messages come to lie.
 *
 *     append append mark(7) append ...    ->  commit  ->  mark 7: behind the second, in each shard
 *
 * A position is known only after the commit, so a mark is remembered until then.
 */
import type { Append, Engine, Position, RecordOp } from '@godwit/store'

/** So many of either, or bytes, make a commit. */
const OPS_MAX = 2000
const BYTES_MAX = 4 * 1024 * 1024

/** The writing side of an import. */
export class ImportBatch {
  readonly #engine: Engine
  /** Behind all that was committed, one for each shard. */
  readonly #ends: Position[]
  readonly #marks = new Map<number, readonly Position[]>()
  readonly #placed = new Map<number, Position>()
  #appends: Append[] = []
  /** For each append which message it is, if somebody asks; and marks, with what comes before. */
  #steps: (() => void)[] = []
  #position: Position = 0
  #records: RecordOp[] = []
  #bytes = 0

  private constructor(engine: Engine, ends: Position[]) {
    this.#engine = engine
    this.#ends = ends
  }

  /** Begins behind all that is in the log. @throws {StoreError} */
  static async behindAll(engine: Engine): Promise<ImportBatch> {
    const ends: Position[] = []
    for (let shard = 0; shard < engine.caps.shards; shard++) {
      ends.push((await engine.log.bounds(shard)).next)
    }
    return new ImportBatch(engine, ends)
  }

  /** Behind all that was committed so far, one position for each shard. */
  get ends(): readonly Position[] {
    return [...this.#ends]
  }

  /** Where a mark is; `undefined` if it was not made, or is not committed. */
  markOf(mark: number): readonly Position[] | undefined {
    return this.#marks.get(mark)
  }

  /** Where a message is, likewise. */
  positionOf(message: number): Position | undefined {
    return this.#placed.get(message)
  }

  /** Writes a record. */
  async record(op: RecordOp): Promise<void> {
    this.#records.push(op)
    this.#bytes += op.value?.length ?? 0
    await this.#commitIfFull()
  }

  /** Appends an entry, which is this message if it is to be found again. */
  async append(append: Append, message?: number): Promise<void> {
    this.#appends.push(append)
    this.#bytes += append.bytes.length
    this.#steps.push(() => {
      const { shards } = this.#engine.caps
      this.#ends[this.#position % shards] = this.#position + shards
      if (message !== undefined) this.#placed.set(message, this.#position)
    })
    await this.#commitIfFull()
  }

  /** Marks the place behind what was appended before. */
  mark(mark: number): void {
    if (this.#appends.length === 0) {
      this.#marks.set(mark, this.ends)
      return
    }
    const step = this.#steps.pop()
    this.#steps.push(() => {
      step?.()
      this.#marks.set(mark, this.ends)
    })
  }

  /** Commits what is left. @throws {StoreError} */
  async commit(): Promise<void> {
    if (this.#appends.length + this.#records.length === 0) return
    const unit = { appends: this.#appends, records: this.#records }
    const steps = this.#steps
    this.#appends = []
    this.#records = []
    this.#steps = []
    this.#bytes = 0
    const [outcome] = await this.#engine.commit([unit])
    const positions = outcome?.committed === true ? outcome.positions : []
    for (const [index, position] of positions.entries()) {
      this.#position = position
      steps[index]?.()
    }
  }

  async #commitIfFull(): Promise<void> {
    const ops = this.#appends.length + this.#records.length
    if (ops >= OPS_MAX || this.#bytes >= BYTES_MAX) await this.commit()
  }
}
