/** What the log says while the broker reads its store, and when the store fails. */
import { describe, expect, it } from 'vitest'
import { Restoring } from '../src/restoring.ts'
import { StoreFailure } from '../src/store-failure.ts'

describe('restoring', () => {
  it('is told when it is done, with what there was and how long it took', () => {
    const { lines, restoring, at } = watched()
    at(100)
    restoring.progress({ sessions: 2, retainedMessages: 0, messages: 5 })
    at(120.4)
    restoring.finish()
    expect(lines).toEqual([
      [{ sessions: 2, retainedMessages: 0, messages: 5, ms: 120 }, 'restored'],
    ])
  })

  it('that takes long is told every half a second', () => {
    const { lines, restoring, at } = watched()
    for (let now = 0; now <= 1200; now += 100) {
      at(now)
      restoring.progress({ sessions: 1, retainedMessages: 1, messages: now })
    }
    expect(lines).toEqual([
      [{ sessions: 1, retainedMessages: 1, messages: 500 }, 'restoring'],
      [{ sessions: 1, retainedMessages: 1, messages: 1000 }, 'restoring'],
    ])
  })
})

describe('a failure of the store', () => {
  it('is said once, at once, and bounds the time that is left', async () => {
    const written: string[] = []
    const exits: number[] = []
    const failure = new StoreFailure(3000, {
      write: (text) => written.push(text),
      exitAfter: (ms) => exits.push(ms),
    })
    expect(failure.isReported).toBe(false)
    failure.report(new Error('The disk is gone'))
    failure.report(new Error('Another one'))
    expect(await failure.happened).toBe('failure')
    expect(failure.isReported).toBe(true)
    expect({ written, exits }).toEqual({
      written: ['godwit-broker: The disk is gone\n'],
      exits: [3000],
    })
  })
})

function watched() {
  let now = 0
  const lines: unknown[] = []
  const log = { info: (...line: readonly unknown[]) => lines.push(line) }
  const restoring = new Restoring(log as never, () => now)
  const at = (ms: number): void => {
    now = ms
  }
  return { lines, restoring, at }
}
