/** Rounds in which every broker has its turn, whatever is measured, and what came of them. */
import type { ChildBroker } from '../broker/child-broker.ts'
import { rotated } from '../interleave.ts'
import { printProgress } from '../printing.ts'
import type { Relation, Table } from '../report.ts'
import type { Field, StoreBroker } from './brokers.ts'
import type { Scale } from './scale.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** What every scenario is given. */
export interface Bench {
  readonly field: Field
  /** The command of mqtt-load, behind the one that pins it. */
  readonly loader: readonly string[]
  /** What pins a load that is a program of ours. */
  readonly pinning: readonly string[]
  readonly rounds: number
  readonly scale: Scale
  readonly signal: AbortSignal
}

/** What a scenario found. */
export interface Findings {
  readonly tables: readonly Table[]
  readonly warnings: readonly string[]
  readonly notes?: readonly string[]
}

/** One thing that is measured once in each round. */
export interface Lane<T> {
  readonly name: string
  run(round: number): Promise<T>
}

/** What came of them. */
export interface Outcome<T> {
  readonly results: readonly { readonly lane: string; readonly figures: T }[]
  readonly warnings: readonly string[]
}

/** What a run says went wrong, such as `lost 3`; empty when nothing did. */
export interface Faulty {
  readonly faults: readonly string[]
}

/** Runs each lane once a round, each round in another order. One that fails is left out. */
export async function inRounds<T extends Faulty>(
  title: string,
  { rounds, signal }: Bench,
  lanes: readonly Lane<T>[],
): Promise<Outcome<T>> {
  const results: { lane: string; figures: T }[] = []
  const warnings: string[] = []
  for (let round = 0; round < rounds; round++) {
    for (const lane of rotated(lanes, round)) {
      printProgress(`round ${round + 1} of ${rounds}: ${title}, ${lane.name}`)
      const at = `${lane.name}, ${title}, round ${round + 1}`
      try {
        const figures = await lane.run(round)
        results.push({ lane: lane.name, figures })
        if (figures.faults.length > 0) warnings.push(`${at}: ${figures.faults.join(', ')}`)
      } catch (error) {
        signal.throwIfAborted()
        const reason = error instanceof Error ? error.message : String(error)
        warnings.push(`${at}: no result: ${reason}`)
      }
    }
  }
  return { results, warnings }
}

/** Lanes in which each broker is started afresh, with nothing stored, and ended. */
export function freshLanes<T>(
  { signal }: Bench,
  brokers: readonly StoreBroker[],
  measure: (broker: ChildBroker, round: number) => Promise<T>,
): readonly Lane<T>[] {
  return brokers.map((contestant) => ({
    name: contestant.name,
    run: async (round) => {
      await using folder = await TemporaryFolder.make()
      await using broker = await contestant.start(folder.path, signal)
      return await measure(broker, round)
    },
  }))
}

/** The samples of each lane, in the order of the lanes; none for a run without this figure. */
export function samplesOf<T>(
  { results }: Outcome<T>,
  lanes: readonly Lane<T>[],
  figure: (figures: T) => number | readonly number[],
): number[][] {
  return lanes.map(({ name }) =>
    results.flatMap(({ lane, figures }) => (lane === name ? figure(figures) : [])),
  )
}

/** The names of lanes, as the subjects of a table. */
export function namesOf(lanes: readonly Lane<unknown>[]): readonly string[] {
  return lanes.map(({ name }) => name)
}

/** A relation to the second lane, if there is one. */
export function relationOf(lanes: readonly Lane<unknown>[]): Relation {
  return lanes.length > 1 ? 'ours / peer' : 'ours'
}
