/** Records: what is written, what is replaced on condition of its revision, and scans of tables. */
import { type Engine, type RecordOp, type Revision, TABLES } from '../engine.ts'
import { claim, committed, conflicted, growing, same } from './claims.ts'
import type { Check, Trial } from './trial.ts'
import { commitOne, fill, record, recordsOf, said, textOf, utf8, wholeLog } from './workload.ts'

/** The checks. */
export const RECORD_CHECKS: readonly Check[] = [
  ['has no records at first', ({ engine }) => noRecords(engine)],
  ['writes, replaces and deletes records', ({ engine }) => replaces(engine)],
  ['keeps tables apart', ({ engine }) => tables(engine)],
  ['gives greater revisions with each change', greaterRevisions],
  ['writes where there must be no record, if there is none', ({ engine }) => creates(engine)],
  ['replaces and deletes a record of the revision expected', ({ engine }) => matches(engine)],
  ['finds every other revision to be a conflict', ({ engine }) => conflicts(engine)],
  ['undoes the unit of a conflict and no other', ({ engine }) => undoes(engine)],
  ['judges conditions by what earlier calls have done', ({ engine }) => inOrder(engine)],
  ['lets values be overwritten as soon as commit has returned', ({ engine }) => borrowed(engine)],
  ['leaves a value that was read as it was', ({ engine }) => keptValues(engine)],
  ['scans each record of a table once, while others are written', ({ engine }) => scans(engine)],
]

async function noRecords(engine: Engine): Promise<void> {
  for (const table of TABLES) {
    same(`A record of table ${table}`, await engine.records.get(table, 'key'), undefined)
    same(`The records of table ${table}`, (await recordsOf(engine, table)).size, 0)
  }
}

async function replaces(engine: Engine): Promise<void> {
  for (const text of ['one', 'two', '', 'a much longer value than before', 'one']) {
    await write(engine, record('key', text))
    same('A record that was written', await textAt(engine, 'key'), text)
    same('The records of its table', (await recordsOf(engine, 'settings')).size, 1)
  }
  same('The revision of a deletion', await write(engine, record('key', null)), 0)
  same('A record that was deleted', await textAt(engine, 'key'), undefined)
  same('The records left', (await recordsOf(engine, 'settings')).size, 0)
  same('The revision of a deletion of nothing', await write(engine, record('key', null)), 0)
  await commitOne(engine, { records: [record('key', 'first'), record('key', 'second')] })
  same('A record that one unit wrote twice', await textAt(engine, 'key'), 'second')
}

async function tables(engine: Engine): Promise<void> {
  const records = TABLES.map((table) => ({ table, key: 'key', value: utf8(table) }))
  await commitOne(engine, { records })
  await commitOne(engine, { records: [{ table: 'progress', key: 'key', value: null }] })
  for (const table of TABLES) {
    const expected = table === 'progress' ? undefined : table
    const found = await engine.records.get(table, 'key')
    same(`The record of table ${table}`, textOf(found?.value), expected)
    const keys = [...(await recordsOf(engine, table)).keys()]
    same(`The keys of table ${table}`, keys, expected === undefined ? [] : ['key'])
  }
}

async function greaterRevisions(trial: Trial): Promise<void> {
  const given: Revision[] = []
  for (let round = 0; round < 5; round++) {
    for (const text of ['one', 'two', 'two', null, 'three']) {
      const revision = await write(trial.engine, record('key', text))
      if (text === null) continue
      const found = await trial.engine.records.get('settings', 'key')
      same('The revision that get gives', found?.revision, revision)
      given.push(revision)
    }
    await write(trial.engine, record('key', null))
    await trial.reopen()
  }
  claim((given[0] ?? 0) >= 1, `The first revision is ${given[0]}: expected one from 1 on`)
  claim(given.every(Number.isSafeInteger), `Revisions are not all whole: ${given.join(', ')}`)
  growing('The revisions of one key', given)
}

async function creates(engine: Engine): Promise<void> {
  const revision = await write(engine, record('key', 'one', 0))
  await clash(engine, record('key', 'two', 0))
  same('A record that was there already', await textAt(engine, 'key'), 'one')
  await write(engine, record('key', null, revision))
  await write(engine, record('key', 'three', 0))
  same('A record that was deleted before', await textAt(engine, 'key'), 'three')
  await write(engine, record('nothing', null, 0))
  same('A record that was not there to be deleted', await textAt(engine, 'nothing'), undefined)
}

async function matches(engine: Engine): Promise<void> {
  let revision = await write(engine, record('key', '0'))
  for (let n = 1; n < 20; n++) {
    revision = await write(engine, record('key', String(n), revision))
    same('A record that was replaced', await textAt(engine, 'key'), String(n))
  }
  const found = await recordsOf(engine, 'settings')
  same('The revision that a scan gives', found.get('key')?.revision, revision)
  await write(engine, record('key', null, revision))
  same('A record that was deleted', await textAt(engine, 'key'), undefined)
}

async function conflicts(engine: Engine): Promise<void> {
  await clash(engine, record('key', 'x', 1))
  const first = await write(engine, record('key', 'one'))
  const second = await write(engine, record('key', 'two'))
  for (const wrong of [first, second + 1, second + 1_000_000, 0]) {
    await clash(engine, record('key', 'x', wrong))
    await clash(engine, record('key', null, wrong))
    same('A record after conflicts', await textAt(engine, 'key'), 'two')
  }
  await write(engine, record('key', null))
  await clash(engine, record('key', 'x', second))
  await write(engine, record('key', 'three'))
  await clash(engine, record('key', 'x', second))
  same('A record that was written anew', await textAt(engine, 'key'), 'three')
}

