// The normative statements of the specification, as `statements.tsv` has them, and the reasons in
// `untested-statements.tsv` why some of them have no test.

/** One normative statement of one version. */
export interface Statement {
  /** As code and tests write it: `MQTT-…` is of 5.0, `MQTT311-…` of 3.1.1. */
  readonly id: string
  readonly version: Version
  /** Which end of a Network Connection it binds. */
  readonly side: Side
  readonly level: Level
  readonly section: string
  /** Of a statement of 3.1.1: those of 5.0 which together demand the same of the same packets. */
  readonly counterparts: readonly string[]
}

/** The versions that have numbered statements. */
export type Version = (typeof VERSIONS)[number]

/** The end of a Network Connection that a statement binds. */
type Side = (typeof SIDES)[number]

/** How a statement binds. */
type Level = (typeof LEVELS)[number]

/** The versions, in the order of the table. */
export const VERSIONS = ['5.0', '3.1.1'] as const

/** Where the statements are. */
export const STATEMENTS_FILE = 'tools/tidy/statements.tsv'

/** Where the reasons are. */
export const REASONS_FILE = 'tools/tidy/untested-statements.tsv'

/** The rows of `statements.tsv`. @throws Error on a row that says what cannot be. */
export function parseStatements(tsv: string): readonly Statement[] {
  return rowsOf(tsv).map(({ line, cells }) => {
    const [id = '', version, side, level, section = '', counterparts = ''] = cells
    const at = `${STATEMENTS_FILE}:${line}`
    return {
      id,
      version: oneOf(VERSIONS, version, at),
      side: oneOf(SIDES, side, at),
      level: oneOf(LEVELS, level, at),
      section,
      counterparts: counterparts.split(' ').filter((counterpart) => counterpart !== ''),
    }
  })
}

/** Why a statement has no test. */
export interface Reason {
  readonly line: number
  readonly id: string
  readonly reason: string
}

/** The rows of `untested-statements.tsv`. */
export function parseReasons(tsv: string): readonly Reason[] {
  return rowsOf(tsv).map(({ line, cells: [id = '', reason = ''] }) => ({ line, id, reason }))
}

const SIDES = ['client', 'server', 'both'] as const
const LEVELS = ['MUST', 'MUST NOT'] as const

interface Row {
  /** Counted from 1; the first one is the head. */
  readonly line: number
  readonly cells: readonly string[]
}

function rowsOf(tsv: string): readonly Row[] {
  return tsv.split('\n').flatMap((text, index) => {
    const isRow = index > 0 && text !== ''
    return isRow ? [{ line: index + 1, cells: text.split('\t') }] : []
  })
}

function oneOf<T extends string>(known: readonly T[], text: string | undefined, at: string): T {
  const found = known.find((value) => value === text)
  if (found !== undefined) return found
  throw new Error(`${at}: write one of ${known.join(', ')}, not ${String(text)}.`)
}
