// Files of outboxes, in directories that are gone when the tests of a file are over.
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { fileOutbox } from '../src/node/outbox-file.ts'
import type { StoredMessage } from '../src/outbox/outbox-store.ts'

/** Where they are. */
export const directory: string = mkdtempSync(join(tmpdir(), 'outbox-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A path for a file, in a directory of its own. */
export async function placeFor(name: string): Promise<string> {
  await mkdir(join(directory, `${name}.d`))
  return join(directory, `${name}.d`, 'outbox')
}

/** What a new life of the program finds there. */
export async function loaded(path: string): Promise<readonly StoredMessage[]> {
  const store = fileOutbox(path)
  try {
    return await store.load()
  } finally {
    await store.close()
  }
}

/** Appends each batch in a frame of its own. */
export async function filled(path: string, batches: readonly StoredMessage[][]): Promise<void> {
  const store = fileOutbox(path)
  await store.load()
  for (const batch of batches) await store.append(batch)
  await store.close()
}

/** The numbers from one to the other. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n)
}
