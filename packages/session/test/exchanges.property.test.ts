// What holds of QoS 1 and QoS 2 over a link that is cut at any byte: a real Sender and a real
// Receiver against the reference model.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exchangeCommands, runExchanges } from '../src/testing/index.ts'

describe.each([4, 5] as const)('in version %i', (version) => {
  it('QoS 1 arrives at least once, QoS 2 exactly once, in order, within the quota', () => {
    fc.assert(
      fc.property(exchangeCommands(), (commands) => {
        expect(() => runExchanges(version, commands)).not.toThrow()
      }),
      { numRuns: 1000 },
    )
  })

  // Nothing is too large here, for its identifier may mean another message before its owner knows.
  it('the same holds where each of three identifiers is used again and again', () => {
    fc.assert(
      fc.property(exchangeCommands(['a', 'b']), (commands) => {
        expect(() => runExchanges(version, commands, 3)).not.toThrow()
      }),
      { numRuns: 60 },
    )
  })
})
