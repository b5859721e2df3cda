/**
 * `not-durable`: the pairs at QoS 1 with Clean Session, on a broker that syncs and on one in
 * memory. Nobody durable wants these messages, so they must cost the same on both.
 */
import type { LoadReport } from '../loader.ts'
import { rowOf } from '../report.ts'
import { atMost } from '../target.ts'
import { pairsRun } from './durable-pairs.ts'
import {
  type Bench,
  type Findings,
  freshLanes,
  inRounds,
  namesOf,
  relationOf,
  samplesOf,
} from './rounds.ts'

/** Measures both. */
export async function notDurable(bench: Bench): Promise<Findings> {
  const brokers = bench.field.godwit('fsync', 'memory')
  const lanes = freshLanes(bench, brokers, (broker) => pairsRun(bench, broker, 'transient'))
  const outcome = await inRounds('not-durable', bench, lanes)
  const relation = relationOf(lanes)
  const cpu = samplesOf(outcome, lanes, ({ brokerCpuUs }: LoadReport) => brokerCpuUs)
  const rate = samplesOf(outcome, lanes, ({ deliveredPerSecond }) => deliveredPerSecond)
  const subjects = namesOf(lanes)
  return {
    tables: [
      {
        title: 'Not durable: broker CPU per delivered message',
        unit: 'µs',
        subjects,
        relation,
        rows: [rowOf('pairs-100-q1', cpu, relation, relation === 'ours' ? undefined : NOTHING)],
      },
      {
        title: 'Not durable: delivered',
        unit: 'messages per second',
        subjects,
        relation: 'ours',
        rows: [rowOf('pairs-100-q1', rate, 'ours')],
      },
    ],
    warnings: outcome.warnings,
  }
}

/** A tenth is what the ratio of a thing to itself moves by from run to run. */
const NOTHING = atMost(1.1)
