/** What is kept of a damaged store, and what is said of the rest. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FRAME_HEAD, framed, frameEnd } from '../src/frames.ts'
import { openLmdb } from '../src/index.ts'
import { checkDirectory } from '../src/inspection/directory-check.ts'
import { repairDirectory } from '../src/inspection/repair.ts'
import type { RepairReport } from '../src/inspection/repair.ts'
import { salvage } from '../src/inspection/salvage.ts'
import { COUNTERS_KEY, envelopePosition } from '../src/keys.ts'
import {
  contentOf,
  cut,
  flip,
  flips,
  hex,
  makeFile,
  PAGE_BYTES,
  withDirectory,
  zero,
} from './inspection-store.ts'
import type { SalvagedRecord } from '../src/inspection/salvage.ts'
import type { Content, Damage } from './inspection-store.ts'

const whole = await makeFile()
const content = await contentOf(whole)
const counters = hex(COUNTERS_KEY)
/** The transaction of the first meta page is higher, or that of the second. */
const isFirst = whole.readUInt32LE(152) > whole.readUInt32LE(PAGE_BYTES + 152)
const newestMeta = isFirst ? 0 : PAGE_BYTES
const records = recordsIn(content)
const entries = entriesIn(content)
const blocks = Array.from({ length: whole.length / 512 }, (_, index) => index * 512)

describe('checkDirectory', () => {
  it('counts what is in a sound store', async () => {
    await withStore(whole, async (directory) => {
      const report = await checkDirectory(directory)
      expect(report).toMatchObject({ isSound: true, findings: [], gaps: [] })
      expect(report.entriesKept).toBe(entries)
      expect(report.recordsKept).toBe(records)
      expect(await readFile(join(directory, 'data.mdb'))).toEqual(whole)
    })
  })

  it('names a value that is not good', async () => {
    const [, record] = [...content].find(([key]) => key.startsWith('06'))!
    const at = whole.indexOf(record.value!)
    const bytes = Buffer.from(whole)
    bytes[at + record.value!.length - 1]! ^= 1
    await withStore(bytes, async (directory) => {
      const report = await checkDirectory(directory)
      expect(report.isSound).toBe(false)
      expect(report.file.kind).toBe('sound')
      expect(report.findings[0]?.sentence).toMatch(
        /^The record "key \d+ \d+" of the table retained on page \d+ is not good: its CRC is/,
      )
      expect(report.recordsLost).toBe(1)
    })
  })

  it('refuses a store that is open', async () => {
    await withStore(whole, async (directory) => {
      await using _engine = await openLmdb({ directory })
      await expect(checkDirectory(directory)).rejects.toMatchObject({ kind: 'locked' })
    })
  })
})

describe('repairDirectory', () => {
  it('leaves a sound store as it is', async () => {
    await withStore(whole, async (directory) => {
      const report = await repairDirectory(directory)
      expect(report.damagedFile).toBeUndefined()
      expect(await readFile(join(directory, 'data.mdb'))).toEqual(whole)
    })
  })

  it('keeps all that no damage touches, and tells how much is lost', async () => {
    const leaf = [...content.values()][0]!.page * PAGE_BYTES
    // The root of the main database, the transaction, and how many nodes a page has.
    const special = [flip(newestMeta + 136, 3), flip(newestMeta + 152, 1), flip(leaf + 20, 7)]
    const chosen = [...sample(blocks.map(zero), 30), ...sample(flips(whole.length, 600), 20)]
    for (const damage of [...special, ...chosen]) {
      const { report, kept } = await repaired(damage)
      const missing = [...intact(damage)].filter(([key, value]) => hexOf(kept.get(key)) !== value)
      expect({ name: damage.name, missing }).toEqual({ name: damage.name, missing: [] })
      expect({ name: damage.name, wrong: wrongIn(kept) }).toEqual({ name: damage.name, wrong: [] })
      expect(silentLosses(report)).toEqual([])
    }
  }, 30_000)

  it('finds the newest state again if its meta page is gone', async () => {
    for (const damage of [zero(0), zero(PAGE_BYTES)]) {
      const { report, kept } = await repaired(damage)
      expect(report).toMatchObject({ isNewest: true, recordsLost: 0, entriesLost: 0 })
      expect([...kept.keys()].toSorted()).toEqual([...content.keys()].toSorted())
    }
  })

  it('takes nothing from a file that is cut but what is right', async () => {
    for (const damage of sample(blocks.map(cut), 20)) {
      const { report, kept } = await repaired(damage)
      expect(report.damagedFile).toBeDefined()
      expect({ name: damage.name, wrong: wrongIn(kept) }).toEqual({ name: damage.name, wrong: [] })
      expect(silentLosses(report)).toEqual([])
    }
  }, 30_000)

  it('keeps the damaged file, and gives no position or revision twice', async () => {
    const damage = zero([...content.values()][0]!.page * PAGE_BYTES + 2048)
    await withStore(damage.apply(whole), async (directory) => {
      const report = await repairDirectory(directory, { keepAs: 'kept' })
      expect(report.damagedFile).toBe(join(directory, 'kept', 'data.mdb'))
      expect(await readFile(join(directory, 'kept', 'data.mdb'))).toEqual(damage.apply(whole))
      expect(await readdir(directory)).not.toContain('repairing.mdb')
      await using engine = await openLmdb({ directory })
      const outcome = await engine.commit([{ appends: [{ topic: 'a', bytes: Buffer.from('a') }] }])
      expect(outcome).toMatchObject([{ committed: true, positions: [301] }])
    })
  })

  it('does not replace what was kept before', async () => {
    await withStore(zero(0).apply(whole), async (directory) => {
      await mkdir(join(directory, 'kept'))
      await expect(repairDirectory(directory, { keepAs: 'kept' })).rejects.toThrow('EEXIST')
      expect(await readFile(join(directory, 'data.mdb'))).toEqual(zero(0).apply(whole))
    })
  })

  it('writes the format anew if that is what is missing', async () => {
    await withStore(whole, async (directory) => {
      await rm(join(directory, 'format'))
      await expect(openLmdb({ directory })).rejects.toMatchObject({ kind: 'corrupt' })
      expect((await repairDirectory(directory)).findings).toMatchObject([{ kind: 'format' }])
      await (await openLmdb({ directory })).close()
    })
  })
})

