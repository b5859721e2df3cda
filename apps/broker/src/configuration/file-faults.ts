/** What kept a file from being read, in sentences for whoever named it. */
import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { OperatorFileError } from '@godwit/auth'
import { didYouMean } from './wording.ts'

/** The sentences, which follow the key that names the file. */
export async function fileFaults(error: unknown, file?: string): Promise<readonly string[]> {
  const system = systemErrorOf(error, file)
  if (system !== undefined) return [`names ${system.path}, ${await reasonOf(system)}`]
  if (error instanceof OperatorFileError) {
    return error.faults.map(({ line, sentence }) => {
      const place = line === undefined ? `${error.path} ` : `${error.path}:${line}: `
      return `cannot be used: ${place}${sentence}`
    })
  }
  const message = error instanceof Error ? error.message : String(error)
  return [`cannot be used: ${message}`]
}

interface SystemError {
  readonly code: string
  readonly path: string
}

/** The error of the system, which may be the cause of another. */
function systemErrorOf(error: unknown, file: string | undefined): SystemError | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string' && 'syscall' in error) {
    // To read a directory fails without a word of which.
    const path = 'path' in error && typeof error.path === 'string' ? error.path : file
    return path === undefined ? undefined : { code: error.code, path }
  }
  return error.cause === undefined ? undefined : systemErrorOf(error.cause, file)
}

async function reasonOf({ code, path }: SystemError): Promise<string> {
  if (code === 'EACCES' || code === 'EPERM') return 'which this user may not read'
  if (code === 'EISDIR') return 'which is a directory'
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return `which cannot be read (${code})`
  return `which is not there${await neighbour(path)}`
}

/** A file of a similar name in the same directory. */
async function neighbour(path: string): Promise<string> {
  const names = await readdir(dirname(path)).catch(() => undefined)
  if (names === undefined) return ': nor is its directory'
  return didYouMean(basename(path), names)
}
