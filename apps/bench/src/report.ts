/** What a benchmark found, as data: the same object goes to the table and into the JSON file. */
import { writeFile } from 'node:fs/promises'
import type { Environment } from './environment.ts'
import { spreadOf, type Spread } from './statistics.ts'
import { judge, type Target, type Verdict } from './target.ts'

/** One case, measured for each subject. */
export interface Row {
  readonly name: string
  /** In the order of the table's subjects; absent where a subject could not be measured. */
  readonly spreads: readonly (Spread | undefined)[]
  /** The medians of ours and the first peer's, as the table puts them in relation. */
  readonly ratio?: number
  readonly target?: Target
  readonly verdict?: Verdict
}

/** Rows with one unit and one meaning. */
export interface Table {
  readonly title: string
  readonly unit: string
  /** Ours first, then the peers. */
  readonly subjects: readonly string[]
  readonly relation: Relation
  readonly rows: readonly Row[]
}

/** What the headline of a table is: a ratio of medians, or our median alone. */
export type Relation = 'peer / ours' | 'ours / peer' | 'ours'

/** Everything one run of a benchmark says. */
export interface Report {
  readonly benchmark: 'codec' | 'topic' | 'broker' | 'client' | 'store'
  readonly environment: Environment
  readonly rounds: number
  readonly notes: readonly string[]
  /** What makes figures worthless, such as lost messages. */
  readonly warnings: readonly string[]
  readonly tables: readonly Table[]
}

/** Puts samples in relation and judges them. `samples` are those of ours, then of the peers. */
export function rowOf(
  name: string,
  samples: readonly (readonly number[])[],
  relation: Relation,
  target?: Target,
): Row {
  const spreads = samples.map((list) => (list.length === 0 ? undefined : spreadOf(list)))
  const [ours, peer] = spreads
  const ratio = relation === 'ours' ? undefined : ratioOf(ours, peer, relation)
  const headline = relation === 'ours' ? ours?.median : ratio
  return {
    name,
    spreads,
    ...(ratio !== undefined && { ratio }),
    ...(target !== undefined && { target }),
    ...(target !== undefined && headline !== undefined && { verdict: judge(headline, target) }),
  }
}

/** Writes a report for machines. */
export async function writeReport(file: string, report: Report): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`)
}

function ratioOf(
  ours: Spread | undefined,
  peer: Spread | undefined,
  relation: 'peer / ours' | 'ours / peer',
): number | undefined {
  if (ours === undefined || peer === undefined) return undefined
  return relation === 'peer / ours' ? peer.median / ours.median : ours.median / peer.median
}
