/** JSON on many lines in the manner of mosquitto_sub: tabs, and the members of lists in a row. */

/** The text of a value inside so many objects and lists, counted from 1. */
export function jsonText(value: unknown, depth = 1): string {
  if (Array.isArray(value)) {
    return `[${value.map((each: unknown) => jsonText(each, depth + 1)).join(', ')}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const tabs = '\t'.repeat(depth)
  const members = Object.entries(value).map(
    ([key, each]) => `${tabs}${JSON.stringify(key)}:\t${jsonText(each, depth + 1)}`,
  )
  const inside = members.length === 0 ? '' : `${members.join(',\n')}\n`
  return `{\n${inside}${'\t'.repeat(depth - 1)}}`
}
