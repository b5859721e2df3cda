/*
 * Section 4.7 word by word: both strings are cut into levels, and levels are compared one by one.
 */

/** Returns whether a valid Topic Filter matches a valid Topic Name; slow and easy to check. */
export function naiveMatches(filter: string, topicName: string): boolean {
  if (topicName.startsWith('$') && (filter.startsWith('#') || filter.startsWith('+'))) return false
  const wanted = filter.split('/')
  const levels = topicName.split('/')
  if (wanted.at(-1) === '#') {
    // What stands before the # is matched by the parent level and by everything below it.
    wanted.pop()
    if (levels.length < wanted.length) return false
    levels.length = wanted.length
  }
  if (wanted.length !== levels.length) return false
  return wanted.every((level, depth) => level === '+' || level === levels[depth])
}
