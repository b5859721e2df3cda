/**
 * Text of clients on a terminal: nothing that moves the cursor, changes colours, answers back, or
 * turns the direction of writing gets there. Client Identifiers and topics are such text.
 */

/** The text with each character that is not safe written out, as `\x1b` or `\u202e`. */
export function visible(text: string): string {
  let safe = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    safe += isUnsafe(code) ? `\\${code < 0x100 ? hex('x', code, 2) : hex('u', code, 4)}` : character
  }
  return safe
}

/** The same for JSON, where what is below a space is written out already. */
export function visibleJson(json: string): string {
  let safe = ''
  for (const character of json) {
    const code = character.codePointAt(0) ?? 0
    safe += code >= 0x20 && isUnsafe(code) ? unicodeEscapes(character) : character
  }
  return safe
}

/** From first to last. */
const UNSAFE_RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x1f], // C0
  [0x7f, 0x9f], // DEL, C1
  [0xad, 0xad], // soft hyphen
  [0x061c, 0x061c], // direction
  [0x200b, 0x200f], // without width, direction
  [0x2028, 0x202e], // lines, paragraphs, direction
  [0x2060, 0x206f], // without width, direction
  [0xd800, 0xdfff], // halves of characters
  [0xfeff, 0xfeff], // BOM
  [0xfff9, 0xfffb], // annotations
  [0xe0000, 0xe007f], // tags, which nothing shows
]

function isUnsafe(code: number): boolean {
  return UNSAFE_RANGES.some(([first, last]) => code >= first && code <= last)
}

/** JSON writes what is beyond 16 bits as two halves. */
function unicodeEscapes(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\${hex('u', character.charCodeAt(at), 4)}`,
  ).join('')
}

function hex(letter: string, code: number, digits: number): string {
  return `${letter}${code.toString(16).padStart(digits, '0')}`
}
