/** Commits: their outcomes, their order, large ones, and what they take. */
import type { Engine, Unit } from '../engine.ts'
import { claim, committed, growing, same } from './claims.ts'
import type { Check } from './trial.ts'
import { commitOne, fill, record, recordsOf, said, textOf, utf8, wholeLog } from './workload.ts'

/** The checks. */
export const COMMIT_CHECKS: readonly Check[] = [
  ['gives an outcome for each unit, append and record', ({ engine }) => outcomes(engine)],
  ['commits nothing at all', ({ engine }) => nothing(engine)],
  ['shows what is committed as soon as it says so', ({ engine }) => visible(engine)],
  ['does calls in their order when nobody waits', ({ engine }) => order(engine)],
  ['reads undamaged while commits are under way', ({ engine }) => amid(engine)],
  ['commits 10,000 units at once', ({ engine }) => tenThousand(engine)],
  ['commits 1,000 appends and 1,000 records in one unit', ({ engine }) => largeUnit(engine)],
  ['counts what there is', ({ engine }) => counts(engine)],
]

async function outcomes(engine: Engine): Promise<void> {
  const units: readonly Unit[] = [
    { appends: [said('a', '0')], records: [record('0', 'x')] },
    { appends: [said('a', '1'), said('b', '2'), said('a', '3')] },
    { records: [record('1', 'x'), record('0', null), record('2', 'x'), record('3', null)] },
    {},
    { appends: [], records: [] },
    { appends: [said('c', '4')], records: [record('4', 'x'), record('5', 'x')] },
  ]
  const found = await engine.commit(units)
  same('The number of outcomes', found.length, units.length)
  const done = found.map((outcome) => committed('A unit', outcome))
  same(
    'Positions by unit',
    done.map(({ positions }) => positions.length),
    [1, 3, 0, 0, 0, 1],
  )
  const written = done.map(({ revisions }) => revisions.map((revision) => revision > 0))
  const expected = [[true], [], [true, false, true, false], [], [], [true, true]]
  same('Whether revisions are greater than 0, by unit', written, expected)
  const texts = await engine.log.read(done.flatMap(({ positions }) => positions))
  same('The entries at the positions', texts.map(textOf), ['0', '1', '2', '3', '4'])
  same('The records', (await recordsOf(engine, 'settings')).size, 4)
}

async function nothing(engine: Engine): Promise<void> {
  same('The outcomes of no units', await engine.commit([]), [])
  const { positions, revisions } = await commitOne(engine, {})
  same('The positions and revisions of an empty unit', [positions, revisions], [[], []])
}

async function visible(engine: Engine): Promise<void> {
  for (let n = 0; n < 50; n++) {
    const unit = { appends: [said('a', String(n))], records: [record('key', String(n))] }
    const { positions } = await commitOne(engine, unit)
    const found = await engine.records.get('settings', 'key')
    same('A record right after its commit', textOf(found?.value), String(n))
    const [entry] = await engine.log.read(positions)
    same('An entry right after its commit', textOf(entry), String(n))
  }
}

async function order(engine: Engine): Promise<void> {
  const settled: number[] = []
  const calls = Array.from({ length: 200 }, async (_, n) => {
    await engine.commit([
      { records: [record('key', String(n)), record(String(n % 10), String(n))] },
    ])
    settled.push(n)
  })
  await Promise.all(calls)
  growing('The calls in the order in which they were answered', settled)
  const found = await recordsOf(engine, 'settings')
  same('The record that all calls wrote', textOf(found.get('key')?.value), '199')
  for (let n = 0; n < 10; n++) {
    same('A record that some calls wrote', textOf(found.get(String(n))?.value), String(190 + n))
  }
}

async function amid(engine: Engine): Promise<void> {
  const positions = await fill(engine, 'a', 100)
  await commitOne(engine, { records: [record('key', 'stays')] })
  const calls: Promise<unknown>[] = []
  for (let n = 0; n < 50; n++) {
    calls.push(engine.commit([{ appends: [said('a', 'x')], records: [record(String(n), 'x')] }]))
    const found = await engine.records.get('settings', 'key')
    same('A record amid commits', textOf(found?.value), 'stays')
    const [entry] = await engine.log.read([positions[n] ?? 0])
    same('An entry amid commits', textOf(entry), String(n))
  }
  await Promise.all(calls)
  same('The entries in the end', (await wholeLog(engine)).size, 150)
}

async function tenThousand(engine: Engine): Promise<void> {
  const units = Array.from({ length: 10_000 }, (_, n) => ({
    appends: [said('a', String(n))],
    records: [{ table: 'received', key: `1/${n}`, value: utf8(String(n)) } as const],
  }))
  const found = await engine.commit(units)
  same('The number of outcomes', found.length, units.length)
  const positions = found.flatMap((outcome) => committed('A unit of many', outcome).positions)
  growing('The positions of many units', positions)
  const log = await wholeLog(engine)
  const records = await recordsOf(engine, 'received')
  for (const [n, position] of positions.entries()) {
    const texts = [textOf(log.get(position)), textOf(records.get(`1/${n}`)?.value)]
    same(`The entry and the record of unit ${n} of many`, texts, [String(n), String(n)])
  }
}

async function largeUnit(engine: Engine): Promise<void> {
  const appends = Array.from({ length: 1000 }, (_, n) => said(`topic ${n % 7}`, String(n)))
  const records = Array.from({ length: 1000 }, (_, n) => record(String(n), String(n)))
  const { positions, revisions } = await commitOne(engine, { appends, records })
  same('The number of revisions', revisions.length, 1000)
  const read = (await engine.log.read(positions.slice(300, 700))).map(textOf)
  same(
    'Entries of a large unit',
    read,
    appends.slice(300, 700).map(({ bytes }) => textOf(bytes)),
  )
  same('The entries of a large unit', (await wholeLog(engine)).size, 1000)
  same('The records of a large unit', (await recordsOf(engine, 'settings')).size, 1000)
}

async function counts(engine: Engine): Promise<void> {
  const counted = async () => {
    const { logEntries, logBytes, records } = await engine.usage()
    return { logEntries, logBytes, records }
  }
  same('What there is at first', await counted(), { logEntries: 0, logBytes: 0, records: 0 })
  await commitOne(engine, {
    appends: [said('a', 'four'), said('b', ''), said('c', 'eleven bytes')],
  })
  await commitOne(engine, { records: [record('1', 'one'), record('2', 'two'), record('3', '')] })
  same('What there is then', await counted(), { logEntries: 3, logBytes: 16, records: 3 })
  await commitOne(engine, {
    records: [record('1', 'one more'), record('2', null), record('4', null)],
  })
  same('What there is in the end', await counted(), { logEntries: 3, logBytes: 16, records: 2 })
  const { bytes = 0, bytesFree = 0 } = await engine.usage()
  claim(bytes >= 0 && bytesFree >= 0, `Usage says ${bytes} bytes are taken and ${bytesFree} free`)
}
