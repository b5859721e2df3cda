// Sizes: a file fits in the head, a function on a screen, a line in a column of a review.

import ts from 'typescript'
import type { Violation } from '../violation.ts'
import { lineOf, type Source, type Workspace } from '../workspace.ts'

const RULE = 'size'
const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 70
const COLUMNS_MAX = 100

/** Checks the lengths of files, functions (tests excepted) and lines. */
export function size(workspace: Workspace): readonly Violation[] {
  return workspace.sources.flatMap((source) => [
    ...fileViolations(source),
    ...(source.area === 'test' ? [] : functionViolations(source)),
    ...lineViolations(source),
  ])
}

function fileViolations({ file, text }: Source): readonly Violation[] {
  const lines = text.trimEnd().split('\n').length
  if (lines <= FILE_LINES_MAX) return []
  const message = `Split it: ${lines} lines, at most ${FILE_LINES_MAX}.`
  return [{ file, line: FILE_LINES_MAX + 1, rule: RULE, message }]
}

function functionViolations(source: Source): readonly Violation[] {
  return source.nodes.flatMap((node) => {
    if (!ts.isFunctionLike(node)) return []
    const line = lineOf(source, node)
    const lines = source.ast.getLineAndCharacterOfPosition(node.end).line + 2 - line
    if (lines <= FUNCTION_LINES_MAX) return []
    const message = `Split the function: ${lines} lines, at most ${FUNCTION_LINES_MAX}.`
    return [{ file: source.file, line, rule: RULE, message }]
  })
}

function lineViolations(source: Source): readonly Violation[] {
  return source.text.split('\n').flatMap((line, index) => {
    const columns = line.length
    if (columns <= COLUMNS_MAX || isExcused(source, line)) return []
    const message = `Break the line: ${columns} columns, at most ${COLUMNS_MAX}.`
    return [{ file: source.file, line: index + 1, rule: RULE, message }]
  })
}

const UNBREAKABLE = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|https?:\/\/\S+/g

// A test's title is a sentence, and its bytes are one literal: breaking either makes it worse.
function isExcused({ area }: Source, line: string): boolean {
  return area === 'test' && line.replaceAll(UNBREAKABLE, '').length <= COLUMNS_MAX
}
