// The titles of tests that name statements: of `it`, `test` and `describe`, with the rows of `each`
// filled in where a row brings an id into the title.

import ts from 'typescript'
import type { Source, Workspace } from '../workspace.ts'

/** A title, or the title of one row, that names statements. */
export interface TestTitle {
  readonly file: string
  /** With the titles around it, without ids; `…` stands for what only the run knows. */
  readonly title: string
  readonly ids: readonly string[]
}

/** All titles in the tests of `packages` and `apps` that name a statement, in order. */
export function testTitles(workspace: Workspace): readonly TestTitle[] {
  return workspace.sources
    .filter(({ file, area }) => area === 'test' && /^(?:packages|apps)\//.test(file))
    .flatMap(titlesIn)
}

const TESTS = ['it', 'test', 'describe', 'suite']
const TABLES = ['each', 'for']
const BRACKETED = /\[(MQTT(?:311)?-\d+(?:\.\d+)+-\d+)\]/g
const PLACEHOLDER = /%[sdifjoOc#]|\$[A-Za-z_]\w*/g
const UNKNOWN = '…'

function titlesIn(source: Source): readonly TestTitle[] {
  return source.nodes.flatMap((node) => {
    const own = titleOf(node)
    if (own === undefined || !ts.isCallExpression(node)) return []
    const around = outerTitles(node)
    return filledIn(own, tableOf(node.expression), source).flatMap((text) => {
      const ids = [...new Set([...text.matchAll(BRACKETED)].map(([, id = '']) => id))]
      const title = [...around, text].map(plain).join(' > ')
      return ids.length === 0 ? [] : [{ file: source.file, title, ids }]
    })
  })
}

/** The title of a call such as `it('…')` or `describe.each(rows)('…')`. */
function titleOf(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !TESTS.includes(rootOf(node.expression))) return undefined
  const [first] = node.arguments
  return first === undefined ? undefined : textOf(first)
}

/** The name at the start of `it.skipIf(absent).each(rows)`: here `it`. */
function rootOf(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text
  if (ts.isTaggedTemplateExpression(callee)) return rootOf(callee.tag)
  const goesOn = ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)
  return goesOn ? rootOf(callee.expression) : ''
}

function outerTitles(node: ts.Node): readonly string[] {
  const titles: string[] = []
  for (let { parent } = node; !ts.isSourceFile(parent); { parent } = parent) {
    const title = titleOf(parent)
    if (title !== undefined) titles.unshift(title)
  }
  return titles
}

/** The rows that `each` was called with. */
function tableOf(callee: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(callee)) return undefined
  const { expression } = callee
  const isTable = ts.isPropertyAccessExpression(expression) && TABLES.includes(expression.name.text)
  return isTable ? callee.arguments[0] : undefined
}

/** The title for each row that adds an id to it, and as it stands for all the others. */
function filledIn(
  title: string,
  table: ts.Expression | undefined,
  source: Source,
): readonly string[] {
  const texts = rowsOf(table, source).map((row) => {
    const filled = fillIn(title, row)
    return idCount(filled) > idCount(title) ? filled : title
  })
  return texts.length === 0 ? [title] : [...new Set(texts)]
}

/** The rows of an array literal, also by the name of a constant of the same file. */
function rowsOf(table: ts.Expression | undefined, source: Source): readonly ts.Expression[] {
  if (table === undefined) return []
  if (ts.isAsExpression(table) || ts.isSatisfiesExpression(table)) {
    return rowsOf(table.expression, source)
  }
  if (ts.isParenthesizedExpression(table)) return rowsOf(table.expression, source)
  if (ts.isIdentifier(table)) return rowsOf(initializerOf(table.text, source), source)
  if (!ts.isArrayLiteralExpression(table)) return []
  return table.elements.flatMap((row) =>
    ts.isSpreadElement(row) ? rowsOf(row.expression, source) : [row],
  )
}

function initializerOf(name: string, { nodes }: Source): ts.Expression | undefined {
  const declaration = nodes
    .filter((node) => ts.isVariableDeclaration(node))
    .find((node) => ts.isIdentifier(node.name) && node.name.text === name)
  return declaration?.initializer
}

/** `%s` takes the next cell of the row, `$name` the property of that name. */
function fillIn(title: string, row: ts.Expression): string {
  const cells = ts.isArrayLiteralExpression(row) ? [...row.elements] : [row]
  return title.replaceAll(PLACEHOLDER, (placeholder) => {
    const named = placeholder.startsWith('$')
    const cell = named ? propertyOf(row, placeholder.slice(1)) : cells.shift()
    return (cell === undefined ? undefined : textOf(cell)) ?? placeholder
  })
}

function propertyOf(row: ts.Expression, name: string): ts.Expression | undefined {
  if (!ts.isObjectLiteralExpression(row)) return undefined
  const property = row.properties
    .filter((property) => ts.isPropertyAssignment(property))
    .find((property) => ts.isIdentifier(property.name) && property.name.text === name)
  return property?.initializer
}

/** The text of a literal, a template or a sum of them. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(
      ({ expression, literal }) => `${textOf(expression) ?? UNKNOWN}${literal.text}`,
    )
    return `${node.head.text}${spans.join('')}`
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) {
    return undefined
  }
  return `${textOf(node.left) ?? UNKNOWN}${textOf(node.right) ?? UNKNOWN}`
}

function idCount(text: string): number {
  return [...text.matchAll(BRACKETED)].length
}

function plain(text: string): string {
  return text
    .replaceAll(BRACKETED, '')
    .replaceAll(PLACEHOLDER, UNKNOWN)
    .replaceAll(/\s+/g, ' ')
    .replace(/[\s…]+$/, '')
    .trim()
}
