// Whole benchmarks, in virtual time, between our client and our broker in one process.

import { describe, expect, it } from 'vitest'
import { Broker } from '@godwit/broker'
import type { BrokerOptions } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { MemoryListener, VirtualClock } from '@godwit/transport/testing'
import type { BenchResult } from '../../src/bench/bench-result.ts'
import { BenchRun } from '../../src/bench/bench-run.ts'
import type { BenchSettings } from '../../src/bench/bench-settings.ts'
import { inVirtualTime } from './virtual-time.ts'

describe('bench pub', () => {
  it('counts what was published, and above QoS 0 how fast it was acknowledged', async () => {
    const settings = { kind: 'pub', qos: 1, rate: 100, durationMs: 2_000, clients: 2 } as const
    const { published, latencyMs, ...others } = await benched(settings)
    expect(published).toMatchObject({ count: 200, perSecondMean: 100, perSecond: [100, 100] })
    expect(latencyMs).toMatchObject({ count: 200 })
    expect(others).toMatchObject({ failures: {}, unacknowledged: 0, missed: 0, reconnections: 0 })
  })

  it('as fast as it can is over with the count', async () => {
    const { published } = await benched({ kind: 'pub', qos: 2, rate: 0, count: 500, clients: 3 })
    expect(published!.count).toBe(500)
  })

  it('counts what the server refuses by its reason', async () => {
    const authorize = (): ReasonCode => ReasonCode.NotAuthorized
    const settings = { kind: 'pub', qos: 1, rate: 100, count: 10 } as const
    const result = await benched(settings, { guards: { authorize } })
    expect(result).toMatchObject({ published: { count: 0 }, failures: { 'Not authorized': 10 } })
  })
})

describe('bench latency', () => {
  it('receives everything that it published', async () => {
    const settings = { kind: 'latency', qos: 1, rate: 200, durationMs: 1_000, clients: 4 } as const
    const result = await benched(settings)
    expect(result).toMatchObject({
      published: { count: 200 },
      received: { count: 200 },
      lost: 0,
      repeated: 0,
      dropped: 0,
      latencyMs: { count: 200 },
    })
  })

  it('expects each message at every subscriber of its topic', async () => {
    const settings = { kind: 'latency', qos: 0, rate: 100, count: 50, clients: 3 } as const
    const result = await benched({ ...settings, topic: 'one/for/all/%n' })
    expect(result).toMatchObject({ published: { count: 50 }, received: { count: 150 }, lost: 0 })
  })

  it('counts what is lost, and ends after the drain', async () => {
    let count = 0
    const guards = {
      // Every tenth message is taken, and goes nowhere.
      authorize: (action: { readonly type: string }) =>
        action.type === 'publish' && ++count % 10 === 0
          ? ReasonCode.NotAuthorized
          : ReasonCode.Success,
    }
    const settings = { kind: 'latency', qos: 0, rate: 100, count: 100, drainMs: 2_000 } as const
    const result = await benched(settings, { guards })
    expect(result).toMatchObject({ received: { count: 90 }, lost: 10 })
  })
})

describe('bench sub', () => {
  it('ends in time although nothing comes', async () => {
    const result = await benched({ kind: 'sub', topic: 'nothing/#', durationMs: 3_000 })
    expect(result).toMatchObject({ received: { count: 0, perSecondMean: 0 }, dropped: 0 })
  })

  it('counts what comes, and is over with the count', async () => {
    const world = new World()
    const bench = world.bench({ kind: 'sub', topic: 'a/#', clients: 2, count: 20 })
    const publishing = world.clock.tick(100, () => {
      world.broker.publish({ topic: 'a/b', payload: Buffer.alloc(1_000) })
    })
    const { received } = await world.result(bench)
    publishing[Symbol.dispose]()
    expect(received).toMatchObject({ count: 20, perSecondMean: 21, bytesPerSecond: 21_000 })
  })
})

describe('a benchmark', () => {
  it('fails when not all of its clients are let in, and leaves none behind', async () => {
    const world = new World({
      guards: {
        authenticate: ({ client }) =>
          client.clientId === 'load-3' ? ReasonCode.NotAuthorized : ReasonCode.Success,
      },
    })
    const bench = world.bench({ kind: 'pub', clients: 5, connectRate: 1 }, 'load')
    await expect(world.result(bench)).rejects.toThrow('Not authorized')
    expect(world.broker.stats().connections).toBe(0)
  })

  it('that is broken off has the result so far', async () => {
    const world = new World()
    const bench = world.bench({ kind: 'pub', qos: 1, rate: 100 })
    world.clock.after(1_000, () => world.interruption.abort(new Error('interrupted')))
    await expect(world.result(bench)).rejects.toThrow('interrupted')
    expect(bench.result.published!.count).toBeGreaterThan(90)
    expect(bench.result.published!.count).toBeLessThan(110)
  })

  it('says how far it is', async () => {
    const world = new World()
    const bench = world.bench({ kind: 'pub', rate: 100, durationMs: 1_000 })
    expect(bench.progress).toEqual({ phase: 'connecting', fraction: 0, messages: 0 })
    const seen: number[] = []
    world.clock.after(500, () => seen.push(bench.progress.fraction, bench.progress.messages))
    await world.result(bench)
    expect(seen[0]).toBeCloseTo(0.5, 1)
    expect(seen[1]).toBeGreaterThan(40)
    expect(bench.progress).toMatchObject({ phase: 'waiting', messages: 100 })
  })
})

/** A broker in virtual time. */
class World {
  readonly clock = new VirtualClock()
  readonly interruption = new AbortController()
  readonly broker: Broker
  readonly #listener = new MemoryListener(this.clock)

  constructor(options: Partial<BrokerOptions> = {}) {
    this.broker = new Broker({ listeners: [this.#listener], clock: this.clock, ...options })
  }

  bench(settings: Partial<BenchSettings>, clientId?: string): BenchRun {
    const { clock } = this
    const dial = async () => this.#listener.dial()
    const options = { dial, clock, ...(clientId !== undefined && { clientId }) }
    return new BenchRun(
      { ...SETTINGS, ...settings },
      {
        connection: { url: new URL('mqtt://memory'), options },
        clock,
        signal: this.interruption.signal,
        run: 7,
        roundsMs: 0,
      },
    )
  }

  async result(bench: BenchRun): Promise<BenchResult> {
    await this.broker.start()
    await inVirtualTime(this.clock, bench.run())
    return bench.result
  }
}

function benched(
  settings: Partial<BenchSettings>,
  options: Partial<BrokerOptions> = {},
): Promise<BenchResult> {
  const world = new World(options)
  return world.result(world.bench(settings))
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
  topic: 'bench/%c',
  connectRate: 1_000,
  underWayMax: 100,
}
