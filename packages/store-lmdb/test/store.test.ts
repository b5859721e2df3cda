import { appendFile, chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogEntry } from '@godwit/store'
import { describe, expect, it } from 'vitest'
import { COUNTERS_KEY, envelopeKey, TABLE_BYTES } from '../src/keys.ts'
import { Environment } from '../src/environment.ts'
import { type LmdbEngine, openLmdb } from '../src/index.ts'
import { type TemporaryDirectory, temporaryDirectory } from './directory.ts'
import { openWeakly } from './weak-tree.ts'

const IS_POSIX = process.platform !== 'win32'
const ENOSPC = 28
const EIO = 5

describe('The directory of a store', () => {
  it.each(IS_POSIX ? ['fsync', 'os'] : [])(
    'is for its owner alone, with durability %s',
    async () => {
      await using parent = await temporaryDirectory()
      const directory = join(parent.path, 'a', 'b')
      const before = process.umask(0)
      await using engine = await openLmdb({ directory }).finally(() => process.umask(before))
      await append(engine, 'x')
      expect(await modesOf(directory)).toEqual({
        '.': 0o700,
        'data.mdb': 0o600,
        'data.mdb-lock': 0o600,
        format: 0o600,
        lock: 0o600,
      })
    },
  )

  it.each(IS_POSIX ? [0o750, 0o701, 0o777] : [])(
    'keeps its mode %o, which is mentioned',
    async (mode) => {
      await using directory = await temporaryDirectory()
      await chmod(directory.path, mode)
      const notices: string[] = []
      await using _engine = await openLmdb({
        directory: directory.path,
        onNotice: (sentence) => notices.push(sentence),
      })
      expect(notices).toEqual([
        `Others than its owner have rights in ${directory.path}, ` +
          `whose mode is 0${mode.toString(8)}: run chmod 0700 ` +
          `${directory.path} unless that is meant`,
      ])
      expect((await stat(directory.path)).mode & 0o777).toBe(mode)
    },
  )
})

describe('The format of a store', () => {
  it('is written at its creation, and read again', async () => {
    await using directory = await storeWith('x')
    const text = await readFile(join(directory.path, 'format'), 'utf8')
    expect(text).toMatch(/^godwit store\nformat 1\nprogram \d+\.\d+\.\d+\nstate complete\n$/)
    await using engine = await openLmdb({ directory: directory.path })
    expect(await textsOf(engine)).toEqual(['x'])
  })

  it.each([
    [
      'godwit store\nformat 2\nprogram 9.1.0\nstate complete\n',
      'has format 2, written by version 9.1.0',
    ],
    ['godwit store\nformat x\nprogram 9.1.0\nstate complete\n', 'begins with "godwit store'],
    ['another store\nformat 1\n', 'begins with "another store'],
  ])('%j is refused', async (format, found) => {
    await using directory = await storeWith('x')
    await writeFile(join(directory.path, 'format'), format)
    await expect(openLmdb({ directory: directory.path })).rejects.toMatchObject({
      kind: 'version',
      message: expect.stringContaining(`The store in ${directory.path} ${found}`),
    })
    expect(await readdir(directory.path)).not.toContain('lock')
  })

  it.each([
    ['is missing', (path: string) => rm(path)],
    ['is empty', (path: string) => writeFile(path, '')],
  ])('is never guessed when it %s', async (what, spoil) => {
    await using directory = await storeWith('x')
    await spoil(join(directory.path, 'format'))
    await expect(openLmdb({ directory: directory.path })).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining(`the file ${what}, but there are data`),
    })
  })

  it('of a complete store goes with a data file', async () => {
    await using directory = await storeWith('x')
    await rm(join(directory.path, 'data.mdb'))
    await expect(openLmdb({ directory: directory.path })).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('data.mdb'),
    })
  })

  it.each(['', 'x', 'x'.repeat(8192)])(
    'of a store that was not finished makes it new, whatever its data file is',
    async (data) => {
      await using directory = await storeWith('x')
      const format = 'godwit store\nformat 1\nprogram 0.1.0\nstate new\n'
      await writeFile(join(directory.path, 'format'), format)
      await writeFile(join(directory.path, 'data.mdb'), data)
      await using engine = await openLmdb({ directory: directory.path })
      expect(await engine.log.bounds(0)).toEqual({ first: 1, next: 1 })
      expect(await readFile(join(directory.path, 'format'), 'utf8')).toContain('state complete')
    },
  )

  it('is completed in a directory where nothing was written yet', async () => {
    await using directory = await temporaryDirectory()
    await mkdir(directory.path, { recursive: true })
    await writeFile(join(directory.path, 'format'), '')
    await using engine = await openLmdb({ directory: directory.path })
    expect(await engine.log.bounds(0)).toEqual({ first: 1, next: 1 })
  })
})

