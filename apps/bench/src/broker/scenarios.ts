/** The shapes of load that brokers are measured under. All of MQTT 3.1.1. */
import { atMost, type Target } from '../target.ts'

/** One shape of load. */
export interface Scenario {
  readonly name: string
  /** The arguments of mqtt-load, but for the timing. */
  readonly args: readonly string[]
  /** For the ratio of our CPU per message to mosquitto's. */
  readonly target?: Target
}

const TARGET = { target: atMost(0.15) }
const PAIRS = ['--pubs', '100', '--subs', '100', '--topics', '100']

/** In the order of the table. A window of 1 leaves no messages to handle together. */
export const SCENARIOS: readonly Scenario[] = [
  { name: '1to1-64B', args: [], ...TARGET },
  { name: '1to1-1KiB', args: ['--payload', '1024'] },
  { name: 'fanout-1to100', args: ['--subs', '100'], ...TARGET },
  { name: 'fanin-100to1', args: ['--pubs', '100'] },
  { name: 'pairs-100-q0', args: [...PAIRS, '--window', '100'], ...TARGET },
  { name: 'pairs-100-q0-window1', args: [...PAIRS, '--window', '1'] },
  { name: 'pairs-100-q1', args: acknowledgedPairs(1), target: atMost(0.25) },
  { name: 'pairs-100-q2', args: acknowledgedPairs(2), target: atMost(0.2) },
]

/** The arguments of a whole run; `durationS` is the part that is measured. */
export function loadArgs({ args }: Scenario, durationS: number): string[] {
  const timing = ['--warmup', '0.3', '--duration', String(durationS), '--drain', '3']
  return ['throughput', ...args, ...timing]
}

/** The pairs at a QoS above 0, each publisher with 20 messages unacknowledged. */
export function acknowledgedPairs(qos: 1 | 2): readonly string[] {
  return [...PAIRS, '--qos', String(qos), '--inflight', '20']
}
