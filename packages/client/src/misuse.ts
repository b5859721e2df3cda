/** The error for a program that asks for what makes no sense. */

/** A `TypeError` whose message ends with what was got, cut short. */
export function misuse(sentence: string, got: unknown): TypeError {
  return new TypeError(`${sentence}, got ${shown(got)}`)
}

function shown(got: unknown): string {
  if (typeof got === 'string') return JSON.stringify(got.slice(0, 64))
  if (typeof got === 'function') return 'a function'
  if (Array.isArray(got)) return 'an array'
  return typeof got === 'object' && got !== null ? 'an object' : String(got)
}
