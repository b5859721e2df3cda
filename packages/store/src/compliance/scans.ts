/** Scans of the log: from where, while others write, and broken off. */
import { type Engine, pageOf } from '../engine.ts'
import { claim, growing, same } from './claims.ts'
import type { Check } from './trial.ts'
import { commitOne, entriesOf, fill, record, recordsOf, said, textOf } from './workload.ts'

/** The checks. */
export const SCAN_CHECKS: readonly Check[] = [
  ['scans from any position', ({ engine }) => fromAnywhere(engine)],
  ['scans what was there while commits go on', ({ engine }) => amidCommits(engine)],
  ['scans while the pages behind are released', ({ engine }) => amidReleases(engine)],
  ['holds nothing open for scans that were broken off', ({ engine }) => brokenOff(engine)],
  ['scans twice at the same time', ({ engine }) => sideBySide(engine)],
]

async function fromAnywhere(engine: Engine): Promise<void> {
  const positions = await fill(engine, 'a', 600)
  const shard = (positions[0] ?? 0) % engine.caps.shards
  const all = positions.map((_, at) => String(at))
  for (const at of [0, 1, 2, 63, 64, 65, 255, 256, 257, 511, 512, 598, 599]) {
    const found = await entriesOf(engine, shard, positions[at])
    same(`The entries from number ${at} on`, found.map(textOfEntry), all.slice(at))
  }
  const { next } = await engine.log.bounds(shard)
  for (const from of [next, next + 1, next + 1_000_000]) {
    same('The entries behind the last one', await entriesOf(engine, shard, from), [])
  }
  const between = await entriesOf(engine, shard, (positions[300] ?? 0) + 1)
  same('The entries behind number 300', between.map(textOfEntry), all.slice(301))
}

async function amidCommits(engine: Engine): Promise<void> {
  const positions = await fill(engine, 'a', 600)
  const shard = (positions[0] ?? 0) % engine.caps.shards
  const calls: Promise<unknown>[] = []
  const found: { position: number; text: string | undefined }[] = []
  for await (const entries of engine.log.scan(shard, 1)) {
    for (const { position, bytes } of entries) found.push({ position, text: textOf(bytes) })
    const more = { appends: [said('a', String(600 + calls.length))] }
    if (calls.length < 200) calls.push(engine.commit([more]))
    await calls.at(-1)
  }
  await Promise.all(calls)
  growing(
    'The positions that a scan gave amid commits',
    found.map(({ position }) => position),
  )
  const texts = found.map(({ text }) => text)
  claim(texts.length >= 600, `A scan amid commits gave ${texts.length} of 600 entries`)
  const expected = texts.map((_, at) => String(at))
  same('The entries that a scan gave amid commits', texts, expected)
}

async function amidReleases(engine: Engine): Promise<void> {
  const positions = await fill(engine, 'a', 1000)
  const { shards } = engine.caps
  const [first = 0] = positions
  const last = positions.at(-1) ?? 0
  const found: number[] = []
  for await (const entries of engine.log.scan(first % shards, 1)) {
    for (const { position } of entries) found.push(position)
    const page = pageOf(found.at(-1) ?? first, shards)
    const behind = positions.map((position) => pageOf(position, shards))
    engine.log.release([...new Set(behind)].filter((other) => other < page))
    await commitOne(engine, { records: [record('some', 'work')] })
  }
  same('What a scan gave while the pages behind it were released', found, positions)
  claim(found.at(-1) === last, 'A scan ended early because of a release')
}

async function brokenOff(engine: Engine): Promise<void> {
  const [position = 0] = await fill(engine, 'a', 600)
  const records = Array.from({ length: 600 }, (_, n) => record(`key ${n}`, 'value'))
  await commitOne(engine, { records })
  for (let round = 0; round < 200; round++) {
    for await (const entries of engine.log.scan(position % engine.caps.shards, 1)) {
      if (entries.length > 0) break
    }
    for await (const some of engine.records.scan('settings')) {
      if (some.length > 0) break
    }
  }
  await fill(engine, 'a', 10)
  same('The records', (await recordsOf(engine, 'settings')).size, 600)
  await engine.close()
}

async function sideBySide(engine: Engine): Promise<void> {
  const positions = await fill(engine, 'a', 600)
  const shard = (positions[0] ?? 0) % engine.caps.shards
  const one = entriesOf(engine, shard)
  const other = entriesOf(engine, shard, positions[300])
  same('A scan beside another one', (await one).length, 600)
  same('A scan from the middle beside another one', (await other).length, 300)
}

function textOfEntry({ bytes }: { bytes: Uint8Array }): string | undefined {
  return textOf(bytes)
}
