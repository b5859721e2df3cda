/** What `bench store` measures, each in a file of its own. */
import { drain } from './drain.ts'
import { durablePairs } from './durable-pairs.ts'
import { notDurable } from './not-durable.ts'
import { offlineFanout } from './offline-fanout.ts'
import type { Bench, Findings } from './rounds.ts'
import { startUp } from './start-up.ts'

/** One thing that is measured. */
export interface StoreScenario {
  readonly name: string
  run(bench: Bench): Promise<Findings>
}

/** In the order of the report. */
export const STORE_SCENARIOS: readonly StoreScenario[] = [
  { name: 'durable-pairs', run: durablePairs },
  { name: 'offline-fanout', run: offlineFanout },
  { name: 'drain', run: drain },
  { name: 'start-up', run: startUp },
  { name: 'not-durable', run: notDurable },
]
