/** What the disk under the data is worth: without it no figure about durability means anything. */
import { open, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { spreadOf } from '../statistics.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** A sentence about the disk, and a warning if it is none. */
export interface DiskNote {
  readonly says: string
  readonly warning: string | undefined
}

/** Finds out what kind of file system temporary folders are on, and what a sync there takes. */
export async function describeDisk(): Promise<DiskNote> {
  await using folder = await TemporaryFolder.make()
  const { type } = await statfs(folder.path)
  const { median, max } = spreadOf(await syncTimes(join(folder.path, 'synced')))
  const took = `${median.toPrecision(2)} ms, at most ${max.toPrecision(2)} ms`
  return {
    says: `Data was on ${fileSystemName(type)}, where 4 KiB and fdatasync took ${took}.`,
    warning: MEMORY.has(type)
      ? 'Temporary folders are in memory, where syncing costs nothing: set TMPDIR to a disk.'
      : undefined,
  }
}

/** What a number of `statfs` stands for, as far as it is often met. */
export function fileSystemName(type: number): string {
  return NAMES.get(type) ?? MEMORY.get(type) ?? `a file system of type 0x${type.toString(16)}`
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0x794c7630, 'overlayfs'],
])

const MEMORY: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
])

const SYNCS = 51
const PAGE_BYTES = 4_096

async function syncTimes(path: string): Promise<number[]> {
  const page = new Uint8Array(PAGE_BYTES).fill(0x2e)
  const times: number[] = []
  const file = await open(path, 'w')
  try {
    for (let index = 0; index < SYNCS; index++) {
      const startedAt = performance.now()
      await file.write(page, 0, PAGE_BYTES, index * PAGE_BYTES)
      await file.datasync()
      times.push(performance.now() - startedAt)
    }
  } finally {
    await file.close()
  }
  return times
}
