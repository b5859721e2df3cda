// The tables of the README are the tables of the code.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { PROPERTIES, REASON_CODES } from '../src/index.ts'
import type { PropertyRow, ReasonCodeRow } from '../src/index.ts'

const README = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8')

it('shows the properties as the table has them', () => {
  expect(section('properties')).toBe(propertyTable())
})

it('shows the Reason Codes as the table has them', () => {
  expect(section('reason codes')).toBe(reasonCodeTable())
})

/** What stands between the two comments of this name. */
function section(name: string): string | undefined {
  return README.split(`<!-- ${name} -->\n`)[1]?.split(`<!-- /${name} -->`)[0]
}

function propertyTable(): string {
  const rows = Object.entries<PropertyRow>(PROPERTIES).map(([name, row]) => [
    hex(row.id),
    `\`${name}\``,
    row.kind,
    row.in.join(', '),
    repeats(row),
    values(row),
  ])
  return table([['id', 'property', 'kind', 'in', 'more than once', 'values'], ...rows])
}

function reasonCodeTable(): string {
  const rows = Object.entries<ReasonCodeRow>(REASON_CODES).map(([key, row]) => [
    hex(row.code),
    `\`${key}\``,
    row.name,
    row.in.join(', '),
    sender(row),
    String(row.connackReturnCode ?? ''),
  ])
  const head = ['code', '`ReasonCode`', 'name', 'in', 'in DISCONNECT and AUTH by', 'before 5.0']
  return table([head, ...rows])
}

function repeats({ in: carriers, many = [] }: PropertyRow): string {
  return many.length === carriers.length ? 'anywhere' : many.join(', ')
}

function values({ min, max, topicName }: PropertyRow): string {
  if (topicName === true) return 'a Topic Name'
  if (max !== undefined) return `${min ?? 0} or ${max}`
  return min === undefined ? '' : `from ${min}`
}

/** Only DISCONNECT and AUTH are of either end. */
function sender({ in: carriers, sender }: ReasonCodeRow): string {
  return carriers.includes('disconnect') || carriers.includes('auth') ? (sender ?? 'both') : ''
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`
}

/** A Markdown table with its columns in line, as the formatter leaves it. */
function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]!.length)))
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |\n`
  const rule = widths.map((width) => '-'.repeat(width))
  return `\n${[head, rule, ...rows].map(lineOf).join('')}\n`
}
