// Reading the log for many sessions: what several of them need is read once.

import { StoreError } from '@godwit/store'
import type { Engine } from '@godwit/store'
import { expect, it } from 'vitest'
import { LogReader } from '../src/log-reader.ts'
import { openJournal } from './journal-world.ts'
import { messageTo } from './recording-member.ts'

it('gives what is there, in order, and undefined for what is not', async () => {
  const { reader } = await withLog(['a', 'b', 'c'])
  const found = await reader.read([3, 9, 1])
  expect(found.map((one) => one?.message.topic)).toEqual(['c', undefined, 'a'])
  expect(await reader.read([])).toEqual([])
})

it('reads once what several sessions need', async () => {
  const { reader, reads } = await withLog(['a', 'b', 'c'], true)
  const [first] = await reader.read([1, 2])
  const [again, , third] = await reader.read([1, 2, 3])
  expect(again).toBe(first)
  expect(third?.message.topic).toBe('c')
  await reader.read([2, 3])
  expect(reads).toEqual([[1, 2], [3]])
})

it('keeps nothing that one session needs alone', async () => {
  const { reader, reads } = await withLog(['a'])
  await reader.read([1])
  await reader.read([1])
  expect(reads).toEqual([[1], [1]])
})

it('keeps what was read last, and forgets the rest', async () => {
  const topics = Array.from({ length: 9000 }, (_, n) => String(n))
  const { reader, reads } = await withLog(topics, true)
  for (let position = 1; position <= 9000; position += 100) {
    await reader.read(Array.from({ length: 100 }, (_, n) => position + n))
  }
  reads.length = 0
  await reader.read([9000])
  await reader.read([1])
  expect(reads).toEqual([[1]])
})

it('throws where what is read is not what was written', async () => {
  const { reader, storage } = await withLog(['a'])
  storage.corruptEntry(1)
  await expect(reader.read([1])).rejects.toThrow(StoreError)
})

async function withLog(
  topics: readonly string[],
  isShared = false,
): Promise<{
  reader: LogReader
  reads: (readonly number[])[]
  storage: Awaited<ReturnType<typeof openJournal>>['storage']
}> {
  const { journal, turn, settle, engine, storage } = await openJournal({ logBytesMax: 1e9 })
  turn.begin()
  for (const topic of topics) journal.enter(messageTo(topic))
  await settle()
  const reads: (readonly number[])[] = []
  const noting: Pick<Engine, 'log'> = {
    log: {
      bounds: (shard) => engine.log.bounds(shard),
      scan: (...from) => engine.log.scan(...from),
      release: (pages) => engine.log.release(pages),
      read: (positions) => {
        reads.push(positions)
        return engine.log.read(positions)
      },
    },
  }
  const reader = new LogReader(noting, journal.timeOfDay, { isShared: () => isShared })
  return { reader, reads, storage }
}
