/**
 * Text files that operators write: passwords, ACLs. They are read whole and of a bounded size, and
 * whatever is wrong with one is said in sentences with the line, so that the broker refuses to
 * start with it, or keeps what it had.
 */
import { open } from 'node:fs/promises'
import type { Stats } from 'node:fs'

/** What is wrong with one line, or with the file where there is no line. */
export interface FileFault {
  /** Counted from 1. */
  readonly line?: number
  /** What was got, and what to do. */
  readonly sentence: string
}

/** A file that cannot be used. The message has a line for each fault: `acl.conf:3: ...`. */
export class OperatorFileError extends Error {
  override readonly name = 'OperatorFileError'
  readonly path: string
  readonly faults: readonly FileFault[]

  constructor(path: string, faults: readonly FileFault[], cause?: unknown) {
    super(messageOf(path, faults), cause === undefined ? undefined : { cause })
    this.path = path
    this.faults = faults
  }
}

/** A file as it was read. */
export interface OperatorFile {
  readonly path: string
  readonly text: string
  /** Permissions and owner at the time of reading. */
  readonly stats: Stats
}

/**
 * Reads a regular file of at most `bytesMax` bytes of UTF-8.
 *
 * @throws {OperatorFileError} if it cannot be read, is something else, or is too large.
 */
export async function readOperatorFile(path: string, bytesMax: number): Promise<OperatorFile> {
  try {
    await using handle = await open(path)
    const stats = await handle.stat()
    if (!stats.isFile()) throw fileError(path, 'is no file: give the path of a text file')
    // What grows meanwhile is not waited for: at most a byte too many is read.
    const bytes = Buffer.alloc(Math.min(stats.size, bytesMax) + 1)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    if (bytesRead > bytesMax || stats.size > bytesMax) {
      const [has, most] = [stats.size, bytesMax].map((bytes) => bytes.toLocaleString('en'))
      throw fileError(path, `is too large: it has ${has} bytes, at most ${most} are read`)
    }
    return { path, text: decoded(path, bytes.subarray(0, bytesRead)), stats }
  } catch (error) {
    if (error instanceof OperatorFileError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new OperatorFileError(path, [{ sentence: `cannot be read: ${reason}` }], error)
  }
}

/** A line of a file, without what ends it. */
export interface FileLine {
  /** Counted from 1. */
  readonly number: number
  readonly text: string
}

/** The lines of a text; those that are ended as on Windows, too. */
export function linesOf(text: string): readonly FileLine[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line, index) => ({
    number: index + 1,
    text: line.endsWith('\r') ? line.slice(0, -1) : line,
  }))
}

/** A text without the spaces and tabs around it; others than those of ASCII are a part of it. */
export function trimmed(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (start < end && isSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09 || unit === 0x0d
}

/** Whether there is a character in a text that no name or topic of an operator has. */
export function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return true
  }
  return false
}

/** A text in quotes for a sentence, its control characters written out, and not longer than 64. */
export function quoted(text: string): string {
  const start = text.length > 64 ? `${text.slice(0, 64)}...` : text
  return JSON.stringify(start).replaceAll(UNPRINTABLE, escaped)
}

/** What JSON leaves as it is and a terminal does not: DEL, C1, and what turns writing around. */
const UNPRINTABLE = /[\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const FAULTS_SHOWN_MAX = 20

function messageOf(path: string, faults: readonly FileFault[]): string {
  const shown = faults.slice(0, FAULTS_SHOWN_MAX).map(({ line, sentence }) => {
    return line === undefined ? `${path} ${sentence}` : `${path}:${line}: ${sentence}`
  })
  const more = faults.length - shown.length
  return [...shown, ...(more > 0 ? [`${path} has ${more} more such lines`] : [])].join('\n')
}

function fileError(path: string, sentence: string): OperatorFileError {
  return new OperatorFileError(path, [{ sentence }])
}

function decoded(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const line = lineOfFault(bytes)
    throw new OperatorFileError(
      path,
      [{ line, sentence: 'is no UTF-8: save the file as UTF-8' }],
      error,
    )
  }
}

/** Line feeds are no part of longer characters, so each line can be looked at by itself. */
function lineOfFault(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let start = 0
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(0x0a, start)
    try {
      decoder.decode(bytes.subarray(start, end === -1 ? bytes.length : end))
    } catch {
      return line
    }
    if (end === -1) return line
    start = end + 1
  }
}
