// Which statements have a test, which a reason for having none, and which neither.

import type { Workspace } from '../workspace.ts'
import {
  parseReasons,
  parseStatements,
  REASONS_FILE,
  STATEMENTS_FILE,
  type Reason,
  type Statement,
} from './statement.ts'
import { testTitles, type TestTitle } from './test-title.ts'

/**
 * How a statement stands. `tested`: a test names it, or each of its counterparts is tested or
 * explained. `explained`: it, or each of its counterparts, has a reason. `missing`: it binds a
 * server and has neither. `client`: it binds clients only, and has neither.
 */
type Standing = 'tested' | 'explained' | 'missing' | 'client'

/** A statement and what there is for it. */
export interface Coverage {
  readonly statement: Statement
  readonly standing: Standing
  /** The titles that name it. */
  readonly tests: readonly TestTitle[]
  /** The files of the packages and apps whose code names it. */
  readonly sources: readonly string[]
  /** Its own reason. */
  readonly reason: string | undefined
}

/** All statements, in the order of the table. */
export function coverageOf(workspace: Workspace): readonly Coverage[] {
  const { files } = workspace
  const statements = parseStatements(files.get(STATEMENTS_FILE) ?? '')
  const named: Named = {
    statements: new Map(statements.map((statement) => [statement.id, statement])),
    tests: testsById(testTitles(workspace)),
    sources: sourcesById(workspace),
    reasons: new Map(parseReasons(files.get(REASONS_FILE) ?? '').map((row) => [row.id, row])),
  }
  return statements.map((statement) => ({
    statement,
    standing: standingOf(statement, named),
    tests: named.tests.get(statement.id) ?? [],
    sources: named.sources.get(statement.id) ?? [],
    reason: named.reasons.get(statement.id)?.reason,
  }))
}

interface Named {
  readonly statements: ReadonlyMap<string, Statement>
  readonly tests: ReadonlyMap<string, readonly TestTitle[]>
  readonly sources: ReadonlyMap<string, readonly string[]>
  readonly reasons: ReadonlyMap<string, Reason>
}

function standingOf({ id, side, counterparts }: Statement, named: Named): Standing {
  if (named.tests.has(id)) return 'tested'
  if (named.reasons.has(id)) return 'explained'
  const others = counterparts
    .flatMap((counterpart) => named.statements.get(counterpart) ?? [])
    .map((counterpart) => standingOf({ ...counterpart, counterparts: [] }, named))
  const isProven = others.length > 0 && others.every((other) => PROVEN.includes(other))
  if (isProven) return others.includes('tested') ? 'tested' : 'explained'
  return side === 'client' ? 'client' : 'missing'
}

const PROVEN: readonly Standing[] = ['tested', 'explained']

const SOURCES = /^(?:packages|apps)\/[^/]+\/src\/(?!testing\/)/
const NAMED = /[['"`](MQTT(?:311)?-\d+(?:\.\d+)+-\d+)[\]'"`]/g

function testsById(titles: readonly TestTitle[]): ReadonlyMap<string, readonly TestTitle[]> {
  return grouped(titles.flatMap((title) => title.ids.map((id) => [id, title] as const)))
}

/** In brackets, as a comment has it, or in quotes, as an error has it. */
function sourcesById({ sources }: Workspace): ReadonlyMap<string, readonly string[]> {
  const marks = sources
    .filter(({ file }) => SOURCES.test(file))
    .flatMap(({ file, text }) => {
      const ids = new Set([...text.matchAll(NAMED)].map(([, id = '']) => id))
      return [...ids].map((id) => [id, file] as const)
    })
  return grouped(marks)
}

function grouped<T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const [key, value] of pairs) {
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
