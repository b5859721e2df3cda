/** Tables for terminals: columns side by side, as wide as what is in them. */
import { visible } from './escaping.ts'

/** What stands in a cell; nothing for `undefined`. */
export type Cell = string | number | boolean | undefined

/** How a table is laid out. */
export interface TableForm {
  /**
   * How wide the terminal is: no line is longer, and no cell takes more than a third of it, so that
   * a client with a long name hides nobody. Nothing is cut where it is absent.
   */
  readonly columns?: number
  /** Whether the names of the columns stand above. */
  readonly header: boolean
}

/** A table with these column names, each row on a line of its own, whatever is in its cells. */
export function tableOf(
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
  { columns, header }: TableForm,
): string {
  const cellMax = columns === undefined ? undefined : Math.floor(columns / 3)
  const lines = rows.map((row) => row.map((cell) => clipped(textOf(cell), cellMax)))
  const all = header ? [names.map((name) => name.toUpperCase()), ...lines] : lines
  const widths = names.map((name, at) =>
    Math.max(name.length, ...lines.map((line) => line[at]?.length ?? 0)),
  )
  return all.map((line) => `${clipped(joined(line, widths), columns)}\n`).join('')
}

/** Names and values under one another. */
export function sheetOf(entries: readonly (readonly [name: string, value: Cell])[]): string {
  const known = entries.filter(([, value]) => value !== undefined)
  const width = Math.max(0, ...known.map(([name]) => name.length))
  return known.map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}\n`).join('')
}

function textOf(cell: Cell): string {
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  return visible(`${cell ?? '-'}`)
}

function joined(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((text, at) => text.padEnd(widths[at] ?? 0))
    .join('  ')
    .trimEnd()
}

function clipped(text: string, lengthMax: number | undefined): string {
  if (lengthMax === undefined || text.length <= lengthMax) return text
  return `${text.slice(0, lengthMax - 1)}…`
}
