/** What a round came to, in one line, and in as many as it takes if something was wrong. */
import { VIOLATION_KINDS } from './history.ts'
import type { History, Violation } from './history.ts'
import { countOf } from './oracles/verdict.ts'
import type { Verdict } from './oracles/verdict.ts'
import { timelineOf } from './timeline.ts'

/** A round that is over. */
export interface RoundReport {
  readonly number: number
  readonly verdict: Verdict
  readonly history: History
  readonly seconds: number
}

/** The line of a round. */
export function roundLine({ number, verdict, history, seconds }: RoundReport): string {
  const { acknowledged, delivered, repeated, refused, violations } = verdict
  const named = countOf(verdict, 'lost') + countOf(verdict, 'duplicate')
  const others = violations.length - named - countOf(verdict, 'disorder')
  const figures = [
    `round ${number}`,
    `kills ${killsOf(history)}`,
    `acknowledged ${acknowledged[1]} at QoS 1, ${acknowledged[2]} at QoS 2`,
    ...(refused > 0 ? [`refused ${refused}`] : []),
    `delivered ${delivered} (repeated ${repeated})`,
    `lost ${countOf(verdict, 'lost')}`,
    `duplicates ${countOf(verdict, 'duplicate')}`,
    `disorder ${countOf(verdict, 'disorder')}`,
    `other ${others}`,
    `${seconds.toFixed(1)} s`,
  ]
  return figures.join(', ')
}

/** The lines of a round in which something was wrong: all of them, and those to be printed. */
export function detailsOf({ verdict: { violations }, history, number }: RoundReport): {
  readonly all: readonly string[]
  readonly first: readonly string[]
} {
  const head = `Round ${number}: ${violations.length} violations`
  const kinds = VIOLATION_KINDS.flatMap((kind) => violations.filter((one) => one.kind === kind))
  const first = VIOLATION_KINDS.flatMap((kind) =>
    violations.filter((one) => one.kind === kind).slice(0, PRINTED_OF_A_KIND),
  )
  return {
    all: [head, ...kinds.flatMap((violation) => linesOf(history, violation))],
    first: [head, ...first.flatMap((violation) => linesOf(history, violation))],
  }
}

const PRINTED_OF_A_KIND = 2

/** The end of a campaign. */
export function summaryLines(
  reports: readonly RoundReport[],
  kept: readonly string[],
): readonly string[] {
  const sum = (of: (report: RoundReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0)
  const acknowledged = sum(({ verdict }) => verdict.acknowledged[1] + verdict.acknowledged[2])
  const violations = sum(({ verdict }) => verdict.violations.length)
  return [
    ...kept.map((directory) => `kept ${directory}`),
    [
      `${reports.length} rounds`,
      `${sum(({ history }) => killsOf(history))} kills`,
      `${acknowledged} acknowledged`,
      `${sum(({ verdict }) => verdict.delivered)} delivered`,
      ...VIOLATION_KINDS.flatMap((kind) => {
        const count = sum(({ verdict }) => countOf(verdict, kind))
        return count === 0 ? [] : [`${kind} ${count}`]
      }),
      violations === 0 ? 'no violations' : `${violations} violations`,
    ].join(', '),
  ]
}

function killsOf({ blows }: History): number {
  return blows.filter(({ what }) => what.startsWith('SIG')).length
}

function linesOf(history: History, violation: Violation): readonly string[] {
  const { kind, sentence } = violation
  return [`${kind}: ${sentence}`, ...timelineOf(history, violation).map((line) => `  ${line}`)]
}
