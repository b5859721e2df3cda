/**
 * What survives the closing of an engine in memory: its disk, and the lock on it. A test keeps the
 * storage, opens one engine after the other on it, and can do to it what happens to disks:
 *
 *     crash()           the engine is cut off, and what was not done is lost, or some of it
 *     corruptEntry()    what is read is not what was written
 *     faults            slow and failing commits, see there
 */
import type { Position, Table, Unit } from './engine.ts'
import { type DiskLayout, MemoryDisk } from './memory-disk.ts'
import { MemoryFaults } from './memory-faults.ts'
import { StoreError } from './store-error.ts'

/** What of the commits under way is on the disk after a crash. */
export interface Survivors {
  /** So many units, the oldest ones; none if absent. */
  readonly units?: number
  /**
   * So many parts of the unit behind them; none if absent. With `atomic` `key` each append and each
   * record is a part, appends first; with `shard` the appends to one shard are one together.
   */
  readonly parts?: number
}

/** An engine, as its storage sees it. */
export interface Owner {
  /** The commits that were begun and are not finished. */
  outstanding(): number
  /** Ends without finishing anything, and gives the units that were under way, oldest first. */
  die(): readonly Unit[]
}

/** A disk in memory, empty at first. */
export class MemoryStorage {
  readonly faults: MemoryFaults = new MemoryFaults()
  #disk: MemoryDisk | undefined
  #owner: Owner | undefined

  /** How many commits were begun and are not finished. */
  get outstanding(): number {
    return this.#owner?.outstanding() ?? 0
  }

  /**
   * Cuts the engine off that is open, as if its process had died, and ends `hold`. What was under
   * way is lost but for the survivors, and fails with `closed`, as all does that is begun later.
   * @throws {RangeError} if parts of a unit are to survive and `atomic` is `all`.
   */
  crash({ units = 0, parts = 0 }: Survivors = {}): void {
    const disk = this.#disk
    if (parts > 0 && disk?.layout.atomic === 'all') throw new RangeError(UNITS_ARE_WHOLE)
    const outstanding = this.#owner?.die() ?? []
    this.#owner = undefined
    for (const unit of outstanding.slice(0, units)) disk?.apply(unit)
    const torn = outstanding[units]
    if (torn !== undefined) disk?.applyParts(torn, parts)
    this.faults.release()
    this.faults.releaseReads()
  }

  /** Makes an entry one at which reads fail. @throws {RangeError} if there is none. */
  corruptEntry(position: Position): void {
    const bytes = this.#disk?.entry(position)
    if (bytes === undefined) throw new RangeError(`There is no entry at position ${position}`)
    this.#disk?.spoil(bytes)
  }

  /** Makes a record one at which reads fail, until it is written again. @throws {RangeError} */
  corruptRecord(table: Table, key: string): void {
    const record = this.#disk?.record(table, key)
    if (record === undefined) throw new RangeError(`There is no record ${key} in table ${table}`)
    this.#disk?.spoil(record.value)
  }

  /**
   * For an engine: takes the lock and gives the disk, which is laid out if it is not yet.
   * @throws {StoreError} `locked` if another one has it; `version` if it is laid out otherwise.
   */
  lock(owner: Owner, layout: Partial<DiskLayout>): MemoryDisk {
    if (this.#owner !== undefined) throw new StoreError('locked', LOCKED)
    const disk = this.#disk ?? new MemoryDisk({ shards: 1, atomic: 'all', ...layout })
    const { shards = disk.layout.shards, atomic = disk.layout.atomic } = layout
    if (shards !== disk.layout.shards || atomic !== disk.layout.atomic) {
      throw new StoreError('version', otherwise(disk.layout))
    }
    this.#disk = disk
    this.#owner = owner
    return disk
  }

  /** For an engine: gives the lock back, if it still has it. */
  unlock(owner: Owner): void {
    if (this.#owner === owner) this.#owner = undefined
  }
}

const LOCKED = 'This memory storage is open already: close the engine that has it first'
const UNITS_ARE_WHOLE = 'A crash leaves units whole where atomic is all: no parts can survive'

function otherwise({ shards, atomic }: DiskLayout): string {
  return `This memory storage has ${shards} shards and atomic ${atomic}: open it with the same`
}
