/** Where an export goes: to standard output, or to a file that is whole or is not there. */
import { open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

/** So many characters are written at a time. */
const PORTION_LENGTH = 256 * 1024

/** Writes to stdout, as fast as it is read. Whoever reads it may leave, as `head` does. */
export async function writeToStdout(lines: AsyncIterable<string>): Promise<void> {
  const { stdout } = process
  // The same error comes to whoever has written.
  stdout.on('error', () => {})
  for await (const portion of portionsOf(lines)) {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      stdout.write(portion, resolve)
    })
    if (error === undefined || error === null) continue
    if ('code' in error && error.code === 'EPIPE') return
    throw error
  }
}

/**
 * Writes to a file that is not there yet. Until all is on the disk it has another name.
 * @throws {Error} if there is such a file, or it cannot be written.
 */
export async function writeToFile(file: string, lines: AsyncIterable<string>): Promise<void> {
  if (await exists(file)) throw new Error(`${file} exists: name a file that does not`)
  const unfinished = `${file}.unfinished`
  const handle = await open(unfinished, 'w', 0o600)
  try {
    await writeWhole(handle, lines)
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

async function writeWhole(handle: FileHandle, lines: AsyncIterable<string>): Promise<void> {
  try {
    for await (const portion of portionsOf(lines)) await handle.writeFile(portion)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function* portionsOf(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let portion = ''
  for await (const line of lines) {
    portion += `${line}\n`
    if (portion.length < PORTION_LENGTH) continue
    yield portion
    portion = ''
  }
  if (portion !== '') yield portion
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}