describe('A damaged store', () => {
  it('is refused before LMDB sees it, if its structure is damaged', async () => {
    await using directory = await storeWith('x')
    await writeFile(join(directory.path, 'data.mdb'), 'this is no data file')
    await expect(openLmdb({ directory: directory.path })).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining(`run: godwit-broker data repair --data ${directory.path}`),
    })
  })

  it('gives out the entries that are whole, and tells the position of the other', async () => {
    await using directory = await storeWith('one', 'two', 'three')
    await change(directory, envelopeKey(1), (value) => void (value[16 + 3 + 16]! ^= 1))
    await using engine = await openLmdb({ directory: directory.path })
    const [one, three] = await engine.log.read([1, 3])
    expect([one, three].map(String)).toEqual([bytes('one'), bytes('three')].map(String))
    await expect(engine.log.read([2])).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringMatching(/at position 2 of the log: its CRC is .* data repair --data /),
    })
    await expect(textsOf(engine)).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('tells of an entry whose length is damaged', async () => {
    await using directory = await storeWith('one', 'two')
    await change(directory, envelopeKey(1), (value) => void (value[7] = 1))
    await using engine = await openLmdb({ directory: directory.path })
    await expect(engine.log.read([2])).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('at position 1 of the log'),
    })
  })

  it('tells of an envelope that ends in the middle of a frame', async () => {
    await using directory = await storeWith('one', 'two')
    await replace(directory, envelopeKey(1), (value) => value.slice(0, 16 + 3 + 5))
    await using engine = await openLmdb({ directory: directory.path })
    expect(await engine.log.read([1])).toEqual([bytes('one')])
    await expect(engine.log.read([2])).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(textsOf(engine)).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('tells of an envelope that is in the place of another one', async () => {
    await using directory = await storeWith('one', 'two')
    await copy(directory, envelopeKey(1), envelopeKey(2))
    await using engine = await openLmdb({ directory: directory.path })
    await expect(engine.log.read([2])).rejects.toMatchObject({
      message: expect.stringContaining('what is there belongs to position 1'),
    })
  })

  it('tells table and key of a record that is damaged or not where it belongs', async () => {
    await using directory = await storeWith('x')
    const key = (name: string) => Buffer.from([TABLE_BYTES.sessions, ...Buffer.from(name)])
    await copy(directory, key('mine'), key('other'))
    await change(directory, key('mine'), (value) => void (value[value.length - 1]! ^= 1))
    await using engine = await openLmdb({ directory: directory.path })
    await expect(engine.records.get('sessions', 'mine')).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('at the record "mine" of the table sessions: its CRC is'),
    })
    await expect(engine.records.get('sessions', 'other')).rejects.toMatchObject({
      message: expect.stringContaining('belongs to the record "mine" of the table sessions'),
    })
    const change_ = { table: 'sessions', key: 'mine', value: null, ifRevision: 1 } as const
    await expect(engine.commit([{ records: [change_] }])).rejects.toMatchObject({ kind: 'corrupt' })
    await append(engine, 'y')
    expect(await textsOf(engine)).toEqual(['x', 'y'])
  })

  it.each([
    ['are missing', (tree: Environment) => tree.write({ puts: [], removals: [COUNTERS_KEY] })],
    ['are damaged', (tree: Environment) => put(tree, COUNTERS_KEY, new Uint8Array(56))],
    ['are behind', (tree: Environment) => put(tree, envelopeKey(99), new Uint8Array(56))],
  ])('is refused if its counters %s', async (_what, spoil) => {
    await using directory = await storeWith('x')
    await edit(directory, spoil)
    await expect(openLmdb({ directory: directory.path })).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('at its counters'),
    })
  })

  it('may have files beside it that nobody knows', async () => {
    await using directory = await storeWith('x')
    await appendFile(join(directory.path, 'notes'), 'mine')
    await using engine = await openLmdb({ directory: directory.path })
    expect(await textsOf(engine)).toEqual(['x'])
  })
})

