/** Closing, opening again, and being the only one. */
import type { Engine } from '../engine.ts'
import { claim, committed, refused, same } from './claims.ts'
import type { Check, Trial } from './trial.ts'
import {
  commitOne,
  entriesOf,
  fill,
  record,
  recordsOf,
  said,
  textOf,
  wholeLog,
} from './workload.ts'

/** The checks. */
export const CLOSING_CHECKS: readonly Check[] = [
  ['closes once, however often it is told to', ({ engine }) => once(engine)],
  ['finishes the commits that were begun, then closes', finishes],
  ['refuses everything when it is closed', ({ engine }) => refusesAll(engine)],
  [
    'refuses everything from the moment on when it is told to close',
    ({ engine }) => atOnce(engine),
  ],
  ['ends scans when it is closed', ({ engine }) => endsScans(engine)],
  ['finds everything again when it is opened again', findsAll],
  ['says the same of itself when it is opened again', sameCaps],
  ['is opened again with nothing in it', emptyAgain],
  ['is opened once at a time', alone],
]

async function once(engine: Engine): Promise<void> {
  const calls = [engine.close(), engine.close(), engine[Symbol.asyncDispose]()]
  claim(calls[0] === calls[1], 'Two calls of close got two promises: each gets the same one')
  await Promise.all(calls)
  claim(engine.close() === calls[0], 'A call of close got another promise after closing')
  await engine.close()
}

async function finishes(trial: Trial): Promise<void> {
  const calls = Array.from({ length: 50 }, (_, n) =>
    trial.engine.commit([{ appends: [said('a', String(n))], records: [record(String(n), 'x')] }]),
  )
  const closed = trial.engine.close()
  const positions = (await Promise.all(calls)).map(
    ([outcome]) => committed('A unit that was committed before closing', outcome).positions[0] ?? 0,
  )
  await closed
  const engine = await trial.reopen()
  const texts = (await engine.log.read(positions)).map(textOf)
  same('Entries that were committed before closing', texts, [...calls.keys()].map(String))
  same('Records that were committed before closing', (await recordsOf(engine, 'settings')).size, 50)
}

async function refusesAll(engine: Engine): Promise<void> {
  await fill(engine, 'a', 1)
  await engine.close()
  for (const [name, attempt] of attempts(engine)) {
    await refused(`${name} after closing`, 'closed', attempt)
  }
}

async function atOnce(engine: Engine): Promise<void> {
  const call = engine.commit([{ appends: [said('a', 'begun')] }])
  const closed = engine.close()
  await refused('commit behind close', 'closed', () =>
    engine.commit([{ appends: [said('a', 'x')] }]),
  )
  committed('A unit that was committed before closing', (await call)[0])
  await closed
}

async function endsScans(engine: Engine): Promise<void> {
  const [position = 0] = await fill(engine, 'a', 1000)
  const records = Array.from({ length: 1000 }, (_, n) => record(String(n), 'x'))
  await commitOne(engine, { records })
  const entries = engine.log.scan(position % engine.caps.shards, 1)[Symbol.asyncIterator]()
  const some = engine.records.scan('settings')[Symbol.asyncIterator]()
  await entries.next()
  await some.next()
  await engine.close()
  await refused('A scan of the log after closing', 'closed', () => exhausted(entries))
  await refused('A scan of records after closing', 'closed', () => exhausted(some))
}

/** Some of what comes next may be there already, but not all of a thousand. */
async function exhausted(iterator: AsyncIterator<unknown>): Promise<void> {
  for (let done = false; !done;) done = (await iterator.next()).done === true
}

async function findsAll(trial: Trial): Promise<void> {
  const expected = new Map<number, string>()
  for (let round = 0; round < 5; round++) {
    const texts = Array.from({ length: 100 }, (_, n) => `${round} ${n}`)
    const appends = texts.map((text, n) => said(`topic ${n % 5}`, text))
    const records = texts.map((text) => record(text, text))
    const { positions } = await commitOne(trial.engine, { appends, records })
    for (const [at, position] of positions.entries()) expected.set(position, texts[at] ?? '')
    const gone = record(`${round} 7`, null)
    await commitOne(trial.engine, { records: [gone, record(`${round} 8`, 'replaced')] })
    const engine = await trial.reopen()
    const log = await wholeLog(engine)
    same('The entries when it was opened again', log.size, expected.size)
    for (const [at, text] of expected) same(`The entry at ${at}`, textOf(log.get(at)), text)
    const found = await recordsOf(engine, 'settings')
    same('The records when it was opened again', found.size, 99 * (round + 1))
    same('A record that was replaced', textOf(found.get(`${round} 8`)?.value), 'replaced')
    const { logEntries, records: counted } = await engine.usage()
    same(
      'What usage counts when it was opened again',
      [logEntries, counted],
      [log.size, found.size],
    )
  }
}

async function sameCaps(trial: Trial): Promise<void> {
  const before = trial.engine.caps
  await fill(trial.engine, 'a', 1)
  same('What it says of itself', (await trial.reopen()).caps, before)
}

async function emptyAgain(trial: Trial): Promise<void> {
  const engine = await trial.reopen()
  same('The entries', (await wholeLog(engine)).size, 0)
  same('The records', (await recordsOf(engine, 'settings')).size, 0)
}

async function alone(trial: Trial): Promise<void> {
  const { engine } = trial
  const [position = 0] = await fill(engine, 'a', 10)
  for (let n = 0; n < 3; n++) {
    await refused('A second opening', 'locked', async () => {
      const other = await trial.open()
      await other.close()
    })
  }
  await fill(engine, 'a', 10)
  const shard = position % engine.caps.shards
  same('The entries beside a second opening', (await entriesOf(engine, shard)).length, 20)
  same('The entries then', (await entriesOf(await trial.reopen(), shard)).length, 20)
}

function attempts(engine: Engine): readonly (readonly [string, () => Promise<unknown>])[] {
  return [
    ['commit', () => engine.commit([{ appends: [said('a', 'x')] }])],
    ['commit of nothing', () => engine.commit([])],
    ['usage', () => engine.usage()],
    ['log.bounds', () => engine.log.bounds(0)],
    ['log.read', () => engine.log.read([1])],
    ['log.scan', () => exhausted(engine.log.scan(0, 1)[Symbol.asyncIterator]())],
    ['records.get', () => engine.records.get('settings', 'key')],
    ['records.scan', () => exhausted(engine.records.scan('settings')[Symbol.asyncIterator]())],
  ]
}
