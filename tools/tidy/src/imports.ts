// The module specifiers a file names, in whatever form it names them.

import ts from 'typescript'
import type { Source } from './workspace.ts'

/** One module specifier, at the node that names it. */
export interface Import {
  readonly specifier: string
  readonly node: ts.Node
}

/** Every import, re-export, dynamic import, `require` and `import('…')` type of a file. */
export function importsOf(source: Source): readonly Import[] {
  return source.nodes.flatMap((node) => {
    const specifier = specifierOf(node)
    return specifier !== undefined && ts.isStringLiteralLike(specifier)
      ? [{ specifier: specifier.text, node }]
      : []
  })
}

/** The package of a bare specifier (`@scope/name/sub` is of `@scope/name`), else undefined. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.includes(':')) {
    return undefined
  }
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (!ts.isCallExpression(node)) return undefined
  const imports = node.expression.kind === ts.SyntaxKind.ImportKeyword
  const requires = ts.isIdentifier(node.expression) && node.expression.text === 'require'
  return imports || requires ? node.arguments[0] : undefined
}