async function undoes(engine: Engine): Promise<void> {
  await write(engine, record('taken', 'before'))
  const outcomes = await engine.commit([
    { appends: [said('a', 'one')], records: [record('1', 'one')] },
    {
      appends: [said('a', 'lost'), said('b', 'lost')],
      records: [record('2', 'lost'), record('taken', 'lost', 0), record('taken', 'lost', 0)],
    },
    { appends: [said('a', 'three')], records: [record('taken', 'lost', 0), record('3', 'lost')] },
    { appends: [said('a', 'four')], records: [record('4', 'four'), record('1', null)] },
  ])
  same('The number of outcomes', outcomes.length, 4)
  committed('The unit before a conflict', outcomes[0])
  conflicted('A unit whose second record is taken', outcomes[1], 1)
  conflicted('A unit whose first record is taken', outcomes[2], 0)
  committed('The unit behind a conflict', outcomes[3])
  const keys = [...(await recordsOf(engine, 'settings')).keys()].toSorted()
  same('The records beside conflicts', keys, ['4', 'taken'])
  same('The record of the conflict', await textAt(engine, 'taken'), 'before')
  const texts = [...(await wholeLog(engine)).values()].map((bytes) => textOf(bytes) ?? '')
  same('The entries beside conflicts', texts.toSorted(), ['four', 'one'])
  same('The entries counted', (await engine.usage()).logEntries, 2)
}

async function inOrder(engine: Engine): Promise<void> {
  const revision = await write(engine, record('key', 'one'))
  const calls = [
    engine.commit([{ records: [record('key', 'two', revision)] }]),
    engine.commit([
      { records: [record('key', 'three', revision)] },
      { records: [record('key', null)] },
      { records: [record('key', 'four', 0)] },
    ]),
    engine.commit([{ records: [record('key', 'five', 0)] }]),
  ]
  const outcomes = (await Promise.all(calls)).flat()
  same(
    'Whether units were committed, of which each met what the one before had done',
    outcomes.map((outcome) => outcome.committed),
    [true, false, true, true, false],
  )
  same('The record in the end', await textAt(engine, 'key'), 'four')
}

async function borrowed(engine: Engine): Promise<void> {
  const buffer = new Uint8Array(64)
  const calls = Array.from({ length: 100 }, (_, n) => {
    const value = buffer.subarray(n % 50, (n % 50) + 4)
    value.set(utf8(String(1000 + n)))
    const call = engine.commit([{ records: [{ table: 'progress', key: `key ${n}`, value }] }])
    buffer.fill(0xee)
    return call
  })
  await Promise.all(calls)
  const found = await recordsOf(engine, 'progress')
  for (const n of calls.keys()) {
    const what = 'A value whose bytes were overwritten after commit had returned'
    same(what, textOf(found.get(`key ${n}`)?.value), String(1000 + n))
  }
}

async function keptValues(engine: Engine): Promise<void> {
  const [position = 0] = await fill(engine, 'a', 1)
  await write(engine, record('key', 'one'))
  const found = await engine.records.get('settings', 'key')
  const scanned = (await recordsOf(engine, 'settings')).get('key')
  const [entry] = await engine.log.read([position])
  for (let n = 0; n < 100; n++) await write(engine, record('key', String(n).padStart(3, 'x')))
  await write(engine, record('key', null))
  await fill(engine, 'a', 100)
  same('A value that was read before it was replaced', textOf(found?.value), 'one')
  same('A value that was scanned before it was replaced', textOf(scanned?.value), 'one')
  same('An entry that was read before others came', textOf(entry), '0')
}

async function scans(engine: Engine): Promise<void> {
  const keys = Array.from({ length: 1000 }, (_, n) => `key ${n}`)
  await commitOne(engine, { records: keys.map((key) => record(key, 'before')) })
  const counts = new Map<string, number>()
  for await (const records of engine.records.scan('settings')) {
    for (const { key } of records) counts.set(key, (counts.get(key) ?? 0) + 1)
    const again = keys.filter((_, at) => at % 100 === counts.size % 100)
    await commitOne(engine, { records: again.map((key) => record(key, null)) })
    await commitOne(engine, { records: again.map((key) => record(key, 'after')) })
  }
  const repeated = [...counts].find(([, count]) => count > 1)
  claim(repeated === undefined, `A scan gave the record ${repeated?.[0]} twice`)
  const missed = keys.find((key) => !counts.has(key))
  claim(missed === undefined, `A scan missed the record ${missed}, which was rewritten meanwhile`)
  same('The records in the end', (await recordsOf(engine, 'settings')).size, 1000)
}

async function write(engine: Engine, op: RecordOp): Promise<Revision> {
  const { revisions } = await commitOne(engine, { records: [op] })
  same('The number of revisions for one record', revisions.length, 1)
  return revisions[0] ?? 0
}

async function clash(engine: Engine, op: RecordOp): Promise<void> {
  const [outcome] = await engine.commit([{ records: [op] }])
  conflicted(`A record that must have revision ${op.ifRevision} and has not`, outcome, 0)
}

async function textAt(engine: Engine, key: string): Promise<string | undefined> {
  const found = await engine.records.get('settings', key)
  if (found !== undefined) same('The key of the record that get gives', found.key, key)
  return textOf(found?.value)
}
