import { describe, expect, it } from 'vitest'
import { MemoryEngine, type MemoryEngineOptions, MemoryStorage, type Unit } from '../src/index.ts'

describe('Commits that fail', () => {
  it('fail with full, after so many that do not, and are done when they are tried again', async () => {
    const { storage, engine } = await opened()
    storage.faults.fail('full', { after: 1, times: 2 })
    await engine.commit([unit('a')])
    await expect(engine.commit([unit('b')])).rejects.toMatchObject({ kind: 'full' })
    await expect(engine.commit([unit('b')])).rejects.toMatchObject({ kind: 'full' })
    await engine.commit([unit('b')])
    expect(await contents(engine)).toEqual(['a', 'b', 'a=a', 'b=b'])
  })

  it('fail with full until the test mends it', async () => {
    const { storage, engine } = await opened()
    storage.faults.fail('full', { times: Infinity })
    const calls = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => engine.commit([unit(name)])),
    )
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    storage.faults.mend()
    await engine.commit([unit('d')])
    expect(await contents(engine)).toEqual(['d', 'd=d'])
  })

  it('are the end of the engine if they fail with failed', async () => {
    const { storage, engine } = await opened()
    storage.faults.fail('failed', { after: 1 })
    const calls = ['a', 'b', 'c'].map((name) => engine.commit([unit(name)]))
    const settled = await Promise.allSettled(calls)
    expect(settled).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { kind: 'failed' } },
      { status: 'rejected', reason: { kind: 'failed' } },
    ])
    await expect(engine.commit([unit('d')])).rejects.toMatchObject({ kind: 'failed' })
    await engine.close()
    const next = await MemoryEngine.open(storage)
    expect(await contents(next)).toEqual(['a', 'a=a'])
    await next.commit([unit('e')])
  })

  it('are done all the same if only their answer is lost', async () => {
    const { storage, engine } = await opened()
    storage.faults.fail('unanswered')
    await expect(engine.commit([unit('a')])).rejects.toMatchObject({ kind: 'failed' })
    await expect(engine.commit([unit('b')])).rejects.toMatchObject({ kind: 'failed' })
    await engine.close()
    expect(await contents(await MemoryEngine.open(storage))).toEqual(['a', 'a=a'])
  })
})

describe('Commits that are slow', () => {
  it('wait for the test, and are counted', async () => {
    const { storage, engine } = await opened()
    storage.faults.hold()
    const calls = [engine.commit([unit('a')]), engine.commit([unit('b')])]
    engine.log.release([])
    await turn()
    expect(storage.outstanding).toBe(2)
    storage.faults.release()
    await Promise.all(calls)
    expect(storage.outstanding).toBe(0)
  })

  it('keep the engine from closing before they are done', async () => {
    const { storage, engine } = await opened()
    storage.faults.hold()
    const call = engine.commit([unit('a')])
    const closed = engine.close()
    await turn()
    await expect(MemoryEngine.open(storage)).rejects.toMatchObject({ kind: 'locked' })
    storage.faults.release()
    await expect(call).resolves.toHaveLength(1)
    await closed
  })

  it('do not hold up reads, which are slow by themselves', async () => {
    const { storage, engine } = await opened()
    await engine.commit([unit('a')])
    storage.faults.holdReads()
    const read: string[] = []
    const reads = [
      engine.log.read([1]).then(() => read.push('read')),
      engine.records.get('settings', 'a').then(() => read.push('get')),
      contents(engine).then(() => read.push('scans')),
    ]
    await engine.commit([unit('b')])
    expect(read).toEqual([])
    storage.faults.releaseReads(1)
    await turn()
    expect(read).toEqual(['read'])
    storage.faults.releaseReads()
    await Promise.all(reads)
    expect(read).toEqual(['read', 'get', 'scans'])
  })
})

