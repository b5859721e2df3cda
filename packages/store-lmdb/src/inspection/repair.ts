/**
 * Makes a new store of what is good in a damaged one. At each moment there is a whole `data.mdb`,
 * and the damaged one is never written to:
 *
 *     1. repairing.mdb             <-- what is good of data.mdb, synced, checked
 *     2. damaged-<time>/data.mdb   <-- data.mdb, as a second name of the same file
 *     3. data.mdb                  <-- repairing.mdb, renamed over it
 *
 * What may be from the past is not taken, only counted: a session that was deleted, or a message
 * that was delivered, would come back.
 */
import { constants } from 'node:fs'
import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeCounters } from '../counters.ts'
import { DirectoryLock } from '../directory-lock.ts'
import { Environment } from '../environment.ts'
import { DATA_FILE, sync, writeFormat } from '../format-file.ts'
import { framed, frameNumber } from '../frames.ts'
import { COUNTERS_KEY } from '../keys.ts'
import { checkDataFile } from './data-file-check.ts'
import { checkLocked, contentsOf } from './directory-check.ts'
import type { StoreContents } from './directory-check.ts'
import { Inventory } from './inventory.ts'
import type { GoodValue } from './inventory.ts'
import { Salvage } from './salvage.ts'
import type { Fault } from './fault.ts'

/** How to repair. */
export interface RepairOptions {
  /** The name of the directory for the damaged file; `damaged-` and the time if absent. */
  readonly keepAs?: string
}

/** What became of it. */
export interface RepairReport extends StoreContents {
  readonly directory: string
  /** Where the damaged file is; `undefined` if nothing was wrong, and so nothing was done. */
  readonly damagedFile: string | undefined
  /** What was wrong with the structure of the file. */
  readonly faults: readonly Fault[]
  /** False if the newest state could not be found: the last transaction may be missing. */
  readonly isNewest: boolean
  /** Values that may be from the past, and were left out. */
  readonly staleValues: number
}

/**
 * Repairs a store, which nobody may have open. It takes as much room again on the disk as is good.
 * A store that is sound is left as it is.
 * @throws {StoreError} as `checkDirectory`; or an {Error} from the file system or LMDB, and then
 *   the store is as it was.
 */
export async function repairDirectory(
  directory: string,
  options: RepairOptions = {},
): Promise<RepairReport> {
  await using _lock = await DirectoryLock.acquire(directory)
  const { file: _file, isSound, ...contents } = await checkLocked(directory)
  if (isSound) {
    return { ...contents, damagedFile: undefined, faults: [], isNewest: true, staleValues: 0 }
  }
  const fresh = join(directory, 'repairing.mdb')
  await removeStore(fresh)
  try {
    const report = await rewrite(join(directory, DATA_FILE), fresh)
    const verdict = await checkDataFile(fresh)
    if (verdict.kind !== 'sound')
      throw new Error(`What was written is damaged: ${verdict.sentence}`)
    const damagedFile = await swap(directory, fresh, options.keepAs ?? `damaged-${timestamp()}`)
    await writeFormat(directory, 'complete')
    const format = contents.findings.filter(({ kind }) => kind === 'format')
    return { directory, damagedFile, ...report, findings: [...format, ...report.findings] }
  } finally {
    await removeStore(fresh)
  }
}

/** Writes what is good in one file into another, new one. */
async function rewrite(
  from: string,
  to: string,
): Promise<Omit<RepairReport, 'directory' | 'damagedFile'>> {
  using salvage = new Salvage(from)
  const inventory = new Inventory()
  const environment = new Environment({ path: to, isSynced: true, mapBytes: 2 ** 40 })
  const target = new Target(environment)
  let staleValues = 0
  try {
    for (const record of salvage.records()) {
      if (record.stale) staleValues++
      else for (const good of inventory.take(record)) await target.put(good)
    }
    const next = inventory.counters?.next ?? inventory.position + COUNTERS_LOST
    const revision = inventory.counters?.revision ?? inventory.revision + COUNTERS_LOST
    const { entries, entryBytes, envelopes, position } = inventory
    const counters = {
      next: Math.max(next, position + 1),
      revision: Math.max(revision, inventory.revision),
      entries,
      bytes: entryBytes,
      envelopes,
    }
    await target.finish(encodeCounters(counters))
  } finally {
    await environment.close()
  }
  const { faults, isNewest, recordsExpected } = salvage
  return { faults, isNewest, staleValues, ...contentsOf(inventory, recordsExpected) }
}

/** Where the good values go, a few megabytes at a time. */
class Target {
  readonly #environment: Environment
  #puts: (readonly [Uint8Array, Uint8Array])[] = []
  #bytes = 0
  /** What must not take the place of anything else, and so comes last. */
  readonly #late: GoodValue[] = []

  constructor(environment: Environment) {
    this.#environment = environment
  }

  async put(good: GoodValue): Promise<void> {
    if (good.isMisplaced) this.#late.push(good)
    else await this.#write(good.key, good.value)
  }

  async finish(counters: Uint8Array): Promise<void> {
    await this.#flush()
    for (const { key, value } of this.#late) {
      const there = this.#environment.get(key)
      if (there !== undefined && numberOf(there) >= numberOf(value)) continue
      await this.#write(key, value)
      await this.#flush()
    }
    await this.#write(COUNTERS_KEY, counters)
    await this.#flush()
  }

  async #write(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#puts.push([key, value])
    this.#bytes += value.length
    if (this.#bytes >= GROUP_BYTES) await this.#flush()
  }

  async #flush(): Promise<void> {
    const puts = this.#puts
    this.#puts = []
    this.#bytes = 0
    if (puts.length > 0) await this.#environment.write({ puts, removals: [] })
  }
}

/** Puts the new file in the place of the damaged one, which it keeps. Returns where. */
async function swap(directory: string, fresh: string, keepAs: string): Promise<string> {
  const path = join(directory, DATA_FILE)
  const keep = join(directory, keepAs)
  // Not recursive: what is there already may be the only copy of something.
  await mkdir(keep, { mode: 0o700 })
  const damagedFile = join(keep, DATA_FILE)
  try {
    await link(path, damagedFile)
  } catch {
    // A file system without second names.
    await copyFile(path, damagedFile, constants.COPYFILE_EXCL)
    await sync(damagedFile)
  }
  await sync(keep)
  await rename(fresh, path)
  await sync(directory)
  return damagedFile
}

async function removeStore(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(`${path}-lock`, { force: true })
}

/** The revision of a record, or the first position of an envelope. */
function numberOf(value: Uint8Array): number {
  return frameNumber(framed(value).view, 0)
}

/** Such as `2026-01-31T12-00-00.000Z`, which every file system takes as a name. */
function timestamp(): string {
  return new Date().toISOString().replaceAll(':', '-')
}

/** So much is written at once. */
const GROUP_BYTES = 4 * 1024 * 1024

/** Nobody may get a position or a revision again, also of those that are lost: more than that. */
const COUNTERS_LOST = 2 ** 32
