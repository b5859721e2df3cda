/**
 * `drain`: one session finds a great many messages when it comes back, QoS 1, 64 bytes. Measured
 * from its CONNECT until it has the last of them.
 */
import type { ChildBroker } from '../broker/child-broker.ts'
import { figuresIn, loaderFaults, loaderOutput } from '../loader.ts'
import { rowOf } from '../report.ts'
import { atMost } from '../target.ts'
import { MOSQUITTO } from './brokers.ts'
import {
  type Bench,
  type Faulty,
  type Findings,
  freshLanes,
  inRounds,
  namesOf,
  type Outcome,
  type Lane,
  samplesOf,
} from './rounds.ts'

/** One session that came back. */
export interface DrainReport extends Faulty {
  /** Of the broker, per message that was drained. */
  readonly cpuUs: number
  readonly seconds: number
  /** What it took to publish and acknowledge them before. */
  readonly queuedPerSecond: number
}

/** Measures it beside a mosquitto that has them all in memory. */
export async function drain(bench: Bench): Promise<Findings> {
  const { field } = bench
  const brokers = [
    ...field.godwit('fsync'),
    ...field.mosquittoInMemory,
    ...field.godwit('os', 'memory'),
  ]
  const lanes = freshLanes(bench, brokers, (broker) => drainRun(bench, broker))
  const outcome = await inRounds('drain', bench, lanes)
  const count = bench.scale.drained.toLocaleString('en')
  return {
    tables: tablesOf(`Drain of ${count} messages`, outcome, lanes),
    warnings: outcome.warnings,
    notes: ['Drain: mosquitto has everything in memory, and no bound to its queues.'],
  }
}

/** Reads what mqtt-load prints in its mode `offline`. @throws {Error} if that is no report. */
export function parseDrainReport(printed: string): DrainReport {
  const figures = figuresIn(printed)
  const absent = figures('subs') - figures('sessions_present')
  return {
    cpuUs: figures('broker_cpu_us_per_op'),
    seconds: figures('drain_seconds'),
    queuedPerSecond: figures('queued_per_s'),
    faults: [...loaderFaults(figures), ...(absent === 0 ? [] : [`sessions absent ${absent}`])],
  }
}

/** Publishing them comes first, and there may be a sync for every few. */
const LIMIT_S = 120

async function drainRun(
  { loader, scale, signal }: Bench,
  { port, pid: brokerPid }: ChildBroker,
): Promise<DrainReport> {
  const load = ['--count', String(scale.drained), '--payload', '64', '--inflight', '1000']
  const args = ['offline', '--pubs', '1', '--subs', '1', '--topics', '1', '--qos', '1', ...load]
  const whole = { args: [...args, '--drain', '10'], port, brokerPid, limitS: LIMIT_S }
  return parseDrainReport(await loaderOutput(loader, whole, signal))
}

function tablesOf(
  title: string,
  outcome: Outcome<DrainReport>,
  lanes: readonly Lane<DrainReport>[],
): Findings['tables'] {
  const subjects = namesOf(lanes)
  const samples = (figure: (report: DrainReport) => number): number[][] =>
    samplesOf(outcome, lanes, figure)
  const relation = subjects[1] === MOSQUITTO ? 'ours / peer' : 'ours'
  const target = relation === 'ours' ? undefined : atMost(0.6)
  const cpu = samples(({ cpuUs }) => cpuUs)
  return [
    {
      title: `${title}: broker CPU per message`,
      unit: 'µs',
      subjects,
      relation,
      rows: [rowOf('drained', cpu, relation, target)],
    },
    {
      title: `${title}: how fast`,
      unit: 'messages per second, and seconds',
      subjects,
      relation: 'ours',
      rows: [
        rowOf(
          'queued, per second',
          samples(({ queuedPerSecond }) => queuedPerSecond),
          'ours',
        ),
        rowOf(
          'drained, in seconds',
          samples(({ seconds }) => seconds),
          'ours',
        ),
      ],
    },
  ]
}
