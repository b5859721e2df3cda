/** `bench client`: our client beside MQTT.js, in time, in size and in what it brings along. */
import { fileURLToPath } from 'node:url'
import { ChildBroker } from './broker/child-broker.ts'
import { choosePinning } from './broker/pinning.ts'
import { bundleSize } from './client/bundle-size.ts'
import { coldImports } from './client/cold-import.ts'
import { thirdParties } from './client/installed-packages.ts'
import { CLIENT_SCENARIOS, type ClientScenario } from './client/scenarios.ts'
import {
  IMPORTS,
  PACKAGES,
  runSubject,
  type SubjectName,
  type SubjectRun,
  SUBJECTS,
} from './client/subjects.ts'
import { environmentWith, versionsOf } from './environment.ts'
import { rotated } from './interleave.ts'
import { printEnvironment, printProgress } from './printing.ts'
import { type Report, rowOf, type Table } from './report.ts'
import { atMost } from './target.ts'

/** How much is run. */
export interface ClientBenchOptions {
  readonly rounds: number
  /** The measured part of each run. */
  readonly durationMs: number
  /** Names of scenarios; all of them if empty. */
  readonly only: readonly string[]
}

/** Runs every scenario with both clients, round by round. */
export async function benchClient(
  options: ClientBenchOptions,
  signal: AbortSignal,
): Promise<Report> {
  const pinning = choosePinning('Clients', 'the server')
  const packages = SUBJECTS.map((subject) => PACKAGES[subject])
  const environment = environmentWith(versionsOf(...packages))
  printEnvironment(environment)
  const scenarios = CLIENT_SCENARIOS.filter(
    ({ name }) => options.only.length === 0 || options.only.includes(name),
  )
  const command = [...pinning.other, process.execPath, LOAD_SERVER]
  await using server = await ChildBroker.start({ name: 'load server', command }, signal)
  const port = server.port
  const runs = await allRuns({ ...options, scenarios, port, pinning: pinning.measured, signal })
  printProgress('imports, bundles and packages')
  const tables = [
    ...runTables(scenarios, runs),
    importTable(await coldImports(packages, 2 * options.rounds, signal)),
    bundleTable(await Promise.all(SUBJECTS.map((subject) => bundleSize(IMPORTS[subject])))),
    packageTable(packages),
  ]
  printProgress('')
  const { rounds } = options
  const warnings = runs.flatMap(({ scenario, subject, fault }) =>
    fault === undefined ? [] : [`${subject}, ${scenario}: ${fault}`],
  )
  return { benchmark: 'client', environment, rounds, tables, notes: notesOf(pinning), warnings }
}

const LOAD_SERVER = fileURLToPath(new URL('client/load-server.ts', import.meta.url))

const notesOf = ({ says }: { readonly says: string }): string[] => [
  says,
  'Each run is a process of its own, warmed up for as long as it is measured.',
  'MQTT 5.0, payloads of 64 bytes, 64 topics; 1,000 messages under way at QoS 0, 100 at QoS 1.',
  'MQTT.js is used with callbacks and events; ours with promises and an iterated stream.',
  'Bundles by esbuild, for browsers; a kB is 1,000 bytes.',
]

interface Plan extends ClientBenchOptions {
  readonly scenarios: readonly ClientScenario[]
  readonly port: number
  readonly pinning: readonly string[]
  readonly signal: AbortSignal
}

interface Run {
  readonly scenario: string
  readonly subject: string
  readonly figures: SubjectRun | undefined
  /** Why there are none. */
  readonly fault: string | undefined
}

async function allRuns(plan: Plan): Promise<Run[]> {
  const runs: Run[] = []
  for (let round = 0; round < plan.rounds; round++) {
    for (const scenario of plan.scenarios) {
      for (const subject of rotated(SUBJECTS, round)) {
        printProgress(`round ${round + 1} of ${plan.rounds}: ${scenario.name}, ${subject}`)
        runs.push(await oneRun(plan, scenario, subject))
      }
    }
  }
  return runs
}

async function oneRun(plan: Plan, scenario: ClientScenario, subject: SubjectName): Promise<Run> {
  const { durationMs, port, pinning, signal } = plan
  const order = { subject, port, load: scenario.load, warmUpMs: durationMs, durationMs }
  const at = { scenario: scenario.name, subject }
  try {
    return { ...at, figures: await runSubject(pinning, order, signal), fault: undefined }
  } catch (error) {
    signal.throwIfAborted()
    return { ...at, figures: undefined, fault: error instanceof Error ? error.message : '?' }
  }
}

function runTables(scenarios: readonly ClientScenario[], runs: readonly Run[]): Table[] {
  const samples = (scenario: string, figure: (figures: SubjectRun) => number): number[][] =>
    SUBJECTS.map((subject) =>
      runs.flatMap((run) =>
        run.scenario === scenario && run.subject === subject && run.figures !== undefined
          ? [figure(run.figures)]
          : [],
      ),
    )
  const cpu = scenarios.map(({ name, target }) => {
    const spent = samples(name, ({ cpuUsPerMessage }) => cpuUsPerMessage)
    return rowOf(name, spent, 'ours / peer', target)
  })
  const rate = scenarios.map(({ name }) => {
    const done = samples(name, ({ messagesPerSecond }) => messagesPerSecond)
    return rowOf(name, done, 'ours')
  })
  const common = { subjects: SUBJECTS }
  return [
    {
      ...common,
      title: 'Client CPU per message',
      unit: 'µs',
      relation: 'ours / peer',
      rows: cpu,
    },
    { ...common, title: 'Rate', unit: 'messages per second', relation: 'ours', rows: rate },
  ]
}

function importTable(samples: number[][]): Table {
  const rows = [rowOf('cold import', samples, 'ours / peer', atMost(0.2))]
  return { title: 'Start', unit: 'ms', subjects: SUBJECTS, relation: 'ours / peer', rows }
}

function bundleTable(sizes: readonly { minified: number; gzipped: number }[]): Table {
  const kilobytes = (figure: 'minified' | 'gzipped'): number[][] =>
    sizes.map((size) => [size[figure] / 1_000])
  const rows = [
    rowOf('minified', kilobytes('minified'), 'ours'),
    rowOf('minified, gzip', kilobytes('gzipped'), 'ours', atMost(12)),
  ]
  return { title: 'Bundle for browsers', unit: 'kB', subjects: SUBJECTS, relation: 'ours', rows }
}

function packageTable(packages: readonly string[]): Table {
  const counts = packages.map((name) => [thirdParties(name).size])
  const rows = [rowOf("other people's packages", counts, 'ours', atMost(0))]
  return {
    title: 'Installed with it',
    unit: 'packages',
    subjects: SUBJECTS,
    relation: 'ours',
    rows,
  }
}
