/**
 * From the text of a configuration file to connections. What is wrong is said with the file, the
 * place, what stands there, what may stand there, and what was perhaps meant.
 */
import type { Option } from 'commander'
import * as v from 'valibot'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import { CliError } from '../exit.ts'
import type { Configuration, ConfigurationText, NamedConnection } from './file.ts'
import { nearMiss } from './near-miss.ts'
import { configurationSchema, connectionKeys } from './schema.ts'

/** Reads YAML or JSON. @throws {CliError} for the first thing that is wrong. */
export function parseConfiguration(
  { path, text }: ConfigurationText,
  options: readonly Option[],
): Configuration {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const source: Source = { path, document, lines }
  const [broken] = document.errors
  if (broken !== undefined) throw fault(source, broken.pos[0], broken.message)
  const keys = connectionKeys(options)
  const result = v.safeParse(configurationSchema(keys), document.toJS() ?? {})
  if (!result.success) throw issueFault(source, result.issues[0], [...keys.keys()])
  const connections = new Map(
    Object.entries(result.output.connections).map(([name, values]) => [
      name,
      byOption(values, keys),
    ]),
  )
  const chosen = result.output.default
  if (chosen !== undefined && !connections.has(chosen)) {
    const where = placeOf(source, ['default'])
    throw fault(source, where, unknownConnection(chosen, connections.keys()))
  }
  return { connections, ...(chosen !== undefined && { default: chosen }) }
}

/** The sentence for a name that no connection has. */
function unknownConnection(name: string, names: Iterable<string>): string {
  const all = [...names]
  const meant = nearMiss(name, all)
  const there = all.length === 0 ? 'there is none' : `there are ${all.join(', ')}`
  const hint = meant === undefined ? there : `did you mean ${meant}?`
  return `no connection is called ${name}: ${hint}`
}

function byOption(
  values: Readonly<Record<string, unknown>>,
  keys: ReadonlyMap<string, Option>,
): NamedConnection {
  const entries = Object.entries(values).flatMap(([key, value]) => {
    const option = keys.get(key)
    return option === undefined ? [] : [[option.attributeName(), value] as const]
  })
  return new Map(entries)
}

interface Source {
  readonly path: string
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

type Issue = v.BaseIssue<unknown>

function issueFault(source: Source, issue: Issue, keys: readonly string[]): CliError {
  const steps = (issue.path ?? []).map(({ key }) => String(key))
  const name = steps.length === 0 ? 'the file' : steps.join('.')
  const offset = placeOf(source, steps)
  const unknown = issue.type === 'strict_object' && issue.expected === 'never'
  if (!unknown) return fault(source, offset, `${name} ${issue.message}`)
  const allowed = steps.length === 1 ? ['default', 'connections'] : keys
  const meant = nearMiss(steps.at(-1) ?? '', allowed)
  const hint = meant === undefined ? `there are ${allowed.join(', ')}` : `did you mean ${meant}?`
  return fault(source, offset, `${name} is not known: ${hint}`)
}

function fault({ path, lines }: Source, offset: number, message: string): CliError {
  const { line, col } = lines.linePos(offset)
  return new CliError(`${path}, line ${line}, column ${col}: ${message}`)
}

/** Where the key at the end of a path stands; the start of the file if it does not. */
function placeOf({ document }: Source, steps: readonly string[]): number {
  let node: unknown = document.contents
  let offset = 0
  for (const step of steps) {
    if (!isMap(node)) return offset
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
    if (pair === undefined) return offset
    if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
    node = pair.value
  }
  return offset
}
