/**
 * The format strings of `mosquitto_sub -F`: `%` begins a part of the message, `@` a part of the
 * time, `\` a character that is hard to type. See its manual, section Output Format.
 */
import { InvalidArgumentError } from 'commander'

/** A part of a message with the width that it is to have. */
export interface FieldPiece {
  readonly field: string
  /** `-`: to the left, with blanks behind. */
  readonly leftAligned: boolean
  /** `0`: with zeros in front. */
  readonly zeroPadded: boolean
  readonly width: number
  /** Where to cut it off; `undefined` for nowhere. */
  readonly precision: number | undefined
}

/** A piece of a format: text as it is, a part of the message, or one of the time. */
export type FormatPiece =
  | { readonly literal: string }
  | FieldPiece
  /** A letter of strftime(3). */
  | { readonly time: string }

const FIELDS = 'ACDEFIJPRSUXjlmpqrtx'

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ['0', '\0'],
  ['a', '\x07'],
  ['e', '\x1b'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

// The sticky flag has each match begin where the last one ended.
const PIECE = /%([-0]*)(\d*)(?:\.(\d*))?([^]?)|@([^]?)|\\([^]?)|[^%@\\]+/gy

/** Takes a format apart. @throws {InvalidArgumentError} for what is none. */
export function parseFormat(format: string): readonly FormatPiece[] {
  return [...format.matchAll(PIECE)].map((match) => {
    const [text, flags = '', width = '', precision, field, time, escape] = match
    if (field !== undefined) return fieldPiece({ flags, width, precision, field })
    if (time !== undefined) return timePiece(time)
    if (escape !== undefined) return { literal: escaped(escape) }
    return { literal: text }
  })
}

interface FieldParts {
  readonly flags: string
  readonly width: string
  readonly precision: string | undefined
  readonly field: string
}

/** Wider than any terminal or file wants: what is above it is a slip. */
const WIDTH_MAX = 10_000

function fieldPiece({ flags, width, precision, field }: FieldParts): FormatPiece {
  if (field === '%') return { literal: '%' }
  if (field === '')
    throw new InvalidArgumentError('It ends in the middle of a %: write %% for one.')
  if (!FIELDS.includes(field)) {
    throw new InvalidArgumentError(
      `There is no %${field}: there are ${FIELDS.split('').join(' ')}.`,
    )
  }
  if (Number(width) > WIDTH_MAX) {
    throw new InvalidArgumentError(`A width is at most ${WIDTH_MAX}.`)
  }
  return {
    field,
    leftAligned: flags.includes('-'),
    zeroPadded: flags.includes('0') && !flags.includes('-'),
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
  }
}

function timePiece(letter: string): FormatPiece {
  if (letter === '') throw new InvalidArgumentError('It ends with an @: write @@ for one.')
  return letter === '@' ? { literal: '@' } : { time: letter }
}

function escaped(character: string): string {
  const meant = ESCAPES.get(character)
  if (meant !== undefined) return meant
  const all = [...ESCAPES.keys()].map((key) => `\\${key}`).join(' ')
  throw new InvalidArgumentError(
    character === ''
      ? 'It ends with a \\: write \\\\ for one.'
      : `There is no \\${character}: there are ${all}.`,
  )
}
