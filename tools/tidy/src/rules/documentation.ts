// Documentation: a file opens by saying what it is, and what a package exports says what it does,
// at its declaration.

import ts from 'typescript'
import type { Violation } from '../violation.ts'
import { lineOf, type Source, type Workspace } from '../workspace.ts'

const RULE = 'documentation'

/** Checks the head of every file in `packages` and `apps`, and every export of `packages`. */
export function documentation(workspace: Workspace): readonly Violation[] {
  return workspace.sources
    .filter(({ file, area }) => area === 'src' && /^(?:packages|apps)\//.test(file))
    .flatMap((source) => [
      ...headViolations(source),
      ...(source.file.startsWith('packages/') ? exportViolations(source) : []),
    ])
}

function headViolations({ file, text }: Source): readonly Violation[] {
  if (/^(?:#!.*\n)?\s*(?:\/\/|\/\*)/.test(text)) return []
  const message = 'Open the file with a comment: what it is, and what it does not do.'
  return [{ file, line: 1, rule: RULE, message }]
}

function exportViolations(source: Source): readonly Violation[] {
  const exported = exportedNames(source.ast)
  const declarations = source.ast.statements.flatMap((statement) =>
    namesOf(statement).map((name) => ({ name, statement })),
  )
  const documented = new Set(
    declarations.filter(({ statement }) => isDocumented(source, statement)).map(({ name }) => name),
  )
  return declarations
    .filter(({ name }) => exported.has(name) && !documented.has(name))
    .map(({ name, statement }) => ({
      file: source.file,
      line: lineOf(source, statement),
      rule: RULE,
      message: `Give ${name} a doc comment: what it does or is, then its limits.`,
    }))
}

function exportedNames(ast: ts.SourceFile): ReadonlySet<string> {
  return new Set(
    ast.statements.flatMap((statement) => {
      if (isExported(statement)) return namesOf(statement)
      if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) return []
      const clause = statement.exportClause
      if (clause === undefined || !ts.isNamedExports(clause)) return []
      return clause.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
    }),
  )
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  return modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
}

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name))
  }
  const declares =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  return declares && statement.name !== undefined ? [statement.name.text] : []
}

function boundNames(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) =>
    ts.isBindingElement(element) ? boundNames(element.name) : [],
  )
}

function isDocumented({ text }: Source, statement: ts.Statement): boolean {
  const comments = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? []
  const last = comments.at(-1)
  return last !== undefined && /^\/\*\*[^]*\w/.test(text.slice(last.pos, last.end))
}
