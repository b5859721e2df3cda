// `docs/statements.md`: which test proves which statement, as Markdown made of the coverage.

import { REASONS_FILE, STATEMENTS_FILE, VERSIONS, type Version } from './statement.ts'
import type { Coverage } from './coverage.ts'
import type { TestTitle } from './test-title.ts'

/** Where the document is. */
export const DOCUMENT_FILE = 'docs/statements.md'

/** What writes it anew. */
export const COMMAND = 'pnpm --filter @godwit/tidy run statements'

/** The document, to the last byte. */
export function documentOf(coverage: readonly Coverage[]): string {
  const ofVersion = (version: Version): readonly Coverage[] =>
    coverage.filter(({ statement }) => statement.version === version)
  const parts = [
    PREAMBLE,
    table(
      [
        'MQTT',
        'statements',
        'bind a server',
        'tested',
        'explained',
        'missing',
        'client only',
        'tested',
      ],
      VERSIONS.map((version) => [version, ...countsOf(ofVersion(version))]),
    ),
    ...VERSIONS.flatMap((version) => [
      `## MQTT ${version}`,
      table(HEAD, ofVersion(version).map(rowOf)),
    ]),
  ]
  return `${parts.join('\n\n')}\n`
}

const PREAMBLE = `# Statements and their tests

Which test proves which normative statement of the specification, by the ids in brackets at the end
of test titles. Written by \`${COMMAND}\` from the titles,
[\`statements.tsv\`](../${STATEMENTS_FILE}), and the reasons in
[\`untested-statements.tsv\`](../${REASONS_FILE}).

The same number is one statement in 5.0 and another in 3.1.1, so \`MQTT-…\` is always of 5.0 and
\`MQTT311-…\` of 3.1.1. Where 5.0 demands the same of the same packets, the row of 3.1.1 says _as_
and the ids of 5.0, and tests name only those. What binds clients only may lack a test; where it has
one, our server is shown to refuse the opposite, or our client to obey.`

const HEAD = ['statement', 'side', 'level', 'named in', 'tests']
const TESTS_SHOWN_MAX = 2
const SOURCES_SHOWN_MAX = 3
const TITLE_LENGTH_MAX = 90

function countsOf(coverage: readonly Coverage[]): readonly string[] {
  const binding = coverage.filter(({ statement }) => statement.side !== 'client')
  const others = coverage.filter(({ statement }) => statement.side === 'client')
  const count = (among: readonly Coverage[], wanted: Coverage['standing']): number =>
    among.filter(({ standing }) => standing === wanted).length
  return [
    coverage.length,
    binding.length,
    count(binding, 'tested'),
    count(binding, 'explained'),
    count(binding, 'missing'),
    others.length,
    count(others, 'tested'),
  ].map(String)
}

function rowOf(covered: Coverage): readonly string[] {
  const { id, side, level } = covered.statement
  return [id, side, level, namedIn(covered.sources), proofOf(covered)]
}

function namedIn(sources: readonly string[]): string {
  const shown = sources.slice(0, SOURCES_SHOWN_MAX).map((file) => `\`${short(file)}\``)
  const rest = sources.length - shown.length
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join('<br>')
}

function proofOf({ statement, standing, tests, reason }: Coverage): string {
  if (tests.length > TESTS_SHOWN_MAX) return countedTests(tests)
  if (tests.length > 0) return tests.map(shownTest).join('<br>')
  if (reason !== undefined) return `_${reason}_`
  const { counterparts } = statement
  return [
    ...(standing === 'missing' ? ['**missing**'] : []),
    ...(counterparts.length > 0 ? [`_as_ ${counterparts.join(', ')}`] : []),
  ].join(' ')
}

function shownTest({ file, title }: TestTitle): string {
  const cut = title.length > TITLE_LENGTH_MAX ? `${title.slice(0, TITLE_LENGTH_MAX)}…` : title
  return `\`${short(file)}\` ${cut.replaceAll(/[\\`*_<|[\]$]/g, String.raw`\$&`)}`
}

function countedTests(tests: readonly TestTitle[]): string {
  const files = [...new Set(tests.map(({ file }) => file))]
  const counts = files.map((file) => {
    const count = tests.filter((test) => test.file === file).length
    return `\`${short(file)}\` ${count}`
  })
  return counts.join('<br>')
}

function short(file: string): string {
  return file.replace(/^packages\//, '')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map(() => '---')
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
