// Leftovers: marks of unfinished work, paths of somebody's machine, tests that do not run.

import ts from 'typescript'
import type { Violation } from '../violation.ts'
import { lineOf, type Source, type Workspace } from '../workspace.ts'

const RULE = 'leftovers'

// The brackets keep these expressions from finding themselves.
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b/, 'Do it, or open an issue and take the mark away.'],
  [/@@\w+@@/, 'Put in what the placeholder stands for.'],
  [/(?<![\w.+#-])\/(?:wor[k]|roo[t]|home\/\w+)\//, 'Take away the path of a machine.'],
  [/\bshared\/(?:desig[n]|spe[c])\b/, 'Take away the path of a machine.'],
  [/\bregistry\.(?:npmj[s]|yarnpk[g])\b/, 'Do not name the host of a package registry.'],
]

/** Checks every text file for marks and paths, and every test for `only`, `skip` and `todo`. */
export function leftovers(workspace: Workspace): readonly Violation[] {
  return [...textViolations(workspace.files), ...workspace.sources.flatMap(idleTests)]
}

function textViolations(files: ReadonlyMap<string, string>): readonly Violation[] {
  return [...files].flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) =>
      PATTERNS.filter(([pattern]) => pattern.test(line)).map(([, message]) => ({
        file,
        line: index + 1,
        rule: RULE,
        message,
      })),
    ),
  )
}

const TESTS = ['it', 'test', 'describe', 'suite', 'bench']
const IDLE = ['only', 'skip', 'todo']

function idleTests(source: Source): readonly Violation[] {
  return source.nodes.flatMap((node) => {
    if (!ts.isPropertyAccessExpression(node) || !IDLE.includes(node.name.text)) return []
    const [subject = ''] = node.expression.getText(source.ast).split('.')
    if (!TESTS.includes(subject)) return []
    const message = `Run the test, or take it away: no ${subject}.${node.name.text}.`
    return [{ file: source.file, line: lineOf(source, node), rule: RULE, message }]
  })
}
