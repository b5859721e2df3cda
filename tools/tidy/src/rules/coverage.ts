// Coverage: a statement of the specification that binds a server has a test that names it, or a
// reason why it cannot have one; docs/statements.md shows which.

import { coverageOf, type Coverage } from '../statements/coverage.ts'
import { COMMAND, DOCUMENT_FILE, documentOf } from '../statements/document.ts'
import { parseReasons, REASONS_FILE, STATEMENTS_FILE } from '../statements/statement.ts'
import type { Violation } from '../violation.ts'
import type { Workspace } from '../workspace.ts'

const RULE = 'coverage'

/** Checks the tables of statements against the titles of all tests, and the document. */
export function coverage(workspace: Workspace): readonly Violation[] {
  const { files } = workspace
  if (!files.has(STATEMENTS_FILE)) return []
  const covered = coverageOf(workspace)
  return [
    ...tableViolations(covered),
    ...missingViolations(covered),
    ...reasonViolations(files.get(REASONS_FILE) ?? '', covered),
    ...documentViolations(files.get(DOCUMENT_FILE), covered),
  ]
}

function tableViolations(covered: readonly Coverage[]): readonly Violation[] {
  const of5 = new Set(
    covered.flatMap(({ statement: { id, version } }) => (version === '5.0' ? [id] : [])),
  )
  return covered.flatMap(({ statement: { id, version, counterparts } }, index) => {
    const prefix = version === '5.0' ? 'MQTT-' : 'MQTT311-'
    const messages = [
      ...(id.startsWith(prefix) ? [] : [`Write ${id} with ${prefix}, for it is of ${version}.`]),
      ...counterparts
        .filter((counterpart) => version === '5.0' || !of5.has(counterpart))
        .map((counterpart) => `${counterpart} is no statement of 5.0 that ${id} could be like.`),
    ]
    return messages.map((message) => at(STATEMENTS_FILE, index + 2, message))
  })
}

function missingViolations(covered: readonly Coverage[]): readonly Violation[] {
  return covered.flatMap(({ statement: { id, counterparts }, standing }, index) => {
    if (standing !== 'missing') return []
    const wanted = counterparts.length > 0 ? counterparts.join(' and ') : id
    const advice = `Name ${wanted} in the title of a test, or say in ${REASONS_FILE} why not`
    return [at(STATEMENTS_FILE, index + 2, `${advice}: ${id} has neither.`)]
  })
}

function reasonViolations(tsv: string, covered: readonly Coverage[]): readonly Violation[] {
  const seen = new Set<string>()
  return parseReasons(tsv).flatMap(({ id, line, reason }) => {
    const known = covered.find(({ statement }) => statement.id === id)
    const message = reasonMessage(id, known, reason !== '' && !seen.has(id))
    seen.add(id)
    return message === undefined ? [] : [at(REASONS_FILE, line, message)]
  })
}

function reasonMessage(
  id: string,
  known: Coverage | undefined,
  isOne: boolean,
): string | undefined {
  if (known === undefined) return `${id} is no statement: look it up in ${STATEMENTS_FILE}.`
  const [test] = known.tests
  if (test !== undefined) return `Take ${id} away: it has a test in ${test.file}.`
  return isOne ? undefined : `Give ${id} one reason.`
}

function documentViolations(
  text: string | undefined,
  covered: readonly Coverage[],
): readonly Violation[] {
  const written = text?.split('\n') ?? []
  const wanted = documentOf(covered).split('\n')
  const line = wanted.findIndex((expected, index) => expected !== written[index])
  if (line === -1 && written.length === wanted.length) return []
  return [at(DOCUMENT_FILE, line === -1 ? wanted.length : line + 1, `Out of date: run ${COMMAND}.`)]
}

function at(file: string, line: number, message: string): Violation {
  return { file, line, rule: RULE, message }
}
