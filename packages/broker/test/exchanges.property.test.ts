// What holds of QoS 0, 1 and 2 from publishers through a whole broker to subscribers, whatever
// happens to their connections.

import type { ProtocolVersion } from '@godwit/codec'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scenarios } from './exchange-scenario.ts'
import { runScenario } from './exchange-world.ts'

const MIXES: readonly (readonly ProtocolVersion[])[] = [
  [3, 3, 3],
  [4, 4, 4],
  [5, 5, 5],
  [3, 4, 5, 5],
]

describe.each(MIXES)('clients of versions %i %i %i', (...versions) => {
  it('get each message as often as promised, in order, whatever happens to connections [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.6.0-5]', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(versions), async (scenario) => {
        await expect(runScenario(scenario)).resolves.toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })
})
