/**
 * Whether there is room, and what the errors of a disk mean.
 *
 * LMDB changes nothing in place: even to delete it needs a few pages, and gives pages back two
 * groups later. A log that filled its disk to the last page could not be emptied any more. So room
 * is kept: entries leave 1 MiB, changes of records half of it, and the release of pages may use
 * all. Room is what is free on the disk and what is free within the file.
 *
 * What lmdb 3.5.6 does, seen on a small tmpfs and with faults injected by strace:
 *
 *     ENOSPC of a page      the group is undone, its promise rejected with code 28
 *     a page written in part, which is how most file systems say that they are full
 *                           likewise, but with EIO, as if the disk were broken
 *     EIO of fdatasync      likewise, with EIO
 *     EIO of the meta page  likewise; reads fail too, with MDB_PANIC, and a group that is tried
 *                           after that makes the process hang
 *     EIO at creation       the process ends with SIGSEGV
 *
 * Most print to stderr too, from C. So an EIO is looked into by writing a file of the same size,
 * and such a file is written before anything is created. Nothing is tried after any other error.
 */
import { StoreError } from '@godwit/store'
import { statfsSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Tree, WriteError } from './environment.ts'

/** What a group does with room. */
export type Use = 'entries' | 'records'

/** The room for a store. */
export class Space {
  readonly #directory: string
  readonly #tree: Pick<Tree, 'extent'>
  /** What there was when it was last looked at, less what was written since. */
  #room = 0
  #groupsUnseen = 0

  constructor(directory: string, tree: Pick<Tree, 'extent'>) {
    this.#directory = directory
    this.#tree = tree
  }

  /** Why a group with frames of so many bytes cannot be written; `undefined` if it can. */
  shortage(use: Use, bytes: number): StoreError | undefined {
    const need = needOf(bytes)
    const kept = use === 'entries' ? KEPT_BYTES : KEPT_BYTES / 2
    if (this.#room < AMPLE_BYTES + need || ++this.#groupsUnseen > GROUPS_UNSEEN_MAX) this.#look()
    if (this.#room < need + kept) {
      const what = `${this.#room} bytes are left and ${need + kept} are needed`
      return fullError(this.#directory, what)
    }
    this.#room -= need
    return undefined
  }

  /** What it means that a group with frames of so many bytes was not written. */
  async errorOf(error: unknown, bytes: number): Promise<StoreError> {
    this.#room = 0
    const { code, message } = reasonOf(error)
    const isPage = message.includes('Attempting to write page')
    const isFull =
      (isPage && FULL_CODES.has(code ?? 0)) ||
      code === MDB_MAP_FULL ||
      (code === EIO && this.#isReadable() && (await this.#hasNoRoomFor(needOf(bytes))))
    if (isFull) return fullError(this.#directory, message, error)
    return failedError(this.#directory, message, error)
  }

  #look(): void {
    const { bavail, bsize } = statfsSync(this.#directory)
    this.#room = bavail * bsize + this.#tree.extent().bytesUnused
    this.#groupsUnseen = 0
  }

  #isReadable(): boolean {
    try {
      this.#tree.extent()
      return true
    } catch {
      return false
    }
  }

  async #hasNoRoomFor(bytes: number): Promise<boolean> {
    const error = await tryRoom(this.#directory, bytes)
    return error?.kind === 'full'
  }
}

/** Tries whether a directory takes so many bytes; `full` or `failed` if it does not. */
export async function tryRoom(directory: string, bytes: number): Promise<StoreError | undefined> {
  const path = join(directory, 'probe')
  try {
    const file = await open(path, 'w', 0o600)
    try {
      await file.writeFile(new Uint8Array(bytes).fill(1))
      await file.sync()
    } finally {
      await file.close()
    }
    return undefined
  } catch (error) {
    const { message } = reasonOf(error)
    if (FULL_NAMES.has(nameOf(error))) return fullError(directory, message, error)
    return failedError(directory, message, error)
  } finally {
    await rm(path, { force: true })
  }
}

/** What it means that a file of a store could not be made, read or written. */
export function fileErrorOf(directory: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const { message } = reasonOf(error)
  if (FULL_NAMES.has(nameOf(error))) return fullError(directory, message, error)
  return new StoreError(
    'failed',
    `The store in ${directory} cannot be opened (${message}): see to it that this program may ` +
      'write there, or choose another directory',
    { cause: error },
  )
}

/** What is kept free for what makes room. */
const KEPT_BYTES = 1024 * 1024

/** As long as more than this is left, it is not looked at with each group. */
const AMPLE_BYTES = 64 * 1024 * 1024
const GROUPS_UNSEEN_MAX = 256

const EIO = 5
const MDB_MAP_FULL = -30792
/** EFBIG, ENOSPC, EDQUOT. */
const FULL_CODES: ReadonlySet<number> = new Set([27, 28, 122])
const FULL_NAMES: ReadonlySet<string> = new Set(['EFBIG', 'ENOSPC', 'EDQUOT'])

/** Values that fill half of a page, and the pages of the tree that lead to them. */
function needOf(bytes: number): number {
  return 2 * bytes + 64 * 1024
}

function fullError(directory: string, what: string, cause?: unknown): StoreError {
  return new StoreError(
    'full',
    `There is no room for the store in ${directory}: ${what}; make room on its disk, ` +
      'or let subscribers take what waits for them',
    { cause },
  )
}

function failedError(directory: string, what: string, cause: unknown): StoreError {
  return new StoreError(
    'failed',
    `The disk of the store in ${directory} refused a write (${what}), so nothing is written any ` +
      'more: look at the disk, then start again; what was confirmed is kept',
    { cause },
  )
}

function reasonOf(error: unknown): { code: number | undefined; message: string } {
  if (error instanceof WriteError) return error
  return { code: undefined, message: error instanceof Error ? error.message : String(error) }
}

function nameOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
