/**
 * The measuring core: the sides of a comparison take turns, round by round, so that whatever else
 * the machine does hits them alike. What is measured is the CPU time of the process, its garbage
 * collector and compiler threads included; the young garbage of one side is cleared away before
 * the next one starts.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** One way of doing the work that is compared. */
export interface Side {
  readonly subject: string
  /** Does the work so many times over; this is what is measured. */
  run(iterations: number): void
  /** Lays out what the next `run` uses up; not measured. */
  prepare?(iterations: number): void
}

/** How long it takes to be sure. */
export interface Pace {
  readonly rounds: number
  /** The CPU time that a sample should last at least. */
  readonly sampleMs: number
}

/**
 * Measures the sides in turns. Returns for each its CPU time in nanoseconds per operation, round by
 * round; `operations` is how many of them an iteration has.
 */
export function interleave(sides: readonly Side[], operations: number, pace: Pace): number[][] {
  const lanes = sides.map((side) => {
    const samples: number[] = []
    return { side, samples, iterations: warmUp(side, pace.sampleMs * 1_000) }
  })
  for (let round = 0; round < pace.rounds; round++) {
    for (const { side, iterations, samples } of rotated(lanes, round)) {
      samples.push((measure(side, iterations) * 1_000) / (iterations * operations))
    }
  }
  return lanes.map(({ samples }) => samples)
}

/** The same list from another start, so that nobody is always first. */
export function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = by % Math.max(1, list.length)
  return [...list.slice(start), ...list.slice(0, start)]
}

/** After less, mqtt-packet was measured three times as slow as it is when compiled (Node 24). */
const WARM_UP_US = 500_000

/** Runs a side until it is compiled, and returns how many iterations make a sample. */
function warmUp(side: Side, sampleUs: number): number {
  let iterations = 1
  for (let warm = 0; warm < WARM_UP_US;) {
    const us = measure(side, iterations)
    warm += us
    // Early samples run cold and mislead, so the growth of one step is bounded.
    const growth = Math.min(8, (1.1 * sampleUs) / Math.max(1, us))
    iterations = Math.max(1, Math.ceil(iterations * growth))
  }
  return iterations
}

/** The CPU time of some iterations, in microseconds. */
function measure(side: Side, iterations: number): number {
  side.prepare?.(iterations)
  clearYoungGarbage()
  const start = process.cpuUsage()
  side.run(iterations)
  const { user, system } = process.cpuUsage(start)
  return user + system
}

setFlagsFromString('--expose-gc')
const collectGarbage: (options: { type: 'minor' }) => void = runInNewContext('gc')

/** A whole collection also empties V8's caches: mqtt-packet took up to twice as long after it. */
function clearYoungGarbage(): void {
  collectGarbage({ type: 'minor' })
}
