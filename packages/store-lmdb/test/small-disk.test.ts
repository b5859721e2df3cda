/** A real disk that is full: a file system in memory, of 4 MiB, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '@godwit/store'
import { describe, expect, it } from 'vitest'
import { checkDataFile } from '../src/inspection/data-file-check.ts'
import { type LmdbEngine, openLmdb } from '../src/index.ts'
import { temporaryDirectory } from './directory.ts'

const WITHOUT_DISK = !(await canMount())

describe('A store on a disk of 4 MiB (root on Linux)', () => {
  it.skipIf(WITHOUT_DISK)(
    'refuses entries and takes them again when they were released',
    async () => {
      await using disk = await smallDisk()
      const directory = join(disk.path, 'store')
      await using engine = await openLmdb({ directory })
      for (let round = 0; round < 3; round++) {
        const entries = await fill(engine, 3000)
        expect(entries).toBeGreaterThan(500)
        await engine.commit([{ records: [progress('1')] }])
        const { first, next } = await engine.log.bounds(0)
        const pages = Math.floor(next / 256) - Math.floor(first / 256) + 1
        engine.log.release(Array.from({ length: pages }, (_, at) => Math.floor(first / 256) + at))
        expect(await engine.usage()).toMatchObject({ logEntries: 0, records: 1 })
      }
    },
  )

  it.skipIf(WITHOUT_DISK)('releases pages though others took all of it', async () => {
    await using disk = await smallDisk()
    const directory = join(disk.path, 'store')
    await using engine = await openLmdb({ directory })
    const ballast = join(disk.path, 'ballast')
    for (let n = 0; n < 300; n++) await append(engine, 3000)
    await writeFile(ballast, new Uint8Array(4 * 1024 * 1024)).catch(() => {})
    await expect(append(engine, 3000)).rejects.toMatchObject({ kind: 'full' })
    engine.log.release([0])
    expect(await engine.usage()).toMatchObject({ logEntries: 45, bytesFree: 0 })
    await rm(ballast)
    expect(await append(engine, 3000)).toBeGreaterThan(300)
  })

  it.skipIf(WITHOUT_DISK)('fails single groups where the disk is full all at once', async () => {
    await using disk = await smallDisk()
    const directory = join(disk.path, 'store')
    await using engine = await openLmdb({ directory })
    // One group that is greater than the disk is written until that refuses.
    const units = Array.from({ length: 10 }, (_, n) => ({
      records: [{ table: 'retained' as const, key: String(n), value: new Uint8Array(700_000) }],
    }))
    for (const bytes of [1_000_000, 2_000_000]) {
      const values = units.map(({ records: [one] }) => ({
        records: [{ ...one!, value: new Uint8Array(bytes / 10) }],
      }))
      await engine.commit(values).catch(() => {})
    }
    await expect(engine.commit(units)).rejects.toMatchObject({ kind: 'full' })
    await append(engine, 100)
    await engine.close()
    expect(await checkDataFile(join(directory, 'data.mdb'))).toMatchObject({
      kind: 'sound',
      leakedPages: 0,
    })
  })

  it.skipIf(WITHOUT_DISK)('is not begun', async () => {
    await using disk = await smallDisk()
    await writeFile(join(disk.path, 'ballast'), new Uint8Array(4 * 1024 * 1024)).catch(() => {})
    const directory = join(disk.path, 'store')
    await expect(openLmdb({ directory })).rejects.toMatchObject({ kind: 'full' })
  })
})

/** Appends until there is no room, at most so many. Returns how many there was room for. */
async function fill(engine: LmdbEngine, entriesMax: number): Promise<number> {
  for (let entries = 0; entries < entriesMax; entries++) {
    const error: unknown = await append(engine, 3000).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error instanceof StoreError && error.kind === 'full') return entries
  }
  return 0
}

async function append(engine: LmdbEngine, bytes: number): Promise<number> {
  const [outcome] = await engine.commit([
    { appends: [{ topic: 'a', bytes: new Uint8Array(bytes) }] },
  ])
  return outcome!.committed ? outcome!.positions[0]! : NaN
}

function progress(key: string) {
  return { table: 'progress' as const, key, value: new Uint8Array(50) }
}

async function smallDisk() {
  const directory = await temporaryDirectory()
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory.path])
  return {
    path: directory.path,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      execFileSync('umount', [directory.path])
      await directory[Symbol.asyncDispose]()
    },
  }
}

async function canMount(): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  try {
    await using _disk = await smallDisk()
    return true
  } catch {
    return false
  }
}
