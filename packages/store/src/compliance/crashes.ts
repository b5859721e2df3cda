/**
 * Crashes in the middle of commits. What was answered is there. Of the rest there is what a crash
 * may leave:
 *
 *     atomic all          the first few units, each of them whole
 *     atomic shard, key   of each unit, entries before records
 */
import { type Engine, type Outcome, pageOf, type Position } from '../engine.ts'
import { Chance } from './chance.ts'
import { claim, committed, refused, same } from './claims.ts'
import type { Check, Trial } from './trial.ts'
import { commitOne, fill, record, recordsOf, said, textOf, wholeLog } from './workload.ts'

/** The checks. */
export const CRASH_CHECKS: readonly Check[] = [
  ['has everything after a crash that was answered before', answered],
  ['leaves whole at a crash what it says it does', leavesWhole],
  ['gives no position twice after crashes', noReuse],
  ['is opened once at a time after a crash', alone],
]

async function answered(trial: Trial): Promise<void> {
  const positions: Position[] = []
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 5; n++) {
      const text = `${round} ${n}`
      const records = [record(text, text), record('last', text), record(`deleted ${round}`, null)]
      const unit = { appends: [said('a', text), said('b', text)], records }
      positions.push(...(await commitOne(trial.engine, unit)).positions)
      await commitOne(trial.engine, { records: [record(`deleted ${round}`, 'x')] })
    }
    await commitOne(trial.engine, { records: [record(`deleted ${round}`, null)] })
    const engine = await trial.crash()
    const found = await engine.log.read(positions)
    const texts = positions.map((_, at) => `${Math.floor(at / 10)} ${Math.floor(at / 2) % 5}`)
    same('Entries that were answered before a crash', found.map(textOf), texts)
    const records = await recordsOf(engine, 'settings')
    same('The number of records after a crash', records.size, 5 * (round + 1) + 1)
    same('The last record', textOf(records.get('last')?.value), `${round} 4`)
  }
}

async function leavesWhole(trial: Trial): Promise<void> {
  const chance = new Chance(4)
  for (let round = 0; round < 12; round++) {
    const awaited = chance.below(10)
    const calls = Array.from({ length: 20 }, (_, n) => begin(trial.engine, `${round} ${n}`))
    // They may never settle, or fail, but for those that are waited for.
    const outcomes = await Promise.all(calls.slice(0, awaited))
    for (const [outcome] of outcomes) committed('A unit before a crash', outcome)
    const engine = await trial.crash()
    const found = await stateOf(engine, round)
    const first = found.slice(0, awaited).find((state) => state !== WHOLE)
    claim(first === undefined, `A crash left ${first} of a unit that was answered before`)
    judge(found, engine.caps.atomic)
  }
}

/** One unit of two entries and two records. */
function begin(engine: Engine, name: string): Promise<readonly Outcome[]> {
  const appends = [said('a', `${name} 0`), said('b', `${name} 1`)]
  const records = [record(`${name} 0`, 'x'), record(`${name} 1`, 'x')]
  const call = engine.commit([{ appends, records }])
  call.catch(() => 'It may fail.')
  return call
}

const WHOLE = '2 entries, 2 records'
const NOTHING = '0 entries, 0 records'

/** What there is of each of the twenty units of a round. */
async function stateOf(engine: Engine, round: number): Promise<string[]> {
  const texts = [...(await wholeLog(engine)).values()].map(textOf)
  const keys = [...(await recordsOf(engine, 'settings')).keys()]
  return Array.from({ length: 20 }, (_, n) => {
    const name = `${round} ${n} `
    const entries = texts.filter((text) => text?.startsWith(name) === true).length
    const records = keys.filter((key) => key.startsWith(name)).length
    return `${entries} entries, ${records} records`
  })
}

function judge(found: readonly string[], atomic: Engine['caps']['atomic']): void {
  if (atomic === 'all') {
    const whole = found.filter((state) => state === WHOLE).length
    const expected = found.map((_, at) => (at < whole ? WHOLE : NOTHING))
    same('The units that a crash left, of which the first must be whole', found, expected)
  }
  const hasty = found.find((state) => !state.startsWith('2') && !state.endsWith(' 0 records'))
  claim(hasty === undefined, `A crash left ${hasty} of a unit: its entries come before its records`)
}

async function noReuse(trial: Trial): Promise<void> {
  let highest = 0
  for (let round = 0; round < 8; round++) {
    const positions = await fill(trial.engine, 'a', 100)
    const lowest = Math.min(...positions)
    claim(lowest > highest, `Position ${lowest} was given after ${highest} had been`)
    highest = Math.max(...positions)
    const pages = positions.map((position) => pageOf(position, trial.engine.caps.shards))
    if (round % 2 === 1) trial.engine.log.release([...new Set(pages)])
    await commitOne(trial.engine, { records: [record('some', 'work')] })
    void begin(trial.engine, `${round}`)
    await trial.crash()
  }
}

async function alone(trial: Trial): Promise<void> {
  await fill(trial.engine, 'a', 10)
  const engine = await trial.crash()
  await refused('A second opening after a crash', 'locked', async () => {
    const other = await trial.open()
    await other.close()
  })
  same('The entries beside a second opening', (await wholeLog(engine)).size, 10)
}
