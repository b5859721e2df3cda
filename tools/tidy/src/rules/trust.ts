// Trust in the type checker: no `any`, no `!`, no casts, no switched-off errors. Where a cast
// cannot be avoided, its file stands in a table with the reason.

import ts from 'typescript'
import type { Violation } from '../violation.ts'
import { lineOf, type Source, type Workspace } from '../workspace.ts'

const RULE = 'trust'

/** Files which may cast, each with the reason it must. */
const MAY_CAST: ReadonlyMap<string, string> = new Map([
  ['packages/codec/src/bytes.ts', 'reads a byte whose offset its caller has checked'],
  ['packages/codec/src/property-reader.ts', 'an object built by the table has the type made of it'],
  ['packages/codec/src/reason-codes.ts', 'Object.fromEntries forgets which key had which value'],
])

/** Checks every source; tests may use `!`, casts and @ts-expect-error. */
export function trust(workspace: Workspace): readonly Violation[] {
  return workspace.sources.flatMap((source) => [
    ...source.nodes.flatMap((node) => {
      const message = distrust(node, source)
      return message === undefined
        ? []
        : [{ file: source.file, line: lineOf(source, node), rule: RULE, message }]
    }),
    ...(source.area === 'test' ? [] : suppressions(source)),
  ])
}

function distrust(node: ts.Node, { file, area }: Source): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return 'Say the type, or `unknown`: no `any`.'
  if (area === 'test') return undefined
  if (ts.isNonNullExpression(node) || isAssured(node)) {
    return 'Handle the missing value: no `!` outside tests.'
  }
  return isCast(node) && !MAY_CAST.has(file)
    ? 'Narrow it, or annotate the declaration: no `as` (or give a reason in trust.ts).'
    : undefined
}

function isAssured(node: ts.Node): boolean {
  const declares = ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)
  return declares && node.exclamationToken !== undefined
}

function isCast(node: ts.Node): boolean {
  if (ts.isTypeAssertionExpression(node)) return true
  if (!ts.isAsExpression(node)) return false
  const { type } = node
  return type.kind !== ts.SyntaxKind.UnknownKeyword && !ts.isConstTypeReference(type)
}

const SUPPRESSION = /(?:\/[/*]|^\s*\*)\s*@ts-(?:ignore|expect-error|nocheck)\b/

function suppressions({ file, text }: Source): readonly Violation[] {
  const message = 'Mend the error instead of switching it off.'
  return text
    .split('\n')
    .flatMap((line, index) =>
      SUPPRESSION.test(line) ? [{ file, line: index + 1, rule: RULE, message }] : [],
    )
}
