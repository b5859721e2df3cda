// Which statement has which test: what counts as naming one, what the rule finds, and the document.

import { describe, expect, it } from 'vitest'
import { coverage } from '../src/rules/coverage.ts'
import { coverageOf } from '../src/statements/coverage.ts'
import { documentOf } from '../src/statements/document.ts'
import { testTitles } from '../src/statements/test-title.ts'
import { describeViolation } from '../src/violation.ts'
import { workspaceOf } from '../src/workspace.ts'

const TEST = 'packages/a/test/a.test.ts'

describe('a test names a statement', () => {
  const titlesOf = (text: string, file = TEST): readonly string[] =>
    testTitles(workspaceOf(new Map([[file, text]]))).map(
      ({ title, ids }) => `${title} (${ids.join(' ')})`,
    )

  it.each([
    ["it('is so [A] [B]', f)", 'is so (A B)'],
    ["test('is [A] so', f)", 'is so (A)'],
    ["describe('it [A]', f)", 'it (A)'],
    ["it.skipIf(absent).each(rows)('of %s is so [A]', f)", 'of … is so (A)'],
    ['it(`is so [A]${absence(peer)}`, f)', 'is so (A)'],
    ['it(`in ${version} is so [A]`, f)', 'in … is so (A)'],
    ["it('is so ' + '[A]', f)", 'is so (A)'],
    ['it.each`a\n${1}`("is so [A]", f)', 'is so (A)'],
    ["describe('it', () => { describe('now', () => { it('is [A]', f) }) })", 'it > now > is (A)'],
  ])('in the title: %s', (text, title) => {
    expect(titlesOf(withIds(text))).toEqual([withIds(title)])
  })

  it('in a row that goes into the title', () => {
    const text = `
      const ROWS = [['b [B]', 1], ['c', 2], ['d', 3, '[C]']] as const
      it.each(ROWS)('of %s is %i', f)
      it.each([{ name: 'a [A]', other: '[C]' }, { name: 'e' }])('of $name', f)
      it.each([...['f [B]'], g])('of %s [A]', f)`
    expect(titlesOf(withIds(text))).toEqual(
      ['of b is (B)', 'of a (A)', 'of f (B A)', 'of (A)'].map(withIds),
    )
  })

  it('nowhere else', () => {
    const text = "// [A]\nit('is so', () => { expect(f).toThrow('[A]') })\nit('is A', f)"
    expect(titlesOf(withIds(text))).toEqual([])
    for (const file of ['packages/a/src/a.ts', 'tools/a/test/a.test.ts']) {
      expect(titlesOf(withIds("it('is so [A]', f)"), file)).toEqual([])
    }
  })
})

describe('coverage', () => {
  it('lets pass what is tested, explained, only of clients, or proven by counterparts', () => {
    expect(violationsOf({}, 'A', 'B')).toEqual([])
    expect(violationsOf({ reasons: ['B\tNobody sees it.'] }, 'A')).toEqual([])
  })

  it('finds what has neither test nor reason, and the 3.1.1 that is like it', () => {
    expect(violationsOf({}, 'A', 'C')).toEqual([
      'tools/tidy/statements.tsv:3 [coverage] Name B in the title of a test, or say in tools/tidy/untested-statements.tsv why not: B has neither.',
      'tools/tidy/statements.tsv:5 [coverage] Name A and B in the title of a test, or say in tools/tidy/untested-statements.tsv why not: D has neither.',
    ])
  })

  it.each([
    ['B\tNobody sees it.', 'Take B away: it has a test in packages/a/test/a.test.ts.'],
    ['MQTT-9\tNobody.', 'MQTT-9 is no statement: look it up in tools/tidy/statements.tsv.'],
    ['C\t', 'Give C one reason.'],
    ['C', 'Give C one reason.'],
  ])('finds the bad reason %j', (row, message) => {
    expect(violationsOf({ reasons: [row] }, 'A', 'B')).toEqual([
      `tools/tidy/untested-statements.tsv:2 [coverage] ${message}`,
    ])
  })

  it('finds a second reason', () => {
    expect(violationsOf({ reasons: ['C\tOne.', 'C\tTwo.'] }, 'A', 'B')).toEqual([
      'tools/tidy/untested-statements.tsv:3 [coverage] Give C one reason.',
    ])
  })

  it('finds rows that do not fit together', () => {
    const rows = ['D\t5.0\tclient\tMUST\t1\t', 'A\t3.1.1\tclient\tMUST\t1\tD']
    expect(violationsOf({ rows })).toEqual([
      'tools/tidy/statements.tsv:2 [coverage] Write D with MQTT-, for it is of 5.0.',
      'tools/tidy/statements.tsv:3 [coverage] Write A with MQTT311-, for it is of 3.1.1.',
    ])
    expect(violationsOf({ rows: ['D\t3.1.1\tclient\tMUST\t1\tD'] })).toEqual([
      'tools/tidy/statements.tsv:2 [coverage] D is no statement of 5.0 that D could be like.',
    ])
  })

  it('finds a document that is out of date, and says how to write it', () => {
    const files = filesWith({}, 'A', 'B')
    const found = (text: string): readonly string[] =>
      coverage(workspaceOf(new Map([...files, ['docs/statements.md', text]]))).map(
        describeViolation,
      )
    const advice = '[coverage] Out of date: run pnpm --filter @godwit/tidy run statements.'
    const text = files.get('docs/statements.md')!
    expect(found(text.replace('Which', 'What'))).toEqual([`docs/statements.md:3 ${advice}`])
    expect(found(`${text}\n`)).toEqual([expect.stringContaining(advice)])
  })
})

