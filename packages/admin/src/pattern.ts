/**
 * Patterns in which `*` stands for any text, also none: `sensor-*`, `*kitchen*`. No regular
 * expression is made of them: names are looked for one after the other, and no step is taken back.
 */

/** Whether a pattern matches a whole name. */
export function patternMatches(pattern: string, name: string): boolean {
  const pieces = pattern.split('*')
  const first = pieces.shift() ?? ''
  const last = pieces.pop()
  if (last === undefined) return name === first
  if (name.length < first.length + last.length) return false
  if (!name.startsWith(first) || !name.endsWith(last)) return false
  const end = name.length - last.length
  let at = first.length
  for (const piece of pieces) {
    const found = name.indexOf(piece, at)
    if (found === -1 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
