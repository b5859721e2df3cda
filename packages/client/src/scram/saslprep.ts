/**
 * SASLprep (RFC 4013): user names and passwords that look the same are made the same.
 *
 * Mapping, normalization and prohibition are those of the RFC. Two of its tables are not here: code
 * points that Unicode 3.2 had not assigned are let through, since half of what people type today
 * came later; and which characters run from right to left is told by their block, which is right
 * for letters and a little generous for signs.
 */

/** The prepared text. @throws {TypeError} naming `what`, for what may not be in it. */
export function saslprep(text: string, what: string): string {
  const mapped = text.replaceAll(SPACE, ' ').replaceAll(NOTHING, '')
  const prepared = mapped.normalize('NFKC')
  const prohibited = PROHIBITED.exec(prepared)?.[0]
  if (prohibited !== undefined) {
    throw new TypeError(`The ${what} contains ${nameOf(prohibited)}, which SASLprep prohibits`)
  }
  if (RIGHT_TO_LEFT.test(prepared)) checkDirection(prepared, what)
  return prepared
}

/** RFC 3454 §6: no mixture, and what ran the other way must begin and end in it. */
function checkDirection(prepared: string, what: string): void {
  const characters = Array.from(prepared)
  const isRightToLeft = (character: string | undefined): boolean =>
    RIGHT_TO_LEFT.test(character ?? '')
  const mixed = characters.some((character) => LETTER.test(character) && !isRightToLeft(character))
  if (mixed || !isRightToLeft(characters[0]) || !isRightToLeft(characters.at(-1))) {
    const sentence = `The ${what} mixes directions of writing, which SASLprep prohibits`
    throw new TypeError(`${sentence}: it has to begin and end with right-to-left characters`)
  }
}

function nameOf(character: string): string {
  const digits = character.codePointAt(0)?.toString(16).toUpperCase() ?? ''
  return `U+${digits.padStart(4, '0')}`
}

/** Table C.1.2 of RFC 3454, without the space that is one. */
const SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu

/** Table B.1. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu

/** Tables C.2 to C.9, as far as mapping and normalization leave something of them. */
const PROHIBITED = new RegExp(
  '[' +
    String.raw`\p{Cc}\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\u{1d173}-\u{1d17a}` +
    String.raw`\p{Co}\p{Noncharacter_Code_Point}\p{Cs}` +
    String.raw`\ufff9-\ufffd\u2ff0-\u2ffb\u200e\u200f\u202a-\u202e\u{e0001}\u{e0020}-\u{e007f}` +
    ']',
  'u',
)

/** In place of table D.1: the blocks from Hebrew to Arabic Extended, and the presentation forms. */
const RIGHT_TO_LEFT = /(?![\p{M}\p{N}])[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u

/** In place of table D.2. */
const LETTER = /\p{L}/u
