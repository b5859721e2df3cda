// The load: every message at its own moment, whatever the server does; and the run ends.

import { describe, expect, it } from 'vitest'
import { VirtualClock } from '@godwit/transport/testing'
import type { BenchSettings } from '../../src/bench/bench-settings.ts'
import { Outcomes } from '../../src/bench/outcomes.ts'
import { Pace } from '../../src/bench/pace.ts'
import { Publisher } from '../../src/bench/publisher.ts'
import type { Send } from '../../src/bench/publisher.ts'
import { PublishingLoad } from '../../src/bench/publishing-load.ts'
import { inVirtualTime } from './virtual-time.ts'

describe('a load with a rate', () => {
  it('publishes every message when it is due, one client after the other', async () => {
    const sent: (readonly [client: number, sequence: number, at: number, due: number])[] = []
    const { clock } = await loaded({ rate: 100, clients: 2, count: 4 }, (client, clock) => {
      return async (sequence, dueMs) => void sent.push([client, sequence, clock.now(), dueMs])
    })
    expect(sent).toEqual([
      [0, 0, 0, 0],
      [1, 0, 10, 10],
      [0, 1, 20, 20],
      [1, 1, 30, 30],
    ])
    expect(clock.now()).toBeLessThan(100)
  })

  it('counts the latency from when a message was due, while a server stalls too', async () => {
    // It acknowledges at once, but for the second from 1,000 ms on, in which it sleeps.
    const acknowledged = (clock: VirtualClock): Promise<void> =>
      clock.now() < 1_000 || clock.now() >= 2_000
        ? Promise.resolve()
        : new Promise((resolve) => clock.after(2_000 - clock.now(), resolve))
    const settings = { rate: 100, qos: 1, durationMs: 10_000 } as const
    const { outcomes } = await loaded(settings, (_, clock) => () => acknowledged(clock))
    const { count, p50, p90, p99, max } = outcomes.latencies.summary()!
    expect(count).toBe(1_000)
    expect(p50).toBe(0)
    // A tenth of all messages was due while it slept, and waited half a second on average.
    expect(p90).toBeLessThan(50)
    expect(p99).toBeGreaterThan(850)
    expect(max).toBeCloseTo(1_000, -1)
    expect(outcomes.published.perSecond).toEqual([100, 0, 200, 100, 100, 100, 100, 100, 100, 100])
  })

  it('does not wait for a server that never answers: it ends after the drain', async () => {
    const settings = { rate: 10, qos: 1, durationMs: 1_000, drainMs: 3_000 } as const
    const { clock, publishers, outcomes } = await loaded(
      settings,
      () => () => new Promise(() => {}),
    )
    expect(clock.now()).toBe(900 + 3_000)
    expect(publishers[0]!.underWay).toBe(10)
    expect(outcomes.published.count).toBe(0)
  })

  it('counts nothing of the warm-up, and all messages behind it', async () => {
    const settings = { rate: 100, qos: 1, warmUpMs: 500, count: 50 } as const
    const { outcomes, publishers } = await loaded(settings, () => () => Promise.resolve())
    expect(publishers[0]!.sent).toBe(100)
    expect(outcomes.published.count).toBe(50)
    expect(outcomes.latencies.count).toBe(50)
  })

  it('says how many messages it had no time for', async () => {
    const settings = { rate: 1_000, durationMs: 1_000 } as const
    // Each call takes so long that only half of them can be made.
    const { load, publishers } = await loaded(settings, (_, clock) => async () => {
      clock.advance(2)
    })
    // It goes on for a tenth of a second, in which the last messages may be late.
    expect(publishers[0]!.sent).toBe(550)
    expect(load.missed).toBe(450)
  })

  it('counts what fails by its reason', async () => {
    const { outcomes } = await loaded({ rate: 100, count: 3 }, () => async (sequence) => {
      if (sequence > 0) throw new TypeError('no')
    })
    expect(outcomes.published.count).toBe(1)
    expect(outcomes.failures).toEqual(new Map([['TypeError', 2]]))
  })
})

describe('a load without a rate', () => {
  it('keeps so many messages of each client under way, and shares the count', async () => {
    let underWay = 0
    let most = 0
    const settings = { rate: 0, qos: 1, clients: 3, count: 100, underWayMax: 7 } as const
    const { publishers, outcomes } = await loaded(settings, (_, clock) => async () => {
      most = Math.max(most, ++underWay)
      await new Promise<void>((resolve) => clock.after(10, resolve))
      underWay--
    })
    expect(publishers.map(({ sent }) => sent)).toEqual([34, 33, 33])
    expect(outcomes.published.count).toBe(100)
    expect(most).toBe(21)
  })

  it('ends in time with a server that never answers', async () => {
    const settings = { rate: 0, qos: 1, durationMs: 1_000, drainMs: 500, underWayMax: 5 } as const
    const { clock, publishers } = await loaded(settings, () => () => new Promise(() => {}))
    expect(publishers[0]!.sent).toBe(5)
    expect(clock.now()).toBe(1_500)
  })
})

interface Loaded {
  readonly clock: VirtualClock
  readonly load: PublishingLoad
  readonly outcomes: Outcomes
  readonly publishers: readonly Publisher[]
}

/** Runs a load to its end. */
async function loaded(
  settings: Partial<BenchSettings>,
  sendOf: (client: number, clock: VirtualClock) => Send,
): Promise<Loaded> {
  const all = { ...SETTINGS, ...settings }
  const clock = new VirtualClock()
  const outcomes = new Outcomes(clock)
  const publishers = Array.from(
    { length: all.clients },
    (_, index) => new Publisher(sendOf(index, clock), outcomes),
  )
  const pace = new Pace(clock, new AbortController().signal, 0)
  const load = new PublishingLoad({ settings: all, publishers, outcomes, pace, over: () => {} })
  await inVirtualTime(clock, load.run(all.warmUpMs))
  return { clock, load, outcomes, publishers }
}

const SETTINGS: BenchSettings = {
  kind: 'pub',
  clients: 1,
  rate: 0,
  count: Infinity,
  durationMs: 10_000,
  warmUpMs: 0,
  drainMs: 5_000,
  size: 64,
  qos: 0,
  retain: false,
  topic: 'a',
  connectRate: 100,
  underWayMax: 1_000,
}
