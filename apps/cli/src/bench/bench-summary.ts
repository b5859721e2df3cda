/** The result of a benchmark for people: a table of what was, and nothing of what was not. */
import type { Colors } from '../terminal.ts'
import type { BenchResult, Throughput } from './bench-result.ts'
import type { BenchSettings } from './bench-settings.ts'
import type { LatencySummary } from './latencies.ts'

/** From here on it is this program that is measured, not the server. */
const CPU_BUSY = 0.9

/** Lines, each with its line feed. */
export function summaryText(result: BenchResult, colors: Colors): string {
  const { settings, server, latencyMs, cpu } = result
  const lines = [
    colors.bold(`${TITLES[settings.kind]} ${server}`),
    ...rows([
      ['load', loadText(settings)],
      ...throughputRows('published', result.published),
      ...throughputRows('received', result.received),
      ...troubleRows(result),
      ['this program', `${Math.round(cpu * 100)}% of a processor`],
    ]),
    ...(latencyMs === undefined ? [] : latencyLines(settings, latencyMs, colors)),
    ...doubts(result).map((doubt) => colors.yellow(doubt)),
  ]
  return `${lines.join('\n')}\n`
}

const TITLES = {
  pub: 'Publishing to',
  sub: 'Receiving from',
  latency: 'Latency by way of',
} as const

/** Why the figures may be those of this program: waiting for exact moments keeps it busy too. */
function doubts({ settings: { rate }, missed = 0, cpu }: BenchResult): readonly string[] {
  if (missed > 0)
    return ['This program was too slow for this rate, or the machine was. Run several.']
  return rate === 0 && cpu >= CPU_BUSY
    ? ['This program was busy all the time: the server may be able to do more. Run several.']
    : []
}

function loadText(settings: BenchSettings): string {
  const { kind, clients, rate, qos, size } = settings
  const pairs = kind === 'latency' ? 'publishers and as many subscribers' : 'clients'
  const speed = rate === 0 ? 'as fast as they can' : `${number(rate)} messages a second`
  const parts = [`${number(clients)} ${clients === 1 ? singular(kind) : pairs}`, `QoS ${qos}`]
  return kind === 'sub' ? parts.join(', ') : [...parts, `${number(size)} bytes`, speed].join(', ')
}

function singular(kind: BenchSettings['kind']): string {
  return kind === 'latency' ? 'publisher and a subscriber' : 'client'
}

type Row = readonly [name: string, value: string]

function throughputRows(name: string, throughput: Throughput | undefined): readonly Row[] {
  if (throughput === undefined) return []
  const { count, seconds, perSecondMean, bytesPerSecond } = throughput
  const speed = `${number(perSecondMean)} /s, ${megabytes(bytesPerSecond)} MB/s`
  return [[name, `${number(count)} messages in ${seconds.toFixed(1)} s: ${speed}`]]
}

function troubleRows(result: BenchResult): readonly Row[] {
  const { failures = {}, unacknowledged, missed, lost, repeated, dropped, reconnections } = result
  const counted: readonly (readonly [name: string, count: number | undefined])[] = [
    ...Object.entries(failures).map(([reason, count]) => [`failed: ${reason}`, count] as const),
    ['unacknowledged', unacknowledged],
    ['due, not published', missed],
    ['lost', lost],
    ['received again', repeated],
    ['given up here', dropped],
    ['reconnections', reconnections],
  ]
  return counted.flatMap(([name, count = 0]) => (count === 0 ? [] : [[name, number(count)]]))
}

const PERCENTILES = [
  ['min', 'min'],
  ['50%', 'p50'],
  ['75%', 'p75'],
  ['90%', 'p90'],
  ['99%', 'p99'],
  ['99.9%', 'p99_9'],
  ['99.99%', 'p99_99'],
  ['max', 'max'],
] as const

function latencyLines(
  { kind, rate }: BenchSettings,
  latencies: LatencySummary,
  { bold }: Colors,
): readonly string[] {
  const from = rate === 0 ? 'from publishing' : 'from when it was due'
  const to = kind === 'latency' ? 'to being received' : 'to the acknowledgement'
  const values = PERCENTILES.map(([, key]) => milliseconds(latencies[key]))
  const widths = PERCENTILES.map(([name], index) =>
    Math.max(name.length, values[index]?.length ?? 0),
  )
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  ')
  return [
    bold(`Latency in ms, ${from} ${to}`),
    `  ${line(PERCENTILES.map(([name]) => name))}`,
    `  ${line(values)}`,
  ]
}

function rows(all: readonly Row[]): readonly string[] {
  const width = Math.max(...all.map(([name]) => name.length))
  return all.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 })
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 2 : 0)
}

function milliseconds(ms: number): string {
  return ms.toFixed(ms < 10 ? 3 : ms < 100 ? 2 : 1)
}
