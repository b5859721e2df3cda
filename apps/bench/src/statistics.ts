/** What is said about a row of samples: the middle one, and how far they lie apart. */

/** The lowest, middle and highest of some samples, and the samples in the order of their rounds. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
  readonly samples: readonly number[]
}

/** Sums samples up. @throws {RangeError} if there are none. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((one, other) => one - other)
  return { min: at(sorted, 0), median: median(sorted), max: at(sorted, -1), samples }
}

function median(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  const upper = at(sorted, half)
  return sorted.length % 2 === 1 ? upper : (at(sorted, half - 1) + upper) / 2
}

function at(sorted: readonly number[], index: number): number {
  const sample = sorted.at(index)
  if (sample === undefined) throw new RangeError('There are no samples')
  return sample
}
