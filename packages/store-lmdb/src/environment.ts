/**
 * LMDB, as far as this engine needs it: one file, one tree, bytes for bytes, one group of changes
 * at a time. All of lmdb's own ways that could surprise are shut out here.
 *
 * `overlappingSync`, which lmdb turns on by itself, is off: it makes a transaction visible before
 * it is synced, so that a reader may see what a failing disk never got, and with one group at a
 * time it gains nothing (254 us of CPU for a group of 40 entries without it, 342 us with it; Node
 * 24). What is left is LMDB's own way, seen with strace for each group:
 *
 *     pwrite64 or writev, once for each run of pages
 *     fdatasync
 *     pwrite64 of a meta page through a file that was opened with O_DSYNC
 *
 * A group is a `batch` of lmdb, not a `transaction`, whose callback would cross from its thread to
 * ours and back (333 us of CPU for a group of 40 entries, and 254 us).
 */
import { StoreError } from '@godwit/store'
import { open, type RootDatabase } from 'lmdb'

/** What is changed together. Its bytes stay as they are until that is done. */
export interface Changes {
  readonly puts: readonly (readonly [key: Uint8Array, value: Uint8Array])[]
  readonly removals: readonly Uint8Array[]
}

/** How much there is. */
export interface Extent {
  /** The keys in the tree. */
  readonly keys: number
  /** What the pages in the file take, in bytes, and those of them that are free. */
  readonly bytes: number
  readonly bytesUnused: number
}

/** How it is opened. */
export interface EnvironmentOptions {
  readonly path: string
  /** Each group is on the disk before it is told; else it is given to the system only. */
  readonly isSynced: boolean
  /** The address space that is taken for it. LMDB takes more if the file outgrows it. */
  readonly mapBytes: number
}

/** What is done with an open file. */
export type Tree = Pick<Environment, keyof Environment>

/** An open file of LMDB. */
export class Environment {
  readonly #path: string
  readonly #db: RootDatabase<Uint8Array, Uint8Array>

  /** Opens it, and creates it if there is none. Throws what LMDB throws. */
  constructor({ path, isSynced, mapBytes }: EnvironmentOptions) {
    const options = {
      path,
      noSubdir: true,
      encoding: 'binary' as const,
      keyEncoding: 'binary' as const,
      mapSize: mapBytes,
      overlappingSync: false,
      noSync: !isSynced,
      eventTurnBatching: false,
      permissionsMode: 0o600,
    }
    this.#path = path
    this.#db = open(options)
  }

  /**
   * A value, which is borrowed: it is right until the next call only.
   * @throws {StoreError} `failed`: after a failed write of a meta page LMDB gives nothing out.
   */
  get(key: Uint8Array): Uint8Array | undefined {
    const value = this.#read(() => this.#db.getBinaryFast(key))
    // What lmdb lends is longer than it says, to all but `length`.
    return value === undefined
      ? undefined
      : new Uint8Array(value.buffer, value.byteOffset, value.length)
  }

  /** The keys from one on and before another one, in order. */
  keys(start: Uint8Array, end: Uint8Array, limit: number): Uint8Array[] {
    return this.#read(() => [...this.#db.getKeys({ start, end, limit })])
  }

  /** The greatest key that is not greater than this one. */
  keyAtOrBefore(key: Uint8Array): Uint8Array | undefined {
    return this.#read(() => [...this.#db.getKeys({ start: key, reverse: true, limit: 1 })][0])
  }

  /** The greatest key that is less than this one. */
  keyBefore(key: Uint8Array): Uint8Array | undefined {
    const options = { start: key, reverse: true, limit: 1, exclusiveStart: true }
    return this.#read(() => [...this.#db.getKeys(options)][0])
  }

  /** Changes all of it or nothing, and then it is durable. @throws {WriteError} */
  async write({ puts, removals }: Changes): Promise<void> {
    const done = this.#db.batch(() => {
      for (const key of removals) void this.#db.remove(key)
      for (const [key, value] of puts) void this.#db.put(key, value)
    })
    try {
      await done
    } catch (error) {
      throw await writeErrorOf(error)
    }
  }

  /** How much there is. */
  extent(): Extent {
    const stats: unknown = this.#read(() => this.#db.getStats())
    const page = numberIn(stats, 'pageSize')
    const pages = numberIn(stats, 'lastPageNumber') + 1
    const used = META_PAGES + treePages(stats) + treePages(fieldOf(stats, 'free'))
    const keys = numberIn(stats, 'entryCount')
    return { keys, bytes: page * pages, bytesUnused: page * Math.max(0, pages - used) }
  }

  /** Closes it. Nothing is being written. */
  close(): Promise<void> {
    return this.#db.close()
  }

  #read<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new StoreError('failed', `${this.#path} cannot be read (${why}): start again`, {
        cause,
      })
    }
  }
}

/** A group that LMDB did not write. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
  /** One of the system, such as 28 for ENOSPC, or of LMDB, which are negative. */
  readonly code: number | undefined

  constructor(message: string, code: number | undefined, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const META_PAGES = 2

/** What the promise is rejected with has the reason as another promise, which comes later. */
async function writeErrorOf(error: unknown): Promise<WriteError> {
  const reason = await reasonOf(error)
  const code = fieldOf(reason, 'code')
  const message = reason instanceof Error ? reason.message : String(reason)
  return new WriteError(message, typeof code === 'number' ? code : undefined, { cause: reason })
}

async function reasonOf(error: unknown): Promise<unknown> {
  try {
    await fieldOf(error, 'commitError')
    return error
  } catch (reason) {
    return reason
  }
}

function treePages(stats: unknown): number {
  const names = ['treeBranchPageCount', 'treeLeafPageCount', 'overflowPages']
  return names.reduce((sum, name) => sum + numberIn(stats, name), 0)
}

function numberIn(object: unknown, name: string): number {
  const value = fieldOf(object, name)
  return typeof value === 'number' ? value : 0
}

function fieldOf(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined
}
