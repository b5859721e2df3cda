/** `bench broker`: CPU time per delivered message, beside mosquitto and aedes. */
import type { ChildBroker } from './broker/child-broker.ts'
import { type Contestant, contestants, NO_MOSQUITTO } from './broker/contestants.ts'
import { choosePinning } from './broker/pinning.ts'
import { loadArgs, type Scenario, SCENARIOS } from './broker/scenarios.ts'
import { environmentWith } from './environment.ts'
import { rotated } from './interleave.ts'
import { type LoadReport, runLoader } from './loader.ts'
import { printEnvironment, printProgress } from './printing.ts'
import { type Report, rowOf, type Table } from './report.ts'

/** How much is run, and by which loader. */
export interface BrokerBenchOptions {
  readonly loader: string
  readonly rounds: number
  /** The measured part of each run, in seconds. */
  readonly durationS: number
  /** Names of scenarios; all of them if empty. */
  readonly only: readonly string[]
}

interface Run {
  readonly scenario: string
  readonly broker: string
  readonly round: number
  readonly report: LoadReport | undefined
  readonly faults: readonly string[]
}

/** Runs every scenario against every broker, round by round. */
export async function benchBroker(
  options: BrokerBenchOptions,
  signal: AbortSignal,
): Promise<Report> {
  const pinning = choosePinning()
  const field = contestants(pinning)
  const environment = environmentWith(
    Object.fromEntries(field.map(({ name, version }) => [name, version])),
  )
  printEnvironment(environment)
  const scenarios = SCENARIOS.filter(
    ({ name }) => options.only.length === 0 || options.only.includes(name),
  )
  const loader = [...pinning.other, options.loader]
  const runs = await allRuns({ ...options, field, scenarios, loader, signal })
  printProgress('')
  const names = field.map(({ name }) => name)
  const yardstick = names.includes('mosquitto')
  return {
    benchmark: 'broker',
    environment,
    rounds: options.rounds,
    tables: [cpuTable(scenarios, names, runs, yardstick), rateTable(scenarios, names, runs)],
    notes: [pinning.says, ...(yardstick ? [] : [NO_MOSQUITTO]), ...loaderLimits(runs)],
    warnings: runs.flatMap(warningsOf),
  }
}

interface Plan extends Omit<BrokerBenchOptions, 'loader'> {
  readonly field: readonly Contestant[]
  readonly scenarios: readonly Scenario[]
  readonly loader: readonly string[]
  readonly signal: AbortSignal
}

async function allRuns(plan: Plan): Promise<Run[]> {
  const runs: Run[] = []
  for (let round = 0; round < plan.rounds; round++) runs.push(...(await oneRound(plan, round)))
  return runs
}

/** Starts each broker afresh: one that has served a while may be slower or faster. */
async function oneRound(plan: Plan, round: number): Promise<Run[]> {
  await using stack = new AsyncDisposableStack()
  const brokers: ChildBroker[] = []
  for (const contestant of plan.field) {
    brokers.push(stack.use(await contestant.start(plan.signal)))
  }
  const runs: Run[] = []
  for (const scenario of plan.scenarios) {
    for (const broker of rotated(brokers, round)) {
      printProgress(`round ${round + 1} of ${plan.rounds}: ${scenario.name}, ${broker.name}`)
      runs.push(await oneRun(plan, scenario, broker, round))
    }
  }
  return runs
}

async function oneRun(
  { loader, durationS, signal }: Plan,
  scenario: Scenario,
  broker: ChildBroker,
  round: number,
): Promise<Run> {
  const at = { scenario: scenario.name, broker: broker.name, round }
  const { port, pid: brokerPid } = broker
  const load = { args: loadArgs(scenario, durationS), port, brokerPid }
  try {
    const report = await runLoader(loader, load, signal)
    return { ...at, report, faults: report.faults }
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    return { ...at, report: undefined, faults: [`no result: ${reason}`] }
  }
}

function cpuTable(
  scenarios: readonly Scenario[],
  subjects: readonly string[],
  runs: readonly Run[],
  yardstick: boolean,
): Table {
  const relation = yardstick ? 'ours / peer' : 'ours'
  const rows = scenarios.map(({ name, target }) =>
    rowOf(
      name,
      samplesOf(name, subjects, runs, ({ brokerCpuUs }) => brokerCpuUs),
      relation,
      yardstick ? target : undefined,
    ),
  )
  return { title: 'Broker CPU per delivered message', unit: 'µs', subjects, relation, rows }
}

function rateTable(
  scenarios: readonly Scenario[],
  subjects: readonly string[],
  runs: readonly Run[],
): Table {
  const rows = scenarios.map(({ name }) =>
    rowOf(
      name,
      samplesOf(name, subjects, runs, ({ deliveredPerSecond }) => deliveredPerSecond),
      'ours',
    ),
  )
  return { title: 'Delivered', unit: 'messages per second', subjects, relation: 'ours', rows }
}

function samplesOf(
  scenario: string,
  subjects: readonly string[],
  runs: readonly Run[],
  figure: (report: LoadReport) => number,
): number[][] {
  return subjects.map((subject) =>
    runs.flatMap(({ scenario: ran, broker, report }) =>
      ran === scenario && broker === subject && report !== undefined ? [figure(report)] : [],
    ),
  )
}

const LOADER_LIMIT_PERCENT = 90

/** Where the loader was the limit, the rate says little about the broker; its CPU time does. */
function loaderLimits(runs: readonly Run[]): string[] {
  const limited = runs.filter(
    ({ report }) => report !== undefined && report.loaderCpuPercent > LOADER_LIMIT_PERCENT,
  )
  const names = new Set(limited.map(({ scenario, broker }) => `${scenario} (${broker})`))
  return names.size === 0 ? [] : [`The loader was the limit in ${[...names].join(', ')}.`]
}

function warningsOf({ scenario, broker, round, faults }: Run): string[] {
  if (faults.length === 0) return []
  return [`${broker}, ${scenario}, round ${round + 1}: ${faults.join(', ')}`]
}
