/**
 * Opens a store. What is in the directory is looked at from the outside in, and nothing is touched
 * that is not understood:
 *
 *     lock          nobody else has it open
 *     format        it was written by a program that this one understands
 *     data.mdb      its structure is sound, so that LMDB can be let loose on it
 *     the counters  are those of this log
 */
import { chmod, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Counters, decodeCounters, NO_COUNTERS } from './counters.ts'
import { corruption } from './corruption.ts'
import { DirectoryLock } from './directory-lock.ts'
import { Environment } from './environment.ts'
import { DATA_FILE, makeDirectory, readFormat, sync, writeFormat } from './format-file.ts'
import { checkDataFile } from './inspection/data-file-check.ts'
import { COUNTERS_KEY, envelopePosition } from './keys.ts'
import { LmdbEngine, type OpenStore } from './lmdb-engine.ts'
import { fileErrorOf, tryRoom } from './space.ts'

/** Where a store is and how it is to be. */
export interface LmdbOptions {
  /** Created if it is missing, for its owner only. */
  readonly directory: string
  /** What a commit survives, a power cut or the end of the process; `fsync` if absent. */
  readonly durability?: 'fsync' | 'os'
  /** The address space that is taken for it, 1 TiB if absent: no memory, and no disk. */
  readonly mapBytes?: number
  /** Hears what the operator should know, as sentences. */
  readonly onNotice?: (sentence: string) => void
}

/**
 * Opens a store, and creates it if there is none.
 * @throws {StoreError} `locked`, `version`, `corrupt`, `full`; `failed` if the disk refuses.
 */
export async function openLmdb(options: LmdbOptions): Promise<LmdbEngine> {
  return new LmdbEngine(await openStore(options))
}

/** Opens what an engine works on. @throws {StoreError} as `openLmdb`. */
export async function openStore(options: LmdbOptions): Promise<OpenStore> {
  try {
    await prepareDirectory(options)
    return await lockAndOpen(options)
  } catch (error) {
    throw fileErrorOf(options.directory, error)
  }
}

const FILES = [DATA_FILE, `${DATA_FILE}-lock`, 'lock', 'format']

async function prepareDirectory({ directory, onNotice }: LmdbOptions): Promise<void> {
  if (await makeDirectory(directory)) await chmod(directory, 0o700)
  const { mode } = await stat(directory)
  if ((mode & 0o077) === 0 || process.platform === 'win32') return
  const rights = (mode & 0o777).toString(8).padStart(4, '0')
  onNotice?.(
    `Others than its owner have rights in ${directory}, whose mode is ${rights}: ` +
      `run chmod 0700 ${directory} unless that is meant`,
  )
}

async function lockAndOpen(options: LmdbOptions): Promise<OpenStore> {
  const lock = await DirectoryLock.acquire(options.directory)
  try {
    return await openLocked(options, lock)
  } catch (error) {
    await lock[Symbol.asyncDispose]()
    throw error
  }
}

async function openLocked(options: LmdbOptions, lock: DirectoryLock): Promise<OpenStore> {
  const { directory, durability = 'fsync', mapBytes = MAP_BYTES } = options
  const path = join(directory, DATA_FILE)
  const state = await readFormat(directory, await exists(path))
  if (state === 'new') await beginAnew(directory)
  else await check(directory, path, options.onNotice)
  const environment = new Environment({ path, isSynced: durability === 'fsync', mapBytes })
  try {
    const counters = readCounters(directory, environment)
    for (const file of FILES) await chmod(join(directory, file), 0o600)
    if (state === 'new') {
      await sync(path)
      await sync(directory)
      await writeFormat(directory, 'complete')
    }
    return { directory, durability, environment, counters, lock }
  } catch (error) {
    await environment.close()
    throw error
  }
}

const MAP_BYTES = 2 ** 40

/** Somewhat more than what a new store takes. */
const NEW_BYTES = 64 * 1024

async function beginAnew(directory: string): Promise<void> {
  const error = await tryRoom(directory, NEW_BYTES)
  if (error !== undefined) throw error
  await writeFormat(directory, 'new')
  for (const file of [DATA_FILE, `${DATA_FILE}-lock`])
    await rm(join(directory, file), { force: true })
}

async function check(
  directory: string,
  path: string,
  onNotice: LmdbOptions['onNotice'],
): Promise<void> {
  const verdict = await checkDataFile(path)
  if (verdict.kind === 'damaged')
    throw corruption(directory, verdict.place, clause(verdict.sentence))
  if (verdict.kind === 'torn-tail') onNotice?.(`${path}: ${verdict.sentence}`)
}

/** A sentence as a part of another one. */
function clause(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence
}

function readCounters(directory: string, environment: Environment): Readonly<Counters> {
  const bytes = environment.get(COUNTERS_KEY)
  if (bytes === undefined) {
    if (environment.extent().keys === 0) return NO_COUNTERS
    throw corruption(directory, 'its counters', 'they are missing, but there are data')
  }
  const counters = decodeCounters(bytes)
  if (typeof counters === 'string') throw corruption(directory, 'its counters', counters)
  const last = environment.keyBefore(COUNTERS_KEY)
  const position = last && envelopePosition(last)
  if (position === undefined || position < counters.next) return counters
  const what = `the next position is ${counters.next}, but there is an entry at ${position}`
  throw corruption(directory, 'its counters', what)
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
