// Names: files are kebab-case nouns that say what is inside, and modules export by name only.

import ts from 'typescript'
import type { Violation } from '../violation.ts'
import { lineOf, type Source, type Workspace } from '../workspace.ts'

const RULE = 'naming'
const VAGUE = ['utils', 'util', 'helpers', 'helper', 'common', 'types', 'manager']
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** Checks file names everywhere, and the form of exports in `src` and in scripts. */
export function naming(workspace: Workspace): readonly Violation[] {
  return workspace.sources.flatMap((source) => [
    ...fileNameViolations(source.file),
    ...(mayExportDefault(source) ? [] : exportViolations(source)),
  ])
}

function fileNameViolations(file: string): readonly Violation[] {
  const at = (message: string): Violation => ({ file, line: 1, rule: RULE, message })
  const words = (file.split('/').at(-1) ?? '').split('.').slice(0, -1)
  const folders = file.split('/').slice(0, -1)
  const vague = [...folders, ...words].filter((word) => VAGUE.includes(word))
  return [
    ...words
      .filter((word) => !KEBAB_CASE.test(word))
      .map((word) => at(`Write the file name "${word}" in kebab-case.`)),
    ...vague.map((word) => at(`Name the file after what is in it: "${word}" says nothing.`)),
  ]
}

// A tool's configuration is what the tool says it is, and most want a default export.
function mayExportDefault({ file, area }: Source): boolean {
  return area === 'test' || (area === 'other' && /\.config\.[cm]?[jt]s$/.test(file))
}

function exportViolations(source: Source): readonly Violation[] {
  return source.ast.statements.flatMap((statement) => {
    const message = exportMessage(statement)
    return message === undefined
      ? []
      : [{ file: source.file, line: lineOf(source, statement), rule: RULE, message }]
  })
}

function exportMessage(statement: ts.Statement): string | undefined {
  if (ts.isExportAssignment(statement) || isDefault(statement)) {
    return 'Export it by name: no default exports.'
  }
  const whole =
    ts.isExportDeclaration(statement) &&
    (statement.exportClause === undefined || ts.isNamespaceExport(statement.exportClause))
  return whole ? 'Export each name: no `export *`.' : undefined
}

function isDefault(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  if (modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true) return true
  const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined
  return (
    clause !== undefined &&
    ts.isNamedExports(clause) &&
    clause.elements.some(({ name }) => name.text === 'default')
  )
}
