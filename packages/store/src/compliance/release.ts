/**
 * Release of pages. An engine may put it off, so what was released is there or not; what was not
 * released is there.
 */
import { type Engine, pageOf, type Position } from '../engine.ts'
import { claim, committed, same } from './claims.ts'
import type { Check, Trial } from './trial.ts'
import { commitOne, entriesOf, fill, record, said, textOf, wholeLog } from './workload.ts'

/** The checks. */
export const RELEASE_CHECKS: readonly Check[] = [
  ['releases a page and keeps its neighbours', neighbours],
  ['frees what was released, in time', ({ engine }) => frees(engine)],
  ['keeps what comes later into the newest page, after its release', later],
  ['releases in the order of the commits', ({ engine }) => inOrder(engine)],
  ['gives no position twice, though all was released and it was opened again', noReuse],
  ['takes no notice of a release of what is not there', ({ engine }) => idle(engine)],
]

async function neighbours(trial: Trial): Promise<void> {
  const { engine } = trial
  const positions = await fill(engine, 'a', 1000)
  const { shards } = engine.caps
  const middle = pageOf(positions[500] ?? 0, shards)
  engine.log.release([middle])
  await work(engine, 20)
  const kept = positions.filter((position) => pageOf(position, shards) !== middle)
  claim(kept.length >= 1000 - 256, `A page holds ${1000 - kept.length} entries: at most 256`)
  for (const again of [false, true]) {
    const current = again ? await trial.reopen() : engine
    const found = await wholeLog(current)
    for (const [n, position] of positions.entries()) {
      const text = textOf(found.get(position))
      const gone = text === undefined && pageOf(position, shards) === middle
      claim(gone || text === String(n), `Entry ${n} beside a released page is ${text}`)
    }
    const read = await current.log.read(kept)
    same('Entries beside a released page', read.filter((bytes) => bytes === undefined).length, 0)
  }
}

async function frees(engine: Engine): Promise<void> {
  const positions = await fill(engine, 'a', 1000)
  const pages = new Set(positions.map((position) => pageOf(position, engine.caps.shards)))
  engine.log.release([...pages])
  let left = Infinity
  for (let round = 0; round < 100 && left > 0; round++) {
    await work(engine, 5)
    left = (await engine.usage()).logEntries
  }
  same('The entries that are left 500 commits after all pages were released', left, 0)
  same('The bytes that are left in them', (await engine.usage()).logBytes, 0)
  same('What is read there', (await engine.log.read(positions)).findIndex(Boolean), -1)
}

async function later(trial: Trial): Promise<void> {
  const { engine } = trial
  const kept = new Map<Position, string>()
  for (let round = 0; round < 5; round++) {
    const before = await fill(engine, 'a', 10)
    kept.clear()
    engine.log.release([...new Set(before.map((at) => pageOf(at, engine.caps.shards)))])
    for (const [n, at] of (await fill(engine, 'a', 20)).entries()) kept.set(at, String(n))
    await work(engine, 20)
    await expectAll(engine, kept)
  }
  await expectAll(await trial.reopen(), kept)
  await work(trial.engine, 20)
  await expectAll(trial.engine, kept)
}

async function inOrder(engine: Engine): Promise<void> {
  const [first = 0] = await fill(engine, 'a', 1)
  const page = pageOf(first, engine.caps.shards)
  for (let round = 0; round < 20; round++) {
    const before = engine.commit([{ appends: [said('a', `before ${round}`)] }])
    engine.log.release([page])
    const after = engine.commit([{ appends: [said('a', `after ${round}`)] }])
    const [position = 0] = committed('A commit before a release', (await before)[0]).positions
    claim(pageOf(position, engine.caps.shards) === page, 'A page holds fewer than 41 entries')
    const [kept = 0] = committed('A commit after a release', (await after)[0]).positions
    await work(engine, 3)
    await expectAll(engine, new Map([[kept, `after ${round}`]]))
  }
}

async function noReuse(trial: Trial): Promise<void> {
  let highest = 0
  for (const count of [1, 255, 256, 257, 3]) {
    const positions = await fill(trial.engine, 'a', count)
    const lowest = Math.min(...positions)
    claim(lowest > highest, `Position ${lowest} was given after ${highest} had been`)
    highest = Math.max(...positions)
    const pages = positions.map((position) => pageOf(position, trial.engine.caps.shards))
    trial.engine.log.release([...new Set(pages)])
    await work(trial.engine, 10)
    await trial.reopen()
    const { first, next } = await trial.engine.log.bounds(highest % trial.engine.caps.shards)
    claim(first <= next, `The bounds are ${first} and ${next}, the wrong way round`)
    claim(next > highest, `The next position is to be ${next}, though ${highest} was given`)
  }
}

async function idle(engine: Engine): Promise<void> {
  engine.log.release([])
  engine.log.release([0, 1, 2, 3, 4, 1_000_000])
  const kept = new Map((await fill(engine, 'a', 300)).map((at, n) => [at, String(n)] as const))
  const beyond = [...kept.keys()].map((at) => pageOf(at, engine.caps.shards) + 64)
  engine.log.release([...new Set(beyond)])
  engine.log.release([...new Set(beyond)])
  await work(engine, 10)
  await expectAll(engine, kept)
}

/** Commits that give an engine the occasion to do what it put off. */
async function work(engine: Engine, commits: number): Promise<void> {
  for (let n = 0; n < commits; n++) await commitOne(engine, { records: [record('some', 'work')] })
}

async function expectAll(engine: Engine, kept: ReadonlyMap<Position, string>): Promise<void> {
  const positions = [...kept.keys()]
  const texts = [...kept.values()]
  same('Entries read after a release', (await engine.log.read(positions)).map(textOf), texts)
  const [first = 0] = positions
  const found = await entriesOf(engine, first % engine.caps.shards, first)
  same(
    'Entries scanned after a release',
    found.map(({ bytes }) => textOf(bytes)),
    texts,
  )
}