describe('A crash', () => {
  it('loses what was under way, which fails, as does all that comes later', async () => {
    const { storage, engine } = await opened()
    await engine.commit([unit('a')])
    storage.faults.hold()
    const calls = [engine.commit([unit('b')])]
    await turn()
    calls.push(engine.commit([unit('c')]))
    storage.crash()
    expect(await Promise.allSettled(calls)).toMatchObject([
      { reason: { kind: 'closed' } },
      { reason: { kind: 'closed' } },
    ])
    await expect(engine.commit([unit('d')])).rejects.toMatchObject({ kind: 'closed' })
    await expect(engine.usage()).rejects.toMatchObject({ kind: 'closed' })
    await engine.close()
    expect(await contents(await MemoryEngine.open(storage))).toEqual(['a', 'a=a'])
  })

  it('does not let the engine that it cut off unlock the storage for a third one', async () => {
    const { storage, engine } = await opened()
    storage.crash()
    const next = await MemoryEngine.open(storage)
    await engine.close()
    await expect(MemoryEngine.open(storage)).rejects.toMatchObject({ kind: 'locked' })
    await next.close()
  })

  it('leaves as many units as the test says, the oldest ones', async () => {
    const { storage, engine } = await opened()
    const calls = [engine.commit([unit('a'), unit('b')]), engine.commit([unit('c')])]
    storage.crash({ units: 2 })
    await Promise.allSettled(calls)
    const next = await MemoryEngine.open(storage)
    expect(await contents(next)).toEqual(['a', 'b', 'a=a', 'b=b'])
  })

  it.each([
    { atomic: 'key', parts: 1, left: ['a0'] },
    { atomic: 'key', parts: 3, left: ['a0', 'b1', 'a2'] },
    { atomic: 'key', parts: 4, left: ['a0', 'b1', 'a2', 'x=x'] },
    { atomic: 'shard', parts: 1, left: ['a0', 'a2'] },
    { atomic: 'shard', parts: 2, left: ['a0', 'b1', 'a2'] },
    { atomic: 'shard', parts: 4, left: ['a0', 'b1', 'a2', 'x=x', 'y=y'] },
  ] as const)(
    'leaves $parts parts of a unit where atomic is $atomic: $left',
    async ({ atomic, parts, left }) => {
      const { storage, engine } = await opened({ shards: 2, atomic })
      const topics = ['a', 'b', 'a']
      const call = engine.commit([
        {
          appends: topics.map((topic, n) => ({ topic, bytes: Buffer.from(`${topic}${n}`) })),
          records: [...(unit('x').records ?? []), ...(unit('y').records ?? [])],
        },
      ])
      storage.crash({ parts })
      await expect(call).rejects.toMatchObject({ kind: 'closed' })
      const found = await contents(await MemoryEngine.open(storage))
      expect(found.toSorted()).toEqual([...left].toSorted())
    },
  )

  it('leaves no part of a unit that has a conflict', async () => {
    const { storage, engine } = await opened({ atomic: 'key' })
    const record = { table: 'settings', key: 'x', value: Buffer.from('x'), ifRevision: 7 } as const
    const call = engine.commit([{ ...unit('a'), records: [record] }])
    storage.crash({ parts: 1 })
    await expect(call).rejects.toMatchObject({ kind: 'closed' })
    expect(await contents(await MemoryEngine.open(storage))).toEqual([])
  })

  it('tears no unit where atomic is all', async () => {
    const { storage } = await opened()
    expect(() => storage.crash({ parts: 1 })).toThrow(
      'A crash leaves units whole where atomic is all: no parts can survive',
    )
  })
})

describe('What is corrupt', () => {
  it('is an entry at which reads and scans fail, when they come to it', async () => {
    const { storage, engine } = await opened()
    await engine.commit(['a', 'b', 'c'].map((name) => unit(name)))
    storage.corruptEntry(2)
    expect(await engine.log.read([1, 3])).toHaveLength(2)
    await expect(engine.log.read([1, 2])).rejects.toMatchObject({ kind: 'corrupt' })
    const scan = engine.log.scan(0, 1)[Symbol.asyncIterator]()
    expect(await scan.next()).toMatchObject({ value: [{ position: 1 }] })
    await expect(scan.next()).rejects.toThrow(
      'The entry at position 2 of the memory log is not what was written',
    )
  })

  it('is a record at which reads and scans fail, until it is written again', async () => {
    const { storage, engine } = await opened()
    await engine.commit([unit('a')])
    storage.corruptRecord('settings', 'a')
    const attempt = engine.records.get('settings', 'a')
    await expect(attempt).rejects.toMatchObject({ kind: 'corrupt' })
    await expect(contents(engine)).rejects.toThrow(
      'The record "a" of table settings in memory is not what was written',
    )
    await engine.commit([{ records: unit('a').records ?? [] }])
    expect(await contents(engine)).toEqual(['a', 'a=a'])
  })

  it('is something that is there', async () => {
    const { storage } = await opened()
    expect(() => storage.corruptEntry(7)).toThrow('There is no entry at position 7')
    expect(() => storage.corruptRecord('retained', 'a')).toThrow(
      'There is no record a in table retained',
    )
  })
})

describe('Usage', () => {
  it('says how much is left, as the test wants it', async () => {
    const { storage, engine } = await opened()
    storage.faults.bytesFree = 1000
    expect(await engine.usage()).toMatchObject({ bytesFree: 1000 })
  })
})

async function opened(options?: MemoryEngineOptions) {
  const storage = new MemoryStorage()
  return { storage, engine: await MemoryEngine.open(storage, options) }
}

/** An entry and a record of this name. */
function unit(name: string): Unit {
  const bytes = Buffer.from(name)
  return {
    appends: [{ topic: 'a', bytes }],
    records: [{ table: 'settings', key: name, value: bytes }],
  }
}

/** All entries, then all records. */
async function contents(engine: MemoryEngine): Promise<string[]> {
  const found: string[] = []
  for (let shard = 0; shard < engine.caps.shards; shard++) {
    for await (const entries of engine.log.scan(shard, 1)) {
      found.push(...entries.map(({ bytes }) => Buffer.from(bytes).toString()))
    }
  }
  for await (const records of engine.records.scan('settings')) {
    found.push(...records.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`))
  }
  return found
}

/** Lets all promises that can settle do so. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
