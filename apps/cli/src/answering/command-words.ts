/** A command line taken apart into words as a shell does it, and nothing else that a shell does. */

// A part in single quotes, one in double quotes, an escaped character, or plain ones.
const PART = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)|(\s+)|([^])/g

/** The words of a line; `undefined` if a quote is not closed. */
export function commandWords(line: string): readonly string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (const [, single, double, escaped, plain, space, stray] of line.matchAll(PART)) {
    if (stray !== undefined) return undefined
    if (space !== undefined) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      const part = single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? ''
      word = (word ?? '') + part
    }
  }
  return word === undefined ? words : [...words, word]
}
