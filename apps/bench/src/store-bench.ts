/** `bench store`: what durability costs, beside mosquitto. */
import { choosePinning } from './broker/pinning.ts'
import { environmentWith } from './environment.ts'
import { printEnvironment, printProgress } from './printing.ts'
import type { Report } from './report.ts'
import { findField } from './store/brokers.ts'
import { describeDisk } from './store/disk.ts'
import type { Bench, Findings } from './store/rounds.ts'
import type { Scale } from './store/scale.ts'
import { STORE_SCENARIOS } from './store/scenarios.ts'

/** How much is run, and by which loader. */
export interface StoreBenchOptions {
  readonly loader: string
  readonly rounds: number
  readonly scale: Scale
  /** Names of scenarios; all of them if empty. */
  readonly only: readonly string[]
}

/** Runs the scenarios one after the other, each with every broker, round by round. */
export async function benchStore(
  { loader, rounds, scale, only }: StoreBenchOptions,
  signal: AbortSignal,
): Promise<Report> {
  const pinning = choosePinning()
  const field = await findField(pinning)
  const environment = environmentWith(field.versions)
  printEnvironment(environment)
  const disk = await describeDisk()
  const command = [...pinning.other, loader]
  const bench: Bench = { field, loader: command, pinning: pinning.other, rounds, scale, signal }
  const findings: Findings[] = []
  for (const scenario of STORE_SCENARIOS) {
    const isWanted = only.length === 0 || only.includes(scenario.name)
    if (isWanted) findings.push(await scenario.run(bench))
  }
  printProgress('')
  const reduced = scale.isReduced ? ['Everything was smaller than the targets are for.'] : []
  return {
    benchmark: 'store',
    environment,
    rounds,
    tables: findings.flatMap(({ tables }) => tables),
    notes: [
      pinning.says,
      disk.says,
      ...reduced,
      ...field.notes,
      ...findings.flatMap(({ notes }) => notes ?? []),
    ],
    warnings: [
      ...(disk.warning === undefined ? [] : [disk.warning]),
      ...findings.flatMap(({ warnings }) => warnings),
    ],
  }
}
