/** Whether a store is empty, and making it so. */
import { pageOf, TABLES } from '@godwit/store'
import type { Engine, RecordOp, Table } from '@godwit/store'
import { MARK } from './import-mark.ts'
import { each } from './stored-state.ts'

/** What a broker writes there is no content. */
const CONTENTS: readonly Table[] = TABLES.filter((table) => table !== 'settings')

/** Whether nobody and nothing is in it. The log does not count: nobody wants it. */
export async function isEmpty({ records }: Engine): Promise<boolean> {
  for (const table of CONTENTS) {
    for await (const batch of records.scan(table)) if (batch.length > 0) return false
  }
  return true
}

/** Deletes all that an import may have written, but for its mark. @throws {StoreError} */
export async function empty(engine: Engine): Promise<void> {
  for (const table of CONTENTS) {
    const records: RecordOp[] = []
    await each(engine, table, ({ key }) => records.push({ table, key, value: null }))
    for (let at = 0; at < records.length; at += DELETED_MAX) {
      await engine.commit([{ records: records.slice(at, at + DELETED_MAX) }])
    }
  }
  for (let shard = 0; shard < engine.caps.shards; shard++) await releaseShard(engine, shard)
  // What is released is gone at the latest with the next commit.
  await engine.commit([{ records: [MARK] }])
}

const DELETED_MAX = 2000

async function releaseShard({ log, caps }: Engine, shard: number): Promise<void> {
  const { shards } = caps
  const { first, next } = await log.bounds(shard)
  const pages: number[] = []
  for (let page = pageOf(first, shards); page <= pageOf(next, shards); page += shards) {
    pages.push(page)
  }
  log.release(pages)
}
