/**
 * A file that is replaced as a whole: what was written is on the disk before it takes the name, so
 * that a broker that reads it, or a crash, finds the old text or the new one and nothing between.
 */
import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError } from '../exit.ts'

/** The text of a file; `undefined` if it is not there. @throws {CliError} if it cannot be read. */
export async function textOfFile(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path))
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined
    throw failure(path, 'read', cause)
  }
}

/**
 * Replaces a file, or makes it, for its owner alone. One that was there keeps its mode and owner,
 * and one that is reached by a link stays where it is.
 *
 * @throws {CliError} if it cannot be written; then it is what it was.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path).catch(() => path)
    const before = await stat(target).catch(() => undefined)
    const draft = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`)
    try {
      await write(draft, text, before)
      await rename(draft, target)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
    await syncDirectory(dirname(target))
  } catch (cause) {
    throw failure(path, 'written', cause)
  }
}

async function write(draft: string, text: string, before: Stats | undefined): Promise<void> {
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    if (before !== undefined) await keepOwner(handle, before)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The owner before the mode: to give a file away takes some bits of the mode away. */
async function keepOwner(handle: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const draft = await handle.stat()
  if (draft.uid !== uid || draft.gid !== gid) await handle.chown(uid, gid)
  await handle.chmod(mode & 0o777)
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no directories.
  if (process.platform === 'win32') return
  const handle = await open(directory)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function failure(path: string, verb: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CliError(`${path} cannot be ${verb}: ${reason}`, { cause })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
