/**
 * What a log line may do to whoever reads it: nothing. JSON escapes line breaks and what is below
 * a space; this escapes the rest of what moves a cursor, breaks a line or turns its text around,
 * in everything that a line says, wherever it came from.
 */

/** How a line is written: as JSON, or for people. */
export type LineForm = (line: string) => string

/** A line of JSON that means what it did and has no character that is not seen. */
export const jsonLine: LineForm = (line) => line.replaceAll(UNSEEN, escaped)

/**
 * The form for people, which `prettify` makes of an object. Only strings called `stack` have more
 * lines than one, and `prettify` is to indent those.
 */
export function prettyLine(prettify: (line: object) => string): LineForm {
  return (line) => {
    const parsed: unknown = JSON.parse(line, shown)
    return typeof parsed === 'object' && parsed !== null ? prettify(parsed) : ''
  }
}

/** Controls, and what changes the characters around it unseen. A line ends in a line break. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

function shown(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (key === 'stack') return value.replaceAll(UNSEEN, escaped)
  // pino-pretty writes a field as JSON and then halves its backslashes.
  const text = key === 'msg' ? value : value.replaceAll('\\', '\\\\')
  return text.replaceAll(UNSEEN, escaped).replaceAll('\n', escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
