/** All that the oracles have to say about a round, and its figures. */
import type { History, Violation, ViolationKind } from '../history.ts'
import { disordered, duplicated, invented, lost, misshared } from './delivery.ts'
import { misretained } from './retained.ts'
import { forgotten, unwilled } from './sessions.ts'

/** What a round came to. */
export interface Verdict {
  readonly violations: readonly Violation[]
  /** Messages by the QoS at which they were published. */
  readonly acknowledged: { readonly 1: number; readonly 2: number }
  /** Messages that were refused, which no oracle counts. */
  readonly refused: number
  /** Messages by receiver, each counted once. */
  readonly delivered: number
  /** How often a message of QoS 1 came again, which it may. */
  readonly repeated: number
}

/** Asks every oracle. */
export function judge(history: History): Verdict {
  const messages = [...history.messages.values()]
  const acknowledged = messages.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined)
  const of = (wanted: 1 | 2): number => acknowledged.filter(({ qos }) => qos === wanted).length
  const deliveries = [...history.received.values()].flatMap((keys) => [...keys.values()])
  return {
    violations: ORACLES.flatMap((oracle) => oracle(history)),
    acknowledged: { 1: of(1), 2: of(2) },
    refused: messages.filter(({ refused }) => refused).length,
    delivered: deliveries.length,
    repeated: deliveries.flatMap((one) => one.slice(1).filter(({ qos }) => qos === 1)).length,
  }
}

const ORACLES: readonly ((history: History) => readonly Violation[])[] = [
  lost,
  misshared,
  duplicated,
  disordered,
  invented,
  forgotten,
  misretained,
  unwilled,
  ({ faults }) => faults,
]

/** Whether everything has come that is owed, so that waiting any longer brings nothing. */
export function isComplete(history: History): boolean {
  return [lost, misshared, misretained, unwilled].every((oracle) =>
    oracle(history).every(({ kind }) => kind === 'duplicate'),
  )
}

/** How many violations there are of one kind. */
export function countOf({ violations }: Verdict, kind: ViolationKind): number {
  return violations.filter((violation) => violation.kind === kind).length
}
