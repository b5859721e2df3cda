/** The file of a recording: made new, gone on with, or written over; on the disk at the end. */
import { once } from 'node:events'
import { open, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { CliError } from '../exit.ts'
import { Interruption } from '../interrupt.ts'
import { LineError, parseLine } from './recording-parsing.ts'
import type { LineSink } from './recording-writer.ts'

/** What to do with a file that is there: nothing, go on with it, or begin it anew. */
export type FileMode = 'new' | 'append' | 'overwrite'

/**
 * Opens the file for lines; a new one that gets none is taken away again. A line that an earlier
 * run has left unfinished, as a crash does, is taken away too, and `warn` is told.
 * @throws {CliError} if it cannot be opened, is there already, or is something else.
 */
export async function openRecording(
  path: string,
  mode: FileMode,
  warn: (sentence: string) => void,
): Promise<LineSink> {
  const handle = await opened(path, mode)
  try {
    if (mode === 'append') await makeWhole(handle, path, warn)
  } catch (error) {
    await handle.close()
    throw error
  }
  let isEmpty = mode === 'new'
  return {
    append: (text) => {
      isEmpty = false
      return written(path, () => handle.appendFile(text))
    },
    finish: async () => {
      await written(path, () => handle.datasync().catch(unlessUnsupported))
      await handle.close()
      // A server that could not be reached is no reason to leave a file in the way.
      if (isEmpty) await unlink(path)
    },
  }
}

/**
 * Lines on a stream, such as stdout, which is waited for. Whoever interrupts the run gets what was
 * recorded all the same; a reader that has left is an {@link Interruption} itself.
 */
export function streamSink(stream: Writable): LineSink {
  return {
    append: async (text) => {
      try {
        await taken(stream, text)
      } catch (error) {
        throw isSystemError(error) && error.code === 'EPIPE' ? new Interruption('EPIPE') : error
      }
    },
    finish: () => Promise.resolve(),
  }
}

async function taken(stream: Writable, text: string): Promise<void> {
  if (stream.write(text)) return
  // A stream that has failed drains nothing, and does not say so again.
  if (stream.errored !== null) throw stream.errored
  await once(stream, 'drain')
}

const FLAGS = { new: 'ax+', append: 'a+', overwrite: 'w' } as const

async function opened(path: string, mode: FileMode): Promise<FileHandle> {
  try {
    return await open(path, FLAGS[mode])
  } catch (cause) {
    if (isSystemError(cause) && cause.code === 'EEXIST') {
      const advice = 'go on with it by --append, or begin it anew with --overwrite'
      throw new CliError(`${path} is there already`, { advice, cause })
    }
    throw unwritable(path, cause)
  }
}

/** What is appended must begin a line, behind a recording. */
async function makeWhole(
  handle: FileHandle,
  path: string,
  warn: (sentence: string) => void,
): Promise<void> {
  const { size } = await handle.stat()
  if (size === 0) return
  const whole = await endOfLastLine(handle, size)
  if (whole === 0 || !(await beginsLikeRecording(handle))) {
    throw new CliError(`${path} is no recording`, { advice: 'name another file' })
  }
  if (whole === size) return
  warn(`the last line of ${path} was cut off, and is taken away`)
  await handle.truncate(whole)
}

const BLOCK_BYTES = 65_536
const LINE_FEED = 0x0a

/** Behind the last line feed; 0 if there is none. */
async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(BLOCK_BYTES)
  for (let end = size; end > 0; end -= BLOCK_BYTES) {
    const start = Math.max(0, end - BLOCK_BYTES)
    const { bytesRead } = await handle.read(block, 0, end - start, start)
    const index = block.subarray(0, bytesRead).lastIndexOf(LINE_FEED)
    if (index !== -1) return start + index + 1
  }
  return 0
}

async function beginsLikeRecording(handle: FileHandle): Promise<boolean> {
  const block = Buffer.alloc(BLOCK_BYTES)
  const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, 0)
  const end = block.subarray(0, bytesRead).indexOf(LINE_FEED)
  try {
    return end !== -1 && parseLine(block.toString('utf8', 0, end)).kind === 'header'
  } catch (error) {
    if (error instanceof LineError) return false
    throw error
  }
}

async function written(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Pipes and devices keep nothing that could be made safe. */
function unlessUnsupported(error: unknown): void {
  if (!isSystemError(error) || !['EINVAL', 'ENOTSUP', 'EROFS'].includes(error.code ?? ''))
    throw error
}

function unwritable(path: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CliError(`${path} cannot be written: ${reason}`, { cause })
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error
}
