/** What a benchmark has found out. */
import type { BenchSettings } from './bench-settings.ts'
import type { LatencySummary } from './latencies.ts'
import type { Tally } from './tally.ts'

/** How much of something there was. */
export interface Throughput {
  readonly count: number
  /** From the first to the last of them. */
  readonly seconds: number
  readonly perSecondMean: number
  readonly bytesPerSecond: number
  /** In each second since the end of the warm-up. */
  readonly perSecond: readonly number[]
}

/** All of it; what was not measured is absent. */
export interface BenchResult {
  readonly settings: BenchSettings
  readonly server: string
  readonly published?: Throughput
  /** Publishing that failed, by its reason. */
  readonly failures?: Readonly<Record<string, number>>
  /** Published, and neither acknowledged nor failed when the time for that was over. */
  readonly unacknowledged?: number
  /** Due, and never published: this program was too slow. */
  readonly missed?: number
  readonly received?: Throughput
  /** Published and never received. */
  readonly lost?: number
  /** Received again. */
  readonly repeated?: number
  /** Received, and given up because this program was too slow. */
  readonly dropped?: number
  readonly latencyMs?: LatencySummary
  /** How often a client had to connect again. */
  readonly reconnections: number
  /** Of one processor, which this program has kept busy: 1 is all of it. */
  readonly cpu: number
}

/** A tally as throughput of messages of a size. */
export function throughputOf(tally: Tally, size: number): Throughput {
  const { count, perSecond } = tally
  const seconds = Math.round(tally.spanMs) / 1000
  // Of one message nobody can say how many there are in a second.
  const perSecondMean = seconds === 0 ? 0 : Math.round((count - 1) / seconds)
  return { count, seconds, perSecondMean, bytesPerSecond: perSecondMean * size, perSecond }
}
