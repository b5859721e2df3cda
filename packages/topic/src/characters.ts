/*
 * The four characters that mean something in a Topic Name or a Topic Filter (sections 4.7.1 and
 * 4.7.2), as UTF-16 code units, and the step that every walk over topic levels takes.
 */

/** `/`, the topic level separator. */
export const SEPARATOR = 0x2f
/** `+`, the single-level wildcard. */
export const PLUS = 0x2b
/** `#`, the multi-level wildcard. */
export const HASH = 0x23
/** `$`, which hides a Topic Name from filters that start with a wildcard. */
export const DOLLAR = 0x24

/** Returns where the level that starts at `start` ends: at the next separator or at the end. */
export function levelEnd(text: string, start: number): number {
  const separator = text.indexOf('/', start)
  return separator === -1 ? text.length : separator
}

/** Returns whether the text holds a wildcard character anywhere. */
export function hasWildcard(text: string): boolean {
  return text.includes('+') || text.includes('#')
}
