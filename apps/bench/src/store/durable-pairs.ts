/**
 * `durable-pairs`: 100 publishers, 100 subscribers with sessions that outlive their connections, a
 * topic each, QoS 1, 20 messages unacknowledged per publisher, 64 bytes. Then, on the same broker,
 * the same with sessions that end with their connections.
 */
import type { ChildBroker } from '../broker/child-broker.ts'
import { acknowledgedPairs } from '../broker/scenarios.ts'
import { rotated } from '../interleave.ts'
import { type LoadReport, runLoader } from '../loader.ts'
import { rowOf, type Table } from '../report.ts'
import { atLeast, atMost } from '../target.ts'
import {
  type Bench,
  type Faulty,
  type Findings,
  freshLanes,
  inRounds,
  type Lane,
  namesOf,
  type Outcome,
  samplesOf,
} from './rounds.ts'

interface PairsRun extends Faulty {
  readonly durable: LoadReport
  readonly transient: LoadReport
}

/** Measures it at each durability, and mosquitto with its database. */
export async function durablePairs(bench: Bench): Promise<Findings> {
  const brokers = [...bench.field.godwit('fsync', 'os', 'memory'), ...bench.field.mosquitto]
  const lanes = freshLanes(bench, brokers, (broker, round) => bothLoads(bench, broker, round))
  const outcome = await inRounds('durable-pairs', bench, lanes)
  return { tables: tablesOf(outcome, lanes), warnings: outcome.warnings, notes: [ABOUT_MOSQUITTO] }
}

/** One run of the pairs against a broker. */
export async function pairsRun(
  { loader, scale, signal }: Bench,
  { port, pid: brokerPid }: ChildBroker,
  sessions: 'durable' | 'transient',
): Promise<LoadReport> {
  const persistent = sessions === 'durable' ? ['--persistent'] : []
  const timing = ['--warmup', `${scale.warmUpS}`, '--duration', `${scale.durationS}`]
  const rest = [...persistent, '--payload', '64', ...timing, '--drain', '5']
  const args = ['throughput', ...acknowledgedPairs(1), ...rest]
  return runLoader(loader, { args, port, brokerPid }, signal)
}

const ABOUT_MOSQUITTO =
  'mosquitto writes its database every half hour and at its end: its PUBACK promises nothing.'

async function bothLoads(bench: Bench, broker: ChildBroker, round: number): Promise<PairsRun> {
  const reports = new Map<string, LoadReport>()
  for (const sessions of rotated(['durable', 'transient'] as const, round)) {
    reports.set(sessions, await pairsRun(bench, broker, sessions))
  }
  const [durable, transient] = [reports.get('durable'), reports.get('transient')]
  if (durable === undefined || transient === undefined) throw new Error('A load is missing')
  return { durable, transient, faults: [...durable.faults, ...transient.faults] }
}

function tablesOf(outcome: Outcome<PairsRun>, lanes: readonly Lane<PairsRun>[]): Table[] {
  const row = (
    name: string,
    figure: (run: PairsRun) => number,
    target?: ReturnType<typeof atMost>,
  ): Table['rows'][number] => rowOf(name, samplesOf(outcome, lanes, figure), 'ours', target)
  const shared = { subjects: namesOf(lanes), relation: 'ours' } as const
  return [
    {
      ...shared,
      title: 'Durable pairs: broker CPU per delivered message',
      unit: 'µs',
      rows: [
        row('durable subscribers', ({ durable }) => durable.brokerCpuUs),
        row('Clean Session', ({ transient }) => transient.brokerCpuUs),
      ],
    },
    {
      ...shared,
      title: 'Durable pairs: what durability costs',
      unit: 'times the CPU',
      rows: [row('durable / Clean Session', costOf, atMost(2.5))],
    },
    {
      ...shared,
      title: 'Durable pairs: acknowledged',
      unit: 'messages per second',
      rows: [
        row('durable subscribers', ({ durable }) => durable.acknowledgedPerSecond, atLeast(20_000)),
        row('Clean Session', ({ transient }) => transient.acknowledgedPerSecond),
      ],
    },
  ]
}

function costOf({ durable, transient }: PairsRun): number {
  return durable.brokerCpuUs / transient.brokerCpuUs
}