describe('salvage', () => {
  it('reports apart what is from the past', async () => {
    const root = whole.readUInt32LE(newestMeta + 136)
    await withStore(zero(root * PAGE_BYTES).apply(whole), async (directory) => {
      const live = new Map<string, Uint8Array | undefined>()
      let stale = 0
      for await (const record of salvage(join(directory, 'data.mdb'))) {
        if (record.stale) stale++
        else live.set(hex(record.key), record.value)
      }
      expect([...live.keys()].toSorted()).toEqual([...content.keys()].toSorted())
      expect(stale).toBeGreaterThan(0)
    })
  })
})

/** A store with this data file. */
function withStore<T>(bytes: Buffer, use: (directory: string) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    const engine = await openLmdb({ directory, durability: 'os' })
    await engine.close()
    await writeFile(join(directory, 'data.mdb'), bytes)
    return use(directory)
  })
}

/** What is said of a repair, and what is in the store then. */
async function repaired(damage: Damage): Promise<{ report: RepairReport; kept: Content }> {
  return withStore(damage.apply(whole), async (directory) => {
    const report = await repairDirectory(directory)
    expect(await checkDirectory(directory)).toMatchObject({ isSound: true })
    return { report, kept: await contentOf(await readFile(join(directory, 'data.mdb'))) }
  })
}

/** The keys and values that lie on pages that are not damaged. */
function intact(damage: Damage): Map<string, string> {
  const first = Math.floor(damage.from / PAGE_BYTES)
  const last = Math.floor((damage.until - 1) / PAGE_BYTES)
  const found = new Map<string, string>()
  for (const [key, { page, value }] of content) {
    const pages = [page, ...runOf(value!)]
    const isTouched = pages.some((number) => number >= first && number <= last)
    if (key !== counters && !isTouched) found.set(key, hex(value!))
  }
  return found
}

/** Less is kept than was there, and the report does not say so. */
function silentLosses(report: RepairReport): string[] {
  const { recordsKept, recordsLost, entriesKept, entriesLost, valuesMissing, findings } = report
  const silent: string[] = []
  if (recordsKept + (recordsLost ?? Infinity) < records) silent.push('records')
  if (entriesKept + (entriesLost ?? Infinity) < entries) silent.push('entries')
  const isUnknown = recordsLost === undefined || entriesLost === undefined
  if (isUnknown && findings.length === 0) silent.push(`${valuesMissing} values`)
  return silent
}

/** The pages of a long value, which begins behind a header. */
function runOf(value: Uint8Array): number[] {
  if (value.length < 1500) return []
  const first = Math.floor(whole.indexOf(value) / PAGE_BYTES)
  return Array.from({ length: Math.ceil((value.length + 24) / PAGE_BYTES) }, (_, at) => first + at)
}

/** Keys of what is in the store and was not so in the original one. */
function wrongIn(kept: Content): string[] {
  const originals = [...content.values()].map(({ value }) => Buffer.from(value!))
  return [...kept.keys()].filter((key) => {
    const value = Buffer.from(kept.get(key)!.value!)
    if (key === counters) return false
    // A part of an envelope is right too.
    const isEnvelope = envelopePosition(Buffer.from(key, 'hex')) !== undefined
    if (isEnvelope) return !originals.some((original) => original.includes(value))
    return hexOf(content.get(key)) !== value.toString('hex')
  })
}

function hexOf(record: SalvagedRecord | undefined): string | undefined {
  return record?.value && hex(record.value)
}

function recordsIn(all: Content): number {
  return [...all.keys()].filter((key) => !key.startsWith('6c')).length
}

function entriesIn(all: Content): number {
  let entries = 0
  for (const [key, { value }] of all) {
    if (!key.startsWith('6c') || key === counters) continue
    const frames = framed(value!)
    for (let at = 0; at + FRAME_HEAD <= value!.length; at = frameEnd(frames.view, at)) entries++
  }
  return entries
}

function sample<T>(all: readonly T[], count: number): T[] {
  return all.filter((_, index) => index % Math.ceil(all.length / count) === 0)
}
