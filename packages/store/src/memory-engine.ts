/**
 * An engine in memory, for tests and for brokers that may forget. It is as asynchronous as the ones
 * on a disk: commits gather while a group is being made durable, and nobody sees them before.
 *
 *     commit, commit --> group --> (the disk) --> outcomes
 *                 commit, release, commit --> the next group
 *
 * It waits for nothing but promises, so it is deterministic, and works with any clock.
 */
import type {
  Engine,
  EngineCaps,
  LogEntry,
  MessageLog,
  Outcome,
  Position,
  RecordStore,
  StoredRecord,
  Table,
  Unit,
  Usage,
} from './engine.ts'
import type { MemoryDisk } from './memory-disk.ts'
import type { MemoryStorage, Owner } from './memory-storage.ts'
import { StoreError, type StoreErrorKind } from './store-error.ts'

/** How an engine in memory is to be. */
export interface MemoryEngineOptions {
  /** How many shards the log has; 1 if absent, or what it has already. */
  readonly shards?: number
  /** What it leaves whole at a crash; `all` if absent, or what it was opened with before. */
  readonly atomic?: EngineCaps['atomic']
  /** What it says of itself, so that a test can see what depends on it; `memory` if absent. */
  readonly durability?: EngineCaps['durability']
}

/**
 * One opening of a {@link MemoryStorage}. What it hands out is not copied: do not write into it.
 * A commit of one entry and one record takes 2.6 us (Node 24, a small virtual machine).
 */
export class MemoryEngine implements Engine {
  readonly caps: EngineCaps
  readonly log: MessageLog
  readonly records: RecordStore
  readonly #storage: MemoryStorage
  readonly #owner: Owner
  readonly #disk: MemoryDisk
  #waiting: Job[] = []
  /** What is being done. */
  #group: readonly Job[] = []
  #running: Promise<void> | undefined
  #closed: Promise<void> | undefined
  /** Why reads are not answered any more. */
  #end: StoreError | undefined
  /** Why nothing is done any more. */
  #failure: StoreError | undefined

