/** The embedded engine: one directory on a disk, with LMDB in it, for one broker. */
import type {
  Engine,
  EngineCaps,
  MessageLog,
  Outcome,
  RecordStore,
  Unit,
  Usage,
} from '@godwit/store'
import { StoreError } from '@godwit/store'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Counters } from './counters.ts'
import type { Tree } from './environment.ts'
import { DATA_FILE, sync } from './format-file.ts'
import { LmdbLog } from './log.ts'
import { LmdbRecords } from './records.ts'
import { Space } from './space.ts'
import { Writer } from './writer.ts'

/** What is opened already. */
export interface OpenStore {
  readonly directory: string
  readonly durability: 'fsync' | 'os'
  readonly environment: Tree
  readonly counters: Readonly<Counters>
  /** Lets go of the directory. */
  readonly lock: AsyncDisposable
}

/** An open store. Close it by disposing of it. */
export class LmdbEngine implements Engine {
  readonly caps: EngineCaps
  readonly log: MessageLog
  readonly records: RecordStore
  readonly #store: OpenStore
  readonly #writer: Writer
  #isOpen = true
  #closed: Promise<void> | undefined

  /** Takes over what is open. Use `openLmdb`. */
  constructor(store: OpenStore) {
    const { directory, durability, environment, counters } = store
    const context = {
      directory,
      environment: () => this.#open(),
      counters: () => this.#writer.counters,
      release: (pages: readonly number[]) => {
        if (this.#closed === undefined) this.#writer.release(pages)
      },
    }
    const records = new LmdbRecords(context)
    this.#store = store
    this.caps = { durability, shards: 1, atomic: 'all' }
    this.log = new LmdbLog(context)
    this.records = records
    const space = new Space(directory, environment)
    const revisionOf = (key: Uint8Array): number => records.revisionOf(key)
    this.#writer = new Writer({ environment, space, revisionOf }, counters)
  }

  commit(units: readonly Unit[]): Promise<readonly Outcome[]> {
    if (this.#closed !== undefined) return Promise.reject(this.#closedError())
    return this.#writer.commit(units)
  }

  async usage(): Promise<Usage> {
    this.#open()
    await this.#writer.sweep()
    const { keys, bytes } = this.#open().extent()
    const { entries, bytes: logBytes, envelopes } = this.#writer.counters
    const { bavail, bsize } = await statfs(this.#store.directory)
    return {
      logEntries: entries,
      logBytes,
      // One key is that of the counters, as soon as there is anything.
      records: Math.max(0, keys - 1) - envelopes,
      bytes,
      bytesFree: bavail * bsize,
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#writer.settle()
    this.#isOpen = false
    const { directory, durability, environment, lock } = this.#store
    await environment.close()
    // What the system was only given is on the disk at least when it was closed in order.
    if (durability === 'os') await sync(join(directory, DATA_FILE))
    await lock[Symbol.asyncDispose]()
  }

  #open(): Tree {
    if (!this.#isOpen) throw this.#closedError()
    return this.#store.environment
  }

  #closedError(): StoreError {
    return new StoreError(
      'closed',
      `The store in ${this.#store.directory} is closed: open it again`,
    )
  }
}
