/**
 * Random work beside a model: commits that nobody waits for, with conditions that hold and others
 * that do not, releases, openings and crashes. The numbers are the same in every run, so a failure
 * comes again.
 */
import { pageOf, type Position, TABLES, type Unit } from '../engine.ts'
import { Chance } from './chance.ts'
import { Model, type Prediction } from './model.ts'
import type { Check, Trial } from './trial.ts'
import { noise } from './workload.ts'

/** The checks. */
export const RANDOM_CHECKS: readonly Check[] = [1, 2, 3].map((seed) => [
  `does as a model does in 120 random steps, seed ${seed}`,
  (trial) => walk(trial, new Chance(seed)),
])

async function walk(trial: Trial, chance: Chance): Promise<void> {
  const model = new Model(trial.engine.caps.shards)
  for (let step = 0; step < 120; step++) {
    await commits(trial, model, chance)
    if (chance.holds(1 / 8)) release(trial, model, chance)
    if (chance.holds(1 / 20)) await trial.reopen()
    if (trial.crashes && chance.holds(1 / 20)) await trial.crash()
    if (chance.holds(1 / 10)) await model.compare(trial.engine)
  }
  await trial.reopen()
  await model.compare(trial.engine)
}

async function commits({ engine }: Trial, model: Model, chance: Chance): Promise<void> {
  const calls: { predictions: Prediction[]; outcomes: ReturnType<typeof engine.commit> }[] = []
  for (let n = chance.below(5); n >= 0; n--) {
    const units = Array.from({ length: chance.below(5) }, () => randomUnit(model, chance))
    const predictions = units.map((unit) => model.predict(unit))
    calls.push({ predictions, outcomes: engine.commit(units) })
  }
  for (const { predictions, outcomes } of calls) model.learn(predictions, await outcomes)
}

function randomUnit(model: Model, chance: Chance): Unit {
  // Now and then enough to fill pages.
  const count = chance.holds(1 / 30) ? 300 : chance.below(4)
  const appends = Array.from({ length: count }, () => ({
    topic: `topic ${chance.below(10)}`,
    bytes: noise(chance.holds(1 / 50) ? 5000 : chance.below(40), chance.below(1e9)),
  }))
  const keys = new Set(Array.from({ length: chance.below(4) }, () => `key ${chance.below(30)}`))
  const records = [...keys].map((key) => {
    const table = TABLES[chance.below(3)] ?? 'settings'
    const value = chance.holds(1 / 4) ? null : noise(chance.below(60), chance.below(1e9))
    const op = { table, key, value }
    if (chance.holds(1 / 2)) return op
    const known = model.knownRevision(table, key) ?? 0
    return { ...op, ifRevision: chance.holds(1 / 4) ? chance.below(known + 2) : known }
  })
  return { appends, records }
}

function release({ engine }: Trial, model: Model, chance: Chance): void {
  const positions: readonly Position[] = model.positions()
  const chosen = positions[chance.below(positions.length)]
  if (chosen === undefined) return
  const page = pageOf(chosen, engine.caps.shards)
  model.release(positions.filter((position) => pageOf(position, engine.caps.shards) === page))
  engine.log.release([page])
}