  private constructor(storage: MemoryStorage, options: MemoryEngineOptions) {
    const { durability = 'memory', ...layout } = options
    this.#storage = storage
    this.#owner = {
      outstanding: () => [...this.#group, ...this.#waiting].filter(isCommit).length,
      die: () => this.#die(),
    }
    this.#disk = storage.lock(this.#owner, layout)
    this.caps = { durability, ...this.#disk.layout }
    this.log = {
      bounds: (shard) => this.#bounds(shard),
      scan: (shard, from) => this.#scanLog(shard, from, this.#disk.shard(shard).next),
      read: (positions) => this.#read(positions),
      release: (pages) => this.#enqueue({ ...NO_COMMIT, pages: [...pages] }),
    }
    this.records = {
      get: (table, key) => this.#get(table, key),
      scan: (table) => this.#scanTable(table, [...this.#disk.keys(table)]),
    }
  }

  /**
   * Opens a storage.
   * @throws {StoreError} `locked`: it is open; `version`: it has other shards or another `atomic`.
   */
  static async open(
    storage: MemoryStorage,
    options: MemoryEngineOptions = {},
  ): Promise<MemoryEngine> {
    return new MemoryEngine(storage, options)
  }

  async commit(units: readonly Unit[]): Promise<readonly Outcome[]> {
    const refusal = this.#end ?? this.#failure
    if (refusal !== undefined) throw refusal
    const owned = units.map(copyOf)
    return new Promise((resolve, reject) => this.#enqueue({ units: owned, resolve, reject }))
  }

  async usage(): Promise<Usage> {
    await this.#beforeRead()
    return { ...this.#disk.size, bytesFree: this.#storage.faults.bytesFree }
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #enqueue(job: Job): void {
    if (this.#end !== undefined || this.#failure !== undefined) return
    this.#waiting.push(job)
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    // What is committed in one turn is one group.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      this.#group = this.#waiting
      this.#waiting = []
      const held = this.#storage.faults.beforeGroup()
      await (held ?? Promise.resolve())
      // A crash takes it away meanwhile.
      for (const job of this.#group) this.#do(job)
      this.#group = []
    }
    this.#running = undefined
  }

  #do(job: Job): void {
    const failure = isCommit(job) ? this.#storage.faults.beforeCommit() : undefined
    if (this.#failure !== undefined) job.reject(this.#failure)
    else if (failure === 'full') job.reject(errorOf('full', FULL))
    else if (failure === 'failed') job.reject(this.#fail(FAILED))
    else {
      const outcomes = job.units.map((unit) => this.#disk.apply(unit))
      for (const page of job.pages ?? []) this.#disk.release(page)
      if (failure === 'unanswered') job.reject(this.#fail(UNANSWERED))
      else job.resolve(outcomes)
    }
  }

  #fail(message: string): StoreError {
    this.#failure = errorOf('failed', message)
    return this.#failure
  }

  #die(): readonly Unit[] {
    const jobs = [...this.#group, ...this.#waiting]
    this.#group = []
    this.#waiting = []
    this.#end = errorOf('closed', CRASHED)
    for (const { reject } of jobs) reject(this.#end)
    return jobs.flatMap(({ units }) => units)
  }

  async #finish(): Promise<void> {
    this.#end ??= errorOf('closed', CLOSED)
    await this.#running
    this.#storage.unlock(this.#owner)
  }

  async #beforeRead(): Promise<void> {
    const held = this.#storage.faults.beforeRead()
    if (held !== undefined) await held
    if (this.#end !== undefined) throw this.#end
  }

  async #bounds(shard: number): Promise<{ first: Position; next: Position }> {
    await this.#beforeRead()
    const { first, next } = this.#disk.shard(shard)
    return { first, next }
  }

  async #read(positions: readonly Position[]): Promise<readonly (Uint8Array | undefined)[]> {
    await this.#beforeRead()
    return positions.map((position) => this.#disk.entry(position))
  }

  async *#scanLog(
    shard: number,
    from: Position,
    until: Position,
  ): AsyncGenerator<readonly LogEntry[]> {
    for (let at = from; ;) {
      await this.#beforeRead()
      const entries = this.#disk.entriesFrom(shard, at, until)
      const last = entries.at(-1)
      if (last === undefined) return
      yield entries
      at = last.position + 1
    }
  }

  async #get(table: Table, key: string): Promise<StoredRecord | undefined> {
    await this.#beforeRead()
    return this.#disk.record(table, key)
  }

  // A record that is deleted and written again moves to the end of its table: hence the keys.
  async *#scanTable(
    table: Table,
    keys: readonly string[],
  ): AsyncGenerator<readonly StoredRecord[]> {
    await this.#beforeRead()
    for (let at = 0; at < keys.length; at += AT_ONCE) {
      if (at > 0) await this.#beforeRead()
      yield keys.slice(at, at + AT_ONCE).flatMap((key) => this.#disk.record(table, key) ?? [])
    }
  }
}

/** A commit, or the release of pages. */
interface Job {
  readonly units: readonly Unit[]
  readonly pages?: readonly number[]
  readonly resolve: (outcomes: readonly Outcome[]) => void
  readonly reject: (error: StoreError) => void
}

/** Few, so that a reader is between two batches often, as it is with a disk. */
const AT_ONCE = 64

const CLOSED = 'This memory engine is closed: open another one on its storage'
const CRASHED = 'This memory engine was cut off by a crash: open another one on its storage'
const FULL = 'The memory storage is full, as the test wanted: nothing was changed'
const FAILED = 'A commit to the memory storage failed, as the test wanted: open another engine'
const UNANSWERED = 'The answer to a commit was lost, as the test wanted: open another engine'

function errorOf(kind: StoreErrorKind, message: string): StoreError {
  return new StoreError(kind, message)
}

function isCommit({ pages }: Job): boolean {
  return pages === undefined
}

/** The one copy that is made of what is stored. */
function copyOf({ appends = [], records = [] }: Unit): Unit {
  return {
    appends: appends.map((append) => ({ ...append, bytes: new Uint8Array(append.bytes) })),
    records: records.map((record) => ({
      ...record,
      value: record.value === null ? null : new Uint8Array(record.value),
    })),
  }
}

function ignore(): void {
  // Nobody waits for a release.
}

const NO_COMMIT = { units: [], resolve: ignore, reject: ignore }
