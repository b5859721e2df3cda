/**
 * `offline-fanout`: a message of QoS 1 to a topic that 10,000 sessions subscribe to, none of them
 * connected. How long its publisher waits, and everybody else meanwhile; then all come back.
 */
import type { ChildBroker } from '../broker/child-broker.ts'
import type { Figures } from '../loader.ts'
import { rowOf, type Row } from '../report.ts'
import { atMost, type Target } from '../target.ts'
import { runFanout, runSessions } from './load-process.ts'
import {
  type Bench,
  type Faulty,
  type Findings,
  freshLanes,
  inRounds,
  namesOf,
  samplesOf,
} from './rounds.ts'

/** The first meets code that was never run before; the others show what it takes from then on. */
const PUBLICATIONS = 5

interface FanoutRun extends Faulty {
  readonly figures: Figures
  /** Of the sessions that came back. */
  readonly welcome: Figures
}

/** Measures it at each durability, and mosquitto. */
export async function offlineFanout(bench: Bench): Promise<Findings> {
  const brokers = [...bench.field.godwit('fsync', 'os', 'memory'), ...bench.field.mosquitto]
  const lanes = freshLanes(bench, brokers, (broker) => fanoutRun(bench, broker))
  const outcome = await inRounds('offline-fanout', bench, lanes)
  const row = (name: string, figure: string, target?: Target): Row =>
    rowOf(
      name,
      samplesOf(outcome, lanes, ({ figures }) => figures(figure)),
      'ours',
      target,
    )
  const welcomed = (name: string, figure: string): Row =>
    rowOf(
      name,
      samplesOf(outcome, lanes, ({ welcome }) => welcome(figure)),
      'ours',
    )
  const shared = { subjects: namesOf(lanes), relation: 'ours' } as const
  const count = bench.scale.fanout.toLocaleString('en')
  const later = `the median of ${PUBLICATIONS - 1} more`
  return {
    tables: [
      {
        ...shared,
        title: `A message to ${count} offline sessions`,
        unit: 'ms',
        rows: [
          row('longest wait of others, first message', 'longestMsFirst', atMost(5)),
          row(`the same, ${later}`, 'longestMs', atMost(5)),
          row('the same, with no message', 'longestMsQuiet'),
          row('until PUBACK, first message', 'acknowledgedMsFirst'),
          row(`the same, ${later}`, 'acknowledgedMs'),
          row(`CPU of the broker, ${later}`, 'cpuMs'),
        ],
      },
      {
        ...shared,
        title: `A message to ${count} offline sessions: what the disk had to write`,
        unit: 'bytes',
        rows: [row(later, 'writtenBytes')],
      },
      {
        ...shared,
        title: `${count} sessions come back for ${PUBLICATIONS} messages each`,
        unit: 'seconds, and messages',
        rows: [welcomed('seconds', 'seconds'), welcomed('different messages', 'received')],
      },
    ],
    warnings: outcome.warnings,
    notes: [
      'Offline fan-out: a client that sends itself a message every ms sees how long others wait.',
    ],
  }
}

const PREFIX = 'bench/fanout'

async function fanoutRun(bench: Bench, { port, pid: brokerPid }: ChildBroker): Promise<FanoutRun> {
  const sessions = bench.scale.fanout
  const come = { expected: PUBLICATIONS, lingerMs: 0 }
  const shared = { port, sessions, waiting: sessions, topics: 1, prefix: PREFIX, visit: come }
  await runSessions(bench, { ...shared, task: 'make' })
  const order = { port, brokerPid, topic: `${PREFIX}/t0`, publications: PUBLICATIONS }
  const figures = await runFanout(bench, order)
  const welcome = await runSessions(bench, { ...shared, task: 'visit' })
  const again = await runSessions(bench, { ...shared, task: 'visit', visit: IN_VAIN })
  const twice = again('received') + again('duplicated')
  const faults = [
    ...faultsIn(welcome, sessions * PUBLICATIONS),
    ...(twice === 0 ? [] : [`come again on the next visit ${twice}`]),
  ]
  return { figures, welcome, faults }
}

/** A visit by those who were given everything before. */
const IN_VAIN = { expected: 0, lingerMs: 50 }

/** What was lost or came twice, when so many messages were due in all. */
export function faultsIn(figures: Figures, expected: number): string[] {
  const faults = [
    ['lost', expected - figures('received')],
    ['duplicated', figures('duplicated')],
    ['sessions absent', figures('absent')],
  ] as const
  return faults.flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`]))
}
