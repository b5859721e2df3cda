/** A report for people: where it was measured, what to beware of, a table for each unit. */
import { styleText } from 'node:util'
import CliTable from 'cli-table3'
import type { Environment } from './environment.ts'
import type { Relation, Report, Row, Table } from './report.ts'
import type { Spread } from './statistics.ts'
import type { Target } from './target.ts'

/** Prints a whole report to stdout. */
export function printReport(report: Report): void {
  for (const warning of report.warnings) console.log(styleText(['bold', 'red'], `! ${warning}`))
  for (const table of report.tables) console.log(`\n${heading(table)}\n${render(table)}`)
  console.log()
  for (const note of report.notes) console.log(`- ${note}`)
}

/** Prints what the figures depend on. */
export function printEnvironment(environment: Environment): void {
  const { date, node, system, cpu, cores, loadAverage, versions } = environment
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  console.log(
    [
      `${date}, Node ${node}, ${system}`,
      `${cpu}, ${cores} cores, load average ${loadAverage.toFixed(2)} at the start`,
      peers.join(', '),
    ].join('\n'),
  )
}

/** Prints progress where a person looks on; in a file it would be noise. */
export function printProgress(text: string): void {
  if (!process.stderr.isTTY) return
  const width = (process.stderr.columns ?? 80) - 1
  process.stderr.write(`\r${text.slice(0, width).padEnd(width)}\r`)
}

function heading({ title, unit, rows }: Table): string {
  const rounds = Math.max(0, ...rows.flatMap(({ spreads }) => spreads.map(sampleCount)))
  return `${styleText('bold', title)}, ${unit}: median (lowest–highest) of ${rounds}`
}

function sampleCount(spread: Spread | undefined): number {
  return spread?.samples.length ?? 0
}

function render({ subjects, relation, rows }: Table): string {
  const headings =
    relation === 'ours' ? ['target', ''] : [relationName(relation, subjects), 'target', '']
  if (rows.every(({ target }) => target === undefined)) headings.splice(-2)
  const table = new CliTable({
    head: ['', ...subjects, ...headings],
    colAligns: ['left', ...subjects.map((): 'right' => 'right'), 'right', 'right', 'left'],
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  })
  for (const row of rows) {
    const ratio = relation === 'ours' ? [] : [ratioText(row)]
    const judged = [...ratio, targetText(row.target), verdict(row)].slice(0, headings.length)
    table.push([row.name, ...row.spreads.map(cell), ...judged])
  }
  return table.toString()
}

// Lines would say no more than the columns do.
const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}

function cell(spread: Spread | undefined): string {
  if (spread === undefined) return '–'
  return `${short(spread.median)} (${short(spread.min)}–${short(spread.max)})`
}

function relationName(relation: Relation, [, peer = 'peer']: readonly string[]): string {
  return relation.replace('peer', peer)
}

function ratioText({ ratio, verdict }: Row): string {
  if (ratio === undefined) return '–'
  return verdict === undefined ? times(ratio) : styleText('bold', times(ratio))
}

function times(ratio: number): string {
  return `${Number(ratio.toPrecision(ratio >= 10 ? 3 : 2))}x`
}

function targetText(target: Target | undefined): string {
  if (target === undefined) return ''
  return `${target.bound === 'at least' ? '>=' : '<='} ${target.value}`
}

function verdict({ verdict }: Row): string {
  if (verdict === undefined) return ''
  return styleText(verdict === 'reached' ? 'green' : 'yellow', verdict)
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

function short(figure: number): string {
  return figure < 1_000 ? String(Number(figure.toPrecision(3))) : COMPACT.format(figure)
}
