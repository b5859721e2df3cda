// How long commits took, as a histogram has it.

import { MemoryEngine, MemoryStorage } from '@godwit/store'
import { expect, it } from 'vitest'
import { CommitFigures } from '../src/commit-figures.ts'
import { LogPages } from '../src/log-pages.ts'

it('each commit counts in every bucket that it is not above', async () => {
  const figures = new CommitFigures()
  for (const ms of [0.1, 0.25, 0.3, 4, 2_500, 60_000]) figures.add(ms)
  const engine = await MemoryEngine.open(new MemoryStorage())
  const { commits, commitMs, commitBuckets } = figures.stats({
    engine,
    pages: new LogPages(1, () => {}),
    isFull: false,
  })
  expect([commits, commitMs]).toEqual([6, 62_504.65])
  expect(commitBuckets.map(({ boundMs, count }) => [boundMs, count])).toEqual([
    [0.25, 2],
    [0.5, 3],
    [1, 3],
    [2.5, 3],
    [5, 4],
    [10, 4],
    [25, 4],
    [50, 4],
    [100, 4],
    [250, 4],
    [500, 4],
    [1_000, 4],
    [2_500, 5],
  ])
})
