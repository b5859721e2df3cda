/** Latencies by their percentiles: an HDR histogram of microseconds, exact to three digits. */
import { build } from 'hdr-histogram-js'
import type { Histogram } from 'hdr-histogram-js'

/** What is said of many latencies, in milliseconds. */
export interface LatencySummary {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly p99: number
  readonly p99_9: number
  readonly p99_99: number
  readonly max: number
}

/** Half an hour: what takes longer counts as that long. */
const LATENCY_US_MAX = 1_800_000_000

/** Counts latencies; 0.13 us for each (Node 24). */
export class Latencies {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    useWebAssembly: false,
  })
  #minUs = Infinity

  /** How many there were. */
  get count(): number {
    return this.#histogram.totalCount
  }

  /** Counts one. A clock that stands still for a moment may make it 0. */
  add(ms: number): void {
    const us = Math.min(LATENCY_US_MAX, Math.max(0, Math.round(ms * 1000)))
    if (us < this.#minUs) this.#minUs = us
    this.#histogram.recordValue(us)
  }

  /** What there is to say; `undefined` if there were none. */
  summary(): LatencySummary | undefined {
    const histogram = this.#histogram
    if (histogram.totalCount === 0) return undefined
    const at = (percentile: number): number =>
      rounded(Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue))
    return {
      count: histogram.totalCount,
      min: rounded(this.#minUs),
      mean: rounded(histogram.mean),
      p50: at(50),
      p75: at(75),
      p90: at(90),
      p99: at(99),
      p99_9: at(99.9),
      p99_99: at(99.99),
      max: rounded(histogram.maxValue),
    }
  }
}

/** Microseconds to milliseconds. */
function rounded(us: number): number {
  return Math.round(us) / 1000
}
