import { describe, expect, it } from 'vitest'
import { MemoryEngine, MemoryStorage, type Outcome, StoreError } from '../src/index.ts'

describe('The engine in memory', () => {
  it('puts what is committed in one turn into one group, and what comes meanwhile into the next', async () => {
    const storage = new MemoryStorage()
    const engine = await MemoryEngine.open(storage)
    const done: string[] = []
    const commit = (text: string) => engine.commit([entry(text)]).then(() => done.push(text))
    storage.faults.hold()
    const first = [commit('a'), commit('b')]
    await turn()
    const second = [commit('c'), commit('d')]
    storage.faults.release(1)
    await Promise.all(first)
    expect(done).toEqual(['a', 'b'])
    storage.faults.release(1)
    await Promise.all(second)
    expect(done).toEqual(['a', 'b', 'c', 'd'])
  })

  it('shows nothing of a commit before it is done', async () => {
    const storage = new MemoryStorage()
    const engine = await MemoryEngine.open(storage)
    storage.faults.hold()
    const call = engine.commit([entry('a'), write('key', 'a')])
    await turn()
    expect(await engine.log.read([1])).toEqual([undefined])
    expect(await engine.records.get('settings', 'key')).toBeUndefined()
    expect(await engine.log.bounds(0)).toEqual({ first: 1, next: 1 })
    storage.faults.release()
    await call
    expect(await engine.log.bounds(0)).toEqual({ first: 1, next: 2 })
  })

  it('copies what it is given once and hands out that copy', async () => {
    const engine = await MemoryEngine.open(new MemoryStorage())
    const bytes = Buffer.from('entry')
    await engine.commit([{ appends: [{ topic: 'a', bytes }] }])
    const [one] = await engine.log.read([1])
    const [other] = await engine.log.read([1])
    expect(one).toBe(other)
    expect(one).not.toBe(bytes)
  })

  it('has the shards it was opened with first, and refuses others', async () => {
    const storage = new MemoryStorage()
    const first = await MemoryEngine.open(storage, { shards: 4, atomic: 'key' })
    expect(first.caps).toEqual({ durability: 'memory', shards: 4, atomic: 'key' })
    await first.close()
    const second = await MemoryEngine.open(storage, { durability: 'fsync' })
    expect(second.caps).toEqual({ durability: 'fsync', shards: 4, atomic: 'key' })
    await second.close()
    await expect(MemoryEngine.open(storage, { shards: 2 })).rejects.toThrow(
      new StoreError(
        'version',
        'This memory storage has 4 shards and atomic key: open it with the same',
      ),
    )
  })

  it('refuses to be opened twice at a time', async () => {
    const storage = new MemoryStorage()
    await using _first = await MemoryEngine.open(storage)
    await expect(MemoryEngine.open(storage)).rejects.toMatchObject({ kind: 'locked' })
  })

  it('uses all of its shards', async () => {
    const engine = await MemoryEngine.open(new MemoryStorage(), { shards: 4 })
    const appends = Array.from({ length: 100 }, (_, n) => ({
      topic: `room/${n}`,
      bytes: new Uint8Array(),
    }))
    const [outcome] = await engine.commit([{ appends }])
    const shards = positionsOf(outcome).map((position) => position % 4)
    expect(new Set(shards)).toEqual(new Set([0, 1, 2, 3]))
  })

  it.each([0, -1, 1.5, NaN])('refuses to have %d shards', async (shards) => {
    await expect(MemoryEngine.open(new MemoryStorage(), { shards })).rejects.toThrow(
      `A log has a whole number of shards, from 1 on: got ${shards}`,
    )
  })

  it('says there is no shard of that number', async () => {
    const engine = await MemoryEngine.open(new MemoryStorage(), { shards: 2 })
    await expect(engine.log.bounds(2)).rejects.toThrow('There is no shard 2: this log has 2')
  })

  it.each(['shard', 'key'] as const)(
    'keeps the first of two appends with one token where atomic is %s',
    async (atomic) => {
      const engine = await MemoryEngine.open(new MemoryStorage(), { atomic })
      const [one, two] = await engine.commit([entry('one', 'token'), entry('two', 'token')])
      const [three] = await engine.commit([entry('three', 'token'), entry('four', 'other')])
      expect([one, two, three].map(positionsOf)).toEqual([[1], [1], [1]])
      expect(await textsOf(engine)).toEqual(['one', 'four'])
    },
  )

  it('keeps both of two appends with one token where atomic is all', async () => {
    const engine = await MemoryEngine.open(new MemoryStorage())
    await engine.commit([entry('one', 'token'), entry('two', 'token')])
    expect(await textsOf(engine)).toEqual(['one', 'two'])
  })

  it('forgets tokens that are old', async () => {
    const engine = await MemoryEngine.open(new MemoryStorage(), { atomic: 'key' })
    await engine.commit([entry('one', 'token')])
    await engine.commit(Array.from({ length: 65_536 }, (_, n) => entry('', String(n))))
    const [outcome] = await engine.commit([entry('two', 'token')])
    expect(positionsOf(outcome)).toEqual([65_538])
  })

  it('says how much it takes', async () => {
    const storage = new MemoryStorage()
    const engine = await MemoryEngine.open(storage)
    await engine.commit([entry('four'), write('key', 'value'), write('key', 'other value')])
    expect(await engine.usage()).toEqual({
      logEntries: 1,
      logBytes: 4,
      records: 1,
      bytes: 15,
      bytesFree: undefined,
    })
  })
})

/** A unit of one entry. */
function entry(text: string, token?: string) {
  const bytes = Buffer.from(text)
  return { appends: [token === undefined ? { topic: 'a', bytes } : { topic: 'a', bytes, token }] }
}

/** A unit of one record. */
function write(key: string, text: string) {
  return { records: [{ table: 'settings', key, value: Buffer.from(text) } as const] }
}

function positionsOf(outcome: Outcome | undefined): readonly number[] {
  return outcome?.committed === true ? outcome.positions : []
}

async function textsOf(engine: MemoryEngine): Promise<string[]> {
  const texts: string[] = []
  for await (const entries of engine.log.scan(0, 1)) {
    texts.push(...entries.map(({ bytes }) => Buffer.from(bytes).toString()))
  }
  return texts
}

/** Lets all promises that can settle do so. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
