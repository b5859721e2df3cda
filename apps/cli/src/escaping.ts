/**
 * Text from somewhere else, made harmless for a terminal: nothing that moves the cursor, changes
 * colours, answers back or turns the direction of writing reaches it.
 */

// C0, DEL, C1; separators of lines and paragraphs; what turns the direction of text; BOM.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200e\u200f\u061c\ufeff]/g

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\u001b', '\\e'],
])

/** The text with each control character written out, `\n` or `\x1b`; `keep` lists exceptions. */
export function visible(text: string, keep = ''): string {
  return text.replaceAll(UNSAFE, (character) =>
    keep.includes(character) ? character : escaped(character),
  )
}

function escaped(character: string): string {
  const named = NAMED.get(character)
  if (named !== undefined) return named
  const code = character.charCodeAt(0)
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The same for JSON, in its own way of writing them; those below a space it has written. */
export function visibleJson(json: string): string {
  return json.replaceAll(UNSAFE, (character) =>
    character < ' ' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
