/** Opens what the broker keeps things in, and says what is wrong if that cannot be done. */
import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Engine } from '@godwit/store'
import { openLmdb } from '@godwit/store-lmdb'
import type { Logger } from 'pino'
import { importIsUnfinished } from './data/import-mark.ts'
import type { Keeping } from './keeping.ts'

/**
 * Opens the store that the flags ask for, and makes its directory if there is none; `undefined` if
 * nothing is to be kept. @throws {Error} a sentence that says what to do.
 */
export async function openStore(keeping: Keeping, log: Logger): Promise<Engine | undefined> {
  if (keeping.durability === 'memory') return undefined
  const { durability, directory } = keeping
  const engine = await openDirectory(directory, durability, (notice) => log.warn(notice))
  if (!(await importIsUnfinished(engine))) return engine
  await engine.close()
  throw new Error(
    `An import into ${directory} has not come to its end: ` +
      'run godwit-broker data import again, which begins anew',
  )
}

/** Opens the store in a directory, which is made if there is none. @throws {Error} a sentence. */
export async function openDirectory(
  directory: string,
  durability: 'fsync' | 'os',
  onNotice: (notice: string) => void,
): Promise<Engine> {
  makeDirectory(directory)
  return openLmdb({ directory: resolve(directory), durability, onNotice })
}

function makeDirectory(directory: string): void {
  try {
    // What clients say is nobody's business but theirs and the broker's.
    const first = mkdirSync(directory, { recursive: true, mode: 0o700 })
    if (first !== undefined) syncAbove(resolve(directory), resolve(first))
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `Nothing can be kept in ${directory} (${why}): ` +
        'name a directory that can be written with --data, ' +
        'or keep nothing with --durability memory',
      { cause },
    )
  }
}

/** Each directory that was made, from one up to another, is an entry of the one above it. */
function syncAbove(lowest: string, highest: string): void {
  if (process.platform === 'win32') return // Where directories cannot be synced.
  for (let made = lowest; ; made = dirname(made)) {
    const above = dirname(made)
    const file = openSync(above, 'r')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (made === highest || above === made) return
  }
}
