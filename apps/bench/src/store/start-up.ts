/**
 * `start-up`: how long a broker takes from the start of its process until it listens, with 100,000
 * sessions and a million queued messages to find, and the memory for that. Everything was put there
 * through the broker itself; in the end it is all fetched, to see that it was there.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ChildBroker } from '../broker/child-broker.ts'
import { loaderOutput } from '../loader.ts'
import { printProgress } from '../printing.ts'
import { rowOf, type Row } from '../report.ts'
import type { StoreBroker } from './brokers.ts'
import { runSessions } from './load-process.ts'
import { faultsIn } from './offline-fanout.ts'
import { memoryOf } from './process-figures.ts'
import {
  type Bench,
  type Faulty,
  type Findings,
  inRounds,
  type Lane,
  namesOf,
  samplesOf,
} from './rounds.ts'
import { TemporaryFolder } from './temporary-folder.ts'

interface StartUpRun extends Faulty {
  readonly seconds: number
  readonly emptySeconds: number
  readonly peakMebibytes: number
  readonly afterMebibytes: number
}

/** Measures it with everything synced, beside mosquitto with its database. */
export async function startUp(bench: Bench): Promise<Findings> {
  await using stack = new AsyncDisposableStack()
  const warnings: string[] = []
  const prepared: Prepared[] = []
  for (const contestant of contestantsOf(bench)) {
    const { path: folder } = stack.use(await TemporaryFolder.make())
    try {
      await prepare(bench, contestant, folder)
      prepared.push({ ...contestant, folder })
    } catch (error) {
      warnings.push(reasonOf(bench, contestant, error))
    }
  }
  const lanes = prepared.map((one): Lane<StartUpRun> => ({
    name: one.broker.name,
    run: () => startUpRun(bench, one),
  }))
  const outcome = await inRounds('start-up', bench, lanes)
  if (lanes.length === 0) return { tables: [], warnings, notes: [NOBODY] }
  for (const one of prepared) warnings.push(...(await missing(bench, one)))
  const row = (name: string, figure: (run: StartUpRun) => number): Row =>
    rowOf(name, samplesOf(outcome, lanes, figure), 'ours')
  const { sessions, messages } = bench.scale.stored
  const [count, queued] = [sessions, messages].map((number) => number.toLocaleString('en'))
  const stored = `${count} sessions, ${queued} queued`
  const shared = { subjects: namesOf(lanes), relation: 'ours' } as const
  return {
    tables: [
      {
        ...shared,
        title: 'Start-up, until it listens',
        unit: 's',
        rows: [
          row(stored, ({ seconds }) => seconds),
          row('nothing', ({ emptySeconds }) => emptySeconds),
        ],
      },
      {
        ...shared,
        title: `Start-up: resident memory, ${stored}`,
        unit: 'MiB',
        rows: [
          row('peak', ({ peakMebibytes }) => peakMebibytes),
          row('2 s after it listens', ({ afterMebibytes }) => afterMebibytes),
        ],
      },
    ],
    warnings: [...outcome.warnings, ...warnings],
  }
}

const NOBODY = 'Start-up: there is no broker here that keeps anything.'

interface Contestant {
  /** What is measured. */
  readonly broker: StoreBroker
  /** What puts everything there. */
  readonly filler: StoreBroker
}

interface Prepared extends Contestant {
  readonly folder: string
}

/** Ours is filled without syncing, which leaves the same behind. */
function contestantsOf({ field }: Bench): readonly Contestant[] {
  const [broker] = field.godwit('fsync')
  const [filler] = field.godwit('os')
  return [
    ...(broker !== undefined && filler !== undefined ? [{ broker, filler }] : []),
    ...field.mosquitto.map((mosquitto) => ({ broker: mosquitto, filler: mosquitto })),
  ]
}

const PREFIX = 'bench/start-up'

/** As many sessions share the messages. */
const WAITING = 500

/** The messages that wait for each of them. */
function messagesEach({ scale }: Bench): number {
  return Math.floor(scale.stored.messages / WAITING)
}

async function prepare(bench: Bench, { filler }: Contestant, folder: string): Promise<void> {
  const { loader, signal } = bench
  printProgress(`start-up: filling ${filler.name}`)
  await using broker = await filler.start(folder, signal)
  await runSessions(bench, orderOf(bench, 'make', broker))
  const topics = ['--topics', String(WAITING), '--prefix', PREFIX, '--sub', 'none']
  const count = ['--count', String(WAITING * messagesEach(bench)), '--payload', '64']
  const rest = ['--qos-pub', '1', '--inflight', '100', '--drain', '30']
  const args = ['throughput', '--pubs', '100', ...topics, ...count, ...rest]
  const { port, pid: brokerPid } = broker
  await loaderOutput(loader, { args, port, brokerPid, limitS: 300 }, signal)
}

const SETTLING_MS = 2_000
const MEBIBYTE = 1_048_576

async function startUpRun(
  { signal }: Bench,
  { broker: contestant, folder }: Prepared,
): Promise<StartUpRun> {
  const emptySeconds = await emptyStart(contestant, signal)
  await using broker = await contestant.start(folder, signal)
  await delay(SETTLING_MS, undefined, { signal })
  const { resident, residentPeak } = memoryOf(broker.pid)
  return {
    seconds: broker.startedInMs / 1_000,
    emptySeconds,
    peakMebibytes: residentPeak / MEBIBYTE,
    afterMebibytes: resident / MEBIBYTE,
    faults: [],
  }
}

async function emptyStart(contestant: StoreBroker, signal: AbortSignal): Promise<number> {
  await using folder = await TemporaryFolder.make()
  await using broker = await contestant.start(folder.path, signal)
  return broker.startedInMs / 1_000
}

/** Fetches everything. Returns what was not there, as warnings. */
async function missing(bench: Bench, { broker, folder }: Prepared): Promise<string[]> {
  printProgress(`start-up: fetching everything from ${broker.name}`)
  try {
    await using running = await broker.start(folder, bench.signal)
    const figures = await runSessions(bench, orderOf(bench, 'visit', running))
    const faults = faultsIn(figures, WAITING * messagesEach(bench))
    return faults.map((fault) => `${broker.name}, start-up, after all rounds: ${fault}`)
  } catch (error) {
    return [reasonOf(bench, { broker }, error)]
  }
}

/** Why there is nothing of a broker. @throws {Error} if it is because somebody interrupted. */
function reasonOf(
  { signal }: Bench,
  { broker }: Pick<Contestant, 'broker'>,
  error: unknown,
): string {
  signal.throwIfAborted()
  return `${broker.name}, start-up: ${error instanceof Error ? error.message : String(error)}`
}

function orderOf(
  bench: Bench,
  task: 'make' | 'visit',
  { port }: ChildBroker,
): Parameters<typeof runSessions>[1] {
  const { sessions } = bench.scale.stored
  const visit = { expected: messagesEach(bench), lingerMs: 20 }
  return { task, port, sessions, waiting: WAITING, topics: WAITING, prefix: PREFIX, visit }
}
