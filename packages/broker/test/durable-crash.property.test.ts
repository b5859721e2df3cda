// What holds of a broker with a store, whenever it is killed: what was acknowledged comes, QoS 2
// comes once, in order, and nothing is acknowledged before it is stored.
//
// With `key` a crash may leave an entry of the log without the records of its commit. Then a
// message of QoS 2 comes twice, for its publisher is not known to have sent it; only a token of the
// append could tell. Everything else holds there, too.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { worldPlans } from './durable-crash-plan.ts'
import { runCrashes } from './durable-crash-world.ts'

/** More and longer worlds for whoever has the time: some 8 ms each. */
const RUNS = Number(process.env['CRASH_RUNS'] ?? 150)
const LENGTH = Number(process.env['CRASH_LENGTH'] ?? 50)

describe.each([
  { shards: 1, atomic: 'all' },
  { shards: 4, atomic: 'all' },
  { shards: 4, atomic: 'key' },
] as const)('a store of $shards shards, atomic $atomic', (engine) => {
  it('keeps what was promised, whenever the broker is killed', async () => {
    await fc.assert(
      fc.asyncProperty(worldPlans(engine, LENGTH), async (plan) => {
        await expect(runCrashes(plan)).resolves.toBeUndefined()
      }),
      {
        numRuns: RUNS,
      },
    )
  }, 900_000)
})
