/** Whether a damaged data file is known before LMDB maps it. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { open } from 'lmdb'
import { describe, expect, it } from 'vitest'
import { checkDataFile } from '../src/inspection/data-file-check.ts'
import type { DataFileVerdict } from '../src/inspection/data-file-check.ts'
import { inspectFile } from '../src/inspection/directory-check.ts'
import {
  cut,
  flip,
  flips,
  makeFile,
  PAGE_BYTES,
  readWithLmdb,
  withDirectory,
  zero,
} from './inspection-store.ts'
import type { Damage } from './inspection-store.ts'

const whole = await makeFile()
const blocks = Array.from({ length: whole.length / 512 }, (_, index) => index * 512)

describe('a sound file', () => {
  it('is found sound, with each page in use or free', async () => {
    const verdict = await check(whole)
    expect(verdict).toMatchObject({ kind: 'sound', bytes: whole.length, leakedPages: 0 })
    expect(verdict).toHaveProperty('pages', whole.length / PAGE_BYTES)
    expect(verdict).toHaveProperty('freePages', expect.any(Number))
  })

  it.each([
    ['one database', { overlappingSync: false }, undefined],
    ['a database with a name', { overlappingSync: false }, 'log'],
    ['transactions that are synced behind their commit', { overlappingSync: true }, undefined],
  ])('is found sound with %s', async (_, options, name) => {
    await withDirectory(async (path) => {
      const root = open<Uint8Array, Uint8Array>({ path, ...options, ...BINARY })
      const db =
        name === undefined ? root : root.openDB<Uint8Array, Uint8Array>({ name, ...BINARY })
      for (let round = 0; round < 5; round++) {
        for (let index = 0; index < 300; index++) {
          void db.put(Buffer.from(`${(index * 7) % 300}`), Buffer.alloc((index * 37) % 9000))
          if (index % 3 === round % 3) void db.remove(Buffer.from(`${index}`))
        }
        await root.flushed
        const verdict = await checkDataFile(join(path, 'data.mdb'))
        expect(verdict).toMatchObject({ kind: 'sound', leakedPages: 0 })
      }
      await root.close()
    })
  })
})

describe('a file that is cut', () => {
  it('is found damaged wherever that is, with the place', async () => {
    const verdicts = await checkAll(blocks.map(cut))
    expect(verdicts.map(({ verdict }) => verdict.kind)).toEqual(blocks.map(() => 'damaged'))
    const named = verdicts.map(({ verdict }) => 'place' in verdict && PLACE.test(verdict.place))
    expect(named).toEqual(blocks.map(() => true))
  })
})

describe('a file with a sector of zeros, or a bit that is flipped', () => {
  it('is found damaged, or LMDB reads it and CRCs find what is wrong', async () => {
    const damages = [...blocks.map(zero), ...flips(whole.length, 2000)]
    await withDirectory(async (directory) => {
      const original = join(directory, 'original.mdb')
      await writeFile(original, whole)
      const sound: { name: string; path: string; isWrong: boolean }[] = []
      const places: string[] = []
      for (const [index, damage] of damages.entries()) {
        const path = join(directory, `${index}.mdb`)
        await writeFile(path, damage.apply(whole))
        const { file, contents } = await inspectFile(path)
        const isWrong = contents.findings.length > 0
        if (file.kind === 'sound') sound.push({ name: damage.name, path, isWrong })
        else places.push(file.kind === 'damaged' ? file.place : 'nowhere')
      }
      expect(places.filter((place) => !PLACE.test(place))).toEqual([])
      const { ended, differences } = readWithLmdb(
        original,
        sound.map(({ path }) => path),
      )
      expect(ended).toBe(0)
      const wrong = sound.map(({ name, isWrong }) => [name, isWrong])
      expect(sound.map(({ name }, index) => [name, differences[index] !== 0])).toEqual(wrong)
      // Most of the file are values and free pages, of which LMDB does not see what is in them.
      expect(sound.length).toBeGreaterThan(damages.length / 3)
      expect(sound.length).toBeLessThan((damages.length * 5) / 6)
      expect(sound.filter(({ isWrong }) => isWrong).length).toBeGreaterThan(sound.length / 5)
    })
  }, 60_000)

  it('is found damaged with each bit of the newest state that LMDB follows', async () => {
    const newest = whole.readUInt32LE(152) > whole.readUInt32LE(PAGE_BYTES + 152) ? 0 : PAGE_BYTES
    const of = (page: number, fields: readonly number[]): Damage[] =>
      fields.flatMap((at) => EIGHT.map((bit) => flip(page + at, bit)))
    // The page number, flags, magic number, version, page size, transaction; and the newest trees.
    const both = [0, 18, 24, 28, 48, 152]
    const trees = [54, 56, 64, 72, 80, 88, 102, 104, 112, 120, 128, 136]
    const damages = [...of(0, both), ...of(PAGE_BYTES, both), ...of(newest, trees)]
    const verdicts = await checkAll(damages)
    expect(verdicts.filter(({ verdict }) => verdict.kind !== 'damaged')).toEqual([])
  })
})

describe('bytes of any kind', () => {
  it('give a verdict', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 20_000 }), async (bytes) => {
        expect((await check(Buffer.from(bytes))).kind).toBe('damaged')
      }),
      { numRuns: 50 },
    )
  })

  it('give a verdict where they take the place of pages', async () => {
    const page = fc.integer({ min: 0, max: whole.length / PAGE_BYTES - 1 })
    await fc.assert(
      fc.asyncProperty(page, page, fc.nat(PAGE_BYTES - 1), async (from, to, skip) => {
        const bytes = Buffer.from(whole)
        whole.copy(bytes, to * PAGE_BYTES + skip, from * PAGE_BYTES + skip, (from + 1) * PAGE_BYTES)
        expect(['sound', 'damaged']).toContain((await check(bytes)).kind)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a file whose last transactions were not synced', () => {
  it('has a torn tail after the machine went down, and LMDB drops it', async () => {
    await withDirectory(async (path) => {
      const options = { path, overlappingSync: true, ...BINARY }
      const db = open<Uint8Array, Uint8Array>(options)
      for (let index = 0; index < 20; index++)
        await db.put(Buffer.from('a'), Buffer.from(`${index}`))
      await db.flushed
      await db.close()
      const file = join(path, 'data.mdb')
      const bytes = await readFile(file)
      const newest = bytes.readUInt32LE(152) > bytes.readUInt32LE(PAGE_BYTES + 152) ? 0 : PAGE_BYTES
      const older = PAGE_BYTES - newest
      // As if the newest transaction was not synced, and the machine was started since.
      bytes.copy(bytes, PAGE_BYTES / 2 + 40, older + 40, older + 168)
      bytes.writeUInt16LE(0x0008, PAGE_BYTES / 2 + 52)
      for (const meta of [0, PAGE_BYTES]) bytes.writeUInt32LE(1, meta + 160)
      await writeFile(file, bytes)
      expect((await checkDataFile(file)).kind).toBe('torn-tail')
      const again = open<Uint8Array, Uint8Array>(options)
      expect(String(again.get(Buffer.from('a')))).toBe('18')
      await again.close()
    })
  })
})

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const
const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7]
const PLACE = /page|database|free list|meta/

function check(bytes: Uint8Array): Promise<DataFileVerdict> {
  return withDirectory(async (directory) => {
    const path = join(directory, 'data.mdb')
    await writeFile(path, bytes)
    return checkDataFile(path)
  })
}

function checkAll(
  damages: readonly Damage[],
): Promise<{ damage: Damage; verdict: DataFileVerdict }[]> {
  return withDirectory(async (directory) => {
    const path = join(directory, 'data.mdb')
    const verdicts: { damage: Damage; verdict: DataFileVerdict }[] = []
    for (const damage of damages) {
      await writeFile(path, damage.apply(whole))
      verdicts.push({ damage, verdict: await checkDataFile(path) })
    }
    return verdicts
  })
}