describe('A disk that fails', () => {
  it('by being full fails one group, and the next one works', async () => {
    await using directory = await temporaryDirectory()
    const { engine, tree } = await openWeakly({ directory: directory.path })
    await append(engine, 'a')
    tree.failures.push(ENOSPC)
    await expect(append(engine, 'b')).rejects.toMatchObject({ kind: 'full' })
    expect(await append(engine, 'c')).toBeGreaterThan(1)
    expect(await textsOf(engine)).toEqual(['a', 'c'])
    expect(await engine.usage()).toMatchObject({ logEntries: 2, logBytes: 2 })
    await engine.close()
    await using again = await openLmdb({ directory: directory.path })
    expect(await textsOf(again)).toEqual(['a', 'c'])
  })

  it('with an error fails all that is outstanding and all that comes', async () => {
    await using directory = await temporaryDirectory()
    const { engine, tree } = await openWeakly({ directory: directory.path })
    await append(engine, 'a')
    tree.failures.push(undefined, EIO)
    const written = append(engine, 'b')
    await expect(written).resolves.toBe(2)
    const failing = append(engine, 'c')
    await Promise.resolve()
    const waiting = [failing, append(engine, 'd'), append(engine, 'e')]
    for (const one of waiting) await expect(one).rejects.toMatchObject({ kind: 'failed' })
    await expect(append(engine, 'f')).rejects.toMatchObject({ kind: 'failed' })
    engine.log.release([0])
    expect(tree.groups).toHaveLength(2)
    await engine.close()
    await using again = await openLmdb({ directory: directory.path })
    expect(await textsOf(again)).toEqual(['a', 'b'])
  })

  it('judges conditions of the next group by what the failed one left', async () => {
    await using directory = await temporaryDirectory()
    const { engine, tree } = await openWeakly({ directory: directory.path })
    const write = (ifRevision: number) => ({
      records: [{ table: 'sessions' as const, key: 'k', value: bytes('v'), ifRevision }],
    })
    tree.failures.push(ENOSPC)
    await expect(engine.commit([write(0)])).rejects.toMatchObject({ kind: 'full' })
    const [first] = await engine.commit([write(0)])
    expect(first).toMatchObject({ committed: true })
    await engine.close()
  })
})

describe('The pages of a store', () => {
  it('are used again, so that the file stays as it is', async () => {
    await using directory = await temporaryDirectory()
    await using engine = await openLmdb({ directory: directory.path, durability: 'os' })
    const sizes: number[] = []
    for (let round = 0; round < 12; round++) {
      const units = Array.from({ length: 2560 }, () => ({ appends: [said('x'.repeat(200))] }))
      for (let at = 0; at < units.length; at += 40) await engine.commit(units.slice(at, at + 40))
      engine.log.release(Array.from({ length: 10 }, (_, page) => page + 10 * round))
      sizes.push((await engine.usage()).bytes!)
    }
    expect(sizes.at(-1)).toBeLessThan(1.5 * sizes[3]!)
    expect(await engine.usage()).toMatchObject({ logEntries: 1 })
  })
})

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text))
}

function said(text: string) {
  return { topic: 'a', bytes: bytes(text) }
}

async function append(engine: LmdbEngine, text: string): Promise<number> {
  const [outcome] = await engine.commit([{ appends: [said(text)] }])
  return outcome!.committed ? outcome!.positions[0]! : NaN
}

/** A store that is closed, with these entries in one envelope, and one record. */
async function storeWith(...texts: readonly string[]): Promise<TemporaryDirectory> {
  const directory = await temporaryDirectory()
  await using engine = await openLmdb({ directory: directory.path })
  const records = [{ table: 'sessions' as const, key: 'mine', value: bytes('value') }]
  await engine.commit([{ appends: texts.map(said), records }])
  return directory
}

async function textsOf(engine: LmdbEngine): Promise<string[]> {
  const all: LogEntry[] = []
  for await (const entries of engine.log.scan(0, 1)) all.push(...entries)
  return all.map((entry) => Buffer.from(entry.bytes).toString())
}

async function edit(
  { path }: TemporaryDirectory,
  work: (tree: Environment) => Promise<void>,
): Promise<void> {
  const tree = new Environment({ path: join(path, 'data.mdb'), isSynced: true, mapBytes: 2 ** 30 })
  await work(tree)
  await tree.close()
}

function put(tree: Environment, key: Uint8Array, value: Uint8Array): Promise<void> {
  return tree.write({ puts: [[key, value]], removals: [] })
}

function replace(
  directory: TemporaryDirectory,
  key: Uint8Array,
  work: (value: Uint8Array) => Uint8Array,
): Promise<void> {
  return edit(directory, (tree) => put(tree, key, work(tree.get(key)!.slice())))
}

function change(
  directory: TemporaryDirectory,
  key: Uint8Array,
  work: (value: Uint8Array) => void,
): Promise<void> {
  return replace(directory, key, (value) => {
    work(value)
    return value
  })
}

function copy(directory: TemporaryDirectory, from: Uint8Array, to: Uint8Array): Promise<void> {
  return edit(directory, (tree) => put(tree, to, tree.get(from)!.slice()))
}

async function modesOf(directory: string): Promise<Record<string, number>> {
  const names = ['.', ...(await readdir(directory))]
  const modes = names.map(async (name) => {
    const { mode } = await stat(join(directory, name))
    return [name, mode & 0o777] as const
  })
  return Object.fromEntries(await Promise.all(modes))
}
