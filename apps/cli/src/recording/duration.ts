/** Lengths of time as people write them. */
import { InvalidArgumentError } from 'commander'

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])

/** The longest delay of a timer: 24 days. */
const DURATION_MS_MAX = 2_147_483_647

/** Reads `90`, `1.5`, `500ms`, `30s`, `1m30s`, `2h` or `1d`; gives milliseconds. */
export function duration(text: string): number {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : sum(text)
  if (ms <= DURATION_MS_MAX) return ms
  throw new InvalidArgumentError('It is seconds, or a time such as 500ms, 30s, 1m30s or 2h.')
}

/** Milliseconds for people: `1.5 s`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
  return `${(ms / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} s`
}

function sum(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return NaN
  return [...text.matchAll(/([\d.]+)(ms|[smhd])/g)].reduce(
    (total, [, amount, unit = '']) => total + Number(amount) * (UNITS_MS.get(unit) ?? NaN),
    0,
  )
}
