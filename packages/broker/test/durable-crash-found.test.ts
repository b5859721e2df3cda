// What kills have found: the smallest worlds in which something was lost, or came twice.

import type { MemoryEngineOptions } from '@godwit/store'
import { expect, it } from 'vitest'
import { smallPlan } from './durable-crash-plan.ts'
import type { Step } from './durable-crash-plan.ts'
import { runCrashes } from './durable-crash-world.ts'

const ONE: MemoryEngineOptions = { shards: 1, atomic: 'all' }
const CRASH = { do: 'crash', units: 0, parts: 0, awayMs: 0 } as const

it('a will is in the log before the record that holds it is changed', async () => {
  const steps: readonly Step[] = [
    CRASH,
    { do: 'hold' },
    { do: 'wait', ms: 100 },
    { ...CRASH, units: 1 },
  ]
  const plan = smallPlan(ONE, steps, { c0: { will: { delay: 0, qos: 1 } } })
  await expect(runCrashes({ ...plan, anchored: true, isBegun: false })).resolves.toBeUndefined()
})

it('a member of a share that passes a message on in the turn in which it comes, never had it', async () => {
  const steps: readonly Step[] = [
    shared(1),
    { do: 'connect', who: 3 },
    { do: 'settle' },
    CRASH,
    { do: 'connect', who: 0 },
  ]
  await expect(runCrashes(smallPlan(ONE, steps, { c2: { slow: true } }))).resolves.toBeUndefined()
})

it('a member of a share that is subscribed besides gets its own copy after a kill, too', async () => {
  const plan = smallPlan(ONE, [shared(1), { do: 'hold' }, CRASH], { c3: { slow: true } }, true)
  await expect(runCrashes(plan)).resolves.toBeUndefined()
})

it('a member of a share that is subscribed besides gets no third copy', async () => {
  const steps: readonly Step[] = [shared(3), { do: 'restart', awayMs: 0 }, CRASH]
  const plan = smallPlan(ONE, steps, { c3: { slow: true } }, true)
  await expect(runCrashes(plan)).resolves.toBeUndefined()
})

/** Client 0 publishes to the share. */
function shared(count: number): Step {
  return { do: 'publish', who: 0, topic: 3, qos: 2, retain: false, empty: false, count }
}