describe('the document', () => {
  it('counts, and has a row for each statement', () => {
    const lines = documentIn(filesWith({ reasons: ['C\tNobody sees it.'] }, 'A'))
    expect(lines.filter((line) => /^\| (?!---|MQTT \||statement)/.test(line))).toEqual(
      [
        '| 5.0 | 3 | 2 | 1 | 0 | 1 | 1 | 0 |',
        '| 3.1.1 | 1 | 1 | 0 | 0 | 1 | 0 | 0 |',
        '| A | both | MUST | `a/src/a.ts` | `a/test/a.test.ts` is \\| so |',
        '| B | server | MUST NOT |  | **missing** |',
        '| C | client | MUST |  | _Nobody sees it._ |',
        '| D | both | MUST |  | **missing** _as_ A, B |',
      ].map(withIds),
    )
  })

  it('counts tests and sources where there are many', () => {
    const files = filesWith({}, 'A', 'A', 'A', 'B')
    for (const name of ['b', 'c', 'd']) {
      files.set(`packages/a/src/${name}.ts`, withIds("fault('x', 'A')"))
    }
    expect(documentIn(files)).toContain(
      withIds(
        '| A | both | MUST | `a/src/a.ts`<br>`a/src/b.ts`<br>`a/src/c.ts`<br>1 more | `a/test/a.test.ts` 3 |',
      ),
    )
  })
})

interface Tables {
  readonly rows?: readonly string[]
  readonly reasons?: readonly string[]
}

const ROWS = [
  'A\t5.0\tboth\tMUST\t1\t',
  'B\t5.0\tserver\tMUST NOT\t1\t',
  'C\t5.0\tclient\tMUST\t1\t',
  'D\t3.1.1\tboth\tMUST\t1\tA B',
]

/** What the rule finds where tests name these ids, and the document is as it should be. */
function violationsOf(tables: Tables, ...tested: readonly string[]): readonly string[] {
  const files = filesWith(tables, ...tested)
  return coverage(workspaceOf(files)).map((violation) => withLetters(describeViolation(violation)))
}

function filesWith(
  { rows = ROWS, reasons = [] }: Tables,
  ...tested: readonly string[]
): Map<string, string> {
  const table = (head: string, lines: readonly string[]): string =>
    withIds([head, ...lines, ''].join('\n'))
  const files = new Map([
    ['packages/a/package.json', '{}'],
    ['packages/a/src/a.ts', withIds('// [A]\nf()')],
    ['packages/a/src/testing/b.ts', withIds('// [A]\nf()')],
    [TEST, withIds(tested.map((id) => `it('is | so [${id}]', f)`).join('\n'))],
    ['tools/tidy/statements.tsv', table('id', rows)],
    ['tools/tidy/untested-statements.tsv', table('id', reasons)],
  ])
  return files.set('docs/statements.md', documentOf(coverageOf(workspaceOf(files))))
}

function documentIn(files: ReadonlyMap<string, string>): readonly string[] {
  return documentOf(coverageOf(workspaceOf(files))).split('\n')
}

// Put together here, for the rule about ids reads this file too.
const idOf = (prefix: string, number: number): string => `${prefix}-1.1.1-${number}`

const IDS: ReadonlyMap<string, string> = new Map([
  ['A', idOf('MQTT', 1)],
  ['B', idOf('MQTT', 2)],
  ['C', idOf('MQTT', 3)],
  ['D', idOf('MQTT311', 1)],
])

function withIds(text: string): string {
  return text.replaceAll(/\b[A-D]\b/g, (letter) => IDS.get(letter) ?? letter)
}

function withLetters(text: string): string {
  return [...IDS].reduce((found, [letter, id]) => found.replaceAll(id, letter), text)
}
