// What holds of QoS 0, 1 and 2 from a client of ours through our broker to another client, whatever
// happens to the lines between them.

import type { ProtocolVersion } from '@godwit/codec'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scenarios } from './cut-scenario.ts'
import { runScenario } from './cut-world.ts'

const MIXES: readonly (readonly ProtocolVersion[])[] = [
  [5, 5],
  [4, 4],
  [3, 4, 5],
]

describe.each(MIXES)('clients of versions %i, %i', (...versions) => {
  it('lose nothing that was accepted, keep its order, and have QoS 2 once [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.6.0-5]', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(versions), async (scenario) => {
        await expect(runScenario(scenario)).resolves.toBeUndefined()
      }),
      { numRuns: 100 },
    )
  }, 60_000)
})
