// The table for people.

import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { BenchResult } from '../../src/bench/bench-result.ts'
import { summaryText } from '../../src/bench/bench-summary.ts'

const PLAIN = pc.createColors(false)
const SETTINGS = {
  kind: 'latency',
  clients: 2,
  rate: 1_000,
  count: Infinity,
  durationMs: 10_000,
  warmUpMs: 0,
  drainMs: 5_000,
  size: 64,
  qos: 1,
  retain: false,
  topic: 'a/%c',
  connectRate: 100,
  underWayMax: 1_000,
} as const
const THROUGHPUT = {
  count: 10_000,
  seconds: 10,
  perSecondMean: 1_000,
  bytesPerSecond: 64_000,
  perSecond: [],
}
const LATENCY = {
  count: 10_000,
  min: 0.05,
  mean: 0.2,
  p50: 0.1,
  p75: 0.2,
  p90: 0.5,
  p99: 12.345,
  p99_9: 123.456,
  p99_99: 1234.5,
  max: 1234.567,
}

describe('a summary', () => {
  it('says what was done, and what came of it', () => {
    const result: BenchResult = {
      settings: SETTINGS,
      server: 'mqtt://localhost:1883',
      published: THROUGHPUT,
      failures: {},
      unacknowledged: 0,
      missed: 0,
      received: THROUGHPUT,
      lost: 0,
      repeated: 0,
      dropped: 0,
      latencyMs: LATENCY,
      reconnections: 0,
      cpu: 0.34,
    }
    expect(summaryText(result, PLAIN).split('\n')).toEqual([
      'Latency by way of mqtt://localhost:1883',
      '  load          2 publishers and as many subscribers, QoS 1, 64 bytes, 1,000 messages a second',
      '  published     10,000 messages in 10.0 s: 1,000 /s, 0.06 MB/s',
      '  received      10,000 messages in 10.0 s: 1,000 /s, 0.06 MB/s',
      '  this program  34% of a processor',
      'Latency in ms, from when it was due to being received',
      '    min    50%    75%    90%    99%  99.9%  99.99%     max',
      '  0.050  0.100  0.200  0.500  12.35  123.5  1234.5  1234.6',
      '',
    ])
  })

  it('says what went wrong only if something did, and when it was itself too slow', () => {
    const result: BenchResult = {
      settings: { ...SETTINGS, kind: 'pub', rate: 0, clients: 1 },
      server: 'mqtt://localhost:1883',
      published: { ...THROUGHPUT, bytesPerSecond: 64_000_000 },
      failures: { 'Quota exceeded': 3 },
      unacknowledged: 2,
      missed: 1_000,
      reconnections: 1,
      cpu: 0.97,
    }
    expect(summaryText(result, PLAIN).split('\n')).toEqual([
      'Publishing to mqtt://localhost:1883',
      '  load                    1 client, QoS 1, 64 bytes, as fast as they can',
      '  published               10,000 messages in 10.0 s: 1,000 /s, 64 MB/s',
      '  failed: Quota exceeded  3',
      '  unacknowledged          2',
      '  due, not published      1,000',
      '  reconnections           1',
      '  this program            97% of a processor',
      'This program was too slow for this rate, or the machine was. Run several.',
      '',
    ])
  })

  it('doubts itself where it was busy without a rate to wait for', () => {
    const busy = { server: 'mqtt://localhost', reconnections: 0, cpu: 0.97 }
    const [paced, unpaced] = [1_000, 0].map((rate) =>
      summaryText({ ...busy, settings: { ...SETTINGS, rate } }, PLAIN),
    )
    expect(paced).not.toContain('busy')
    expect(unpaced).toContain(
      'This program was busy all the time: the server may be able to do more. Run several.',
    )
  })
})
