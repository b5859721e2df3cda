/** A small real store, ways to damage its file, and what a process of its own reads from it. */
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TABLES } from '@godwit/store'
import type { Engine } from '@godwit/store'
import { openLmdb } from '../src/index.ts'
import { Salvage } from '../src/inspection/salvage.ts'
import type { SalvagedRecord } from '../src/inspection/salvage.ts'

export const PAGE_BYTES = 4096

/** A directory of its own, which is removed in the end. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'godwit-inspection-'))
  try {
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The file of a store with some hundred records and entries, some long, and with free pages. */
export function makeFile(): Promise<Buffer> {
  return withDirectory(async (directory) => {
    const engine = await openLmdb({ directory, durability: 'os' })
    await fill(engine)
    await engine.close()
    return readFile(join(directory, 'data.mdb'))
  })
}

/** All that a file holds, in order; it must be sound. */
export function contentOf(bytes: Uint8Array): Promise<Content> {
  return withDirectory(async (directory) => {
    const path = join(directory, 'data.mdb')
    await writeFile(path, bytes)
    using salvage = new Salvage(path)
    const records = [...salvage.records()]
    return new Map(records.map((record) => [hex(record.key), record]))
  })
}

/** By their keys. */
export type Content = ReadonlyMap<string, SalvagedRecord>

/** A damage. */
export interface Damage {
  readonly name: string
  /** The first byte that is concerned, and one behind the last. */
  readonly from: number
  readonly until: number
  apply(bytes: Buffer): Buffer
}

/** The file ends here. */
export function cut(at: number): Damage {
  return { name: `cut ${at}`, from: at, until: Infinity, apply: (bytes) => bytes.subarray(0, at) }
}

/** A sector has become zeros. */
export function zero(at: number): Damage {
  return {
    name: `zero ${at}`,
    from: at,
    until: at + 512,
    apply: (bytes) => Buffer.from(bytes).fill(0, at, at + 512),
  }
}

/** A bit has become another one. */
export function flip(at: number, bit: number): Damage {
  return {
    name: `flip ${at}.${bit}`,
    from: at,
    until: at + 1,
    apply: (bytes) => {
      const copy = Buffer.from(bytes)
      copy[at] = (copy[at] ?? 0) ^ (1 << bit)
      return copy
    },
  }
}

/** Damages by chance, always the same ones: in the meta pages, in headers of pages, anywhere. */
export function flips(bytes: number, count: number): Damage[] {
  const random = randomNumbers(42)
  return Array.from({ length: count }, (_, index) => {
    const page = random(bytes / PAGE_BYTES) * PAGE_BYTES
    const region = [random(2) * PAGE_BYTES + random(168), page + random(64), random(bytes)]
    return flip(region[index % 3]!, random(8))
  })
}

/** What LMDB reads from files, in a process of its own, and writes into some of them afterwards. */
export function readWithLmdb(original: string, paths: readonly string[]): ReadByLmdb {
  const script = fileURLToPath(new URL('inspection-reader.ts', import.meta.url))
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const { stdout, status, signal } = spawnSync(process.execPath, [...flags, script], {
    encoding: 'utf8',
    timeout: 60_000,
    input: [original, ...paths].join('\n'),
  })
  return { ended: signal ?? status, differences: stdout.split(' ').filter(Boolean).map(Number) }
}

export interface ReadByLmdb {
  /** 0, or what killed it. */
  readonly ended: string | number | null
  /** For each file, how many records are not as in the original one. */
  readonly differences: readonly number[]
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

async function fill(engine: Engine): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const units = Array.from({ length: 60 }, (_, index) => ({
      appends: [{ topic: 'a', bytes: Buffer.alloc(20 + ((index * round * 13) % 90), index) }],
      records: [
        {
          table: TABLES[index % 6]!,
          key: `key ${round} ${index}`,
          value: Buffer.alloc(index === 30 ? 5000 + round * 1000 : 20 + index, round),
        },
      ],
    }))
    await engine.commit(units)
    for (let index = 0; index < 6; index++) {
      const value = round % 2 === 1 ? null : Buffer.from('changed')
      const key = `key ${round} ${index * 7}`
      await engine.commit([{ records: [{ table: TABLES[(index * 7) % 6]!, key, value }] }])
    }
  }
  engine.log.release([0])
  await engine.commit([{ records: [{ table: 'settings', key: 'a', value: Buffer.from('b') }] }])
}

/** Numbers by chance that are the same each time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % Math.floor(below)
  }
}
