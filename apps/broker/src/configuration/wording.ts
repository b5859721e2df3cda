/** The words of faults: what was got, what is allowed, what was perhaps meant. */
import { distance } from 'fastest-levenshtein'

/** Where something stands in a configuration, such as `['listeners', 0, 'url']`. */
export type Path = readonly (string | number)[]

/** A path as people write it: `listeners[0].url`. */
export function pathText(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${clean(step)}`))
  return text.join('').replace(/^\./, '')
}

/** What was got, such as `is "loud"`; what is secret is not shown. */
export function gotText(input: unknown, isSecret = false): string {
  if (input === undefined || input === null || input === '') return 'is empty'
  if (Array.isArray(input)) return 'is a list'
  if (typeof input === 'object') return 'is a mapping of keys'
  if (typeof input === 'function') return 'is a function'
  if (isSecret) return `is a ${typeof input === 'string' ? 'text' : typeof input}`
  return typeof input === 'string' ? `is ${quoted(input)}` : `is ${JSON.stringify(input)}`
}

/**
 * A text between quotation marks, clipped, without the password that a URL may have, and harmless
 * to a terminal.
 */
function quoted(text: string): string {
  const bare = text.replace(CREDENTIALS, '//…@')
  const clipped = bare.length > CLIPPED_LENGTH ? `${bare.slice(0, CLIPPED_LENGTH)}…` : bare
  return JSON.stringify(clipped).replaceAll(CONTROLS, escaped)
}

/** The same without the marks, for a name. */
export function clean(text: string): string {
  return quoted(text).slice(1, -1)
}

/** Who a URL is for, in front of its host. */
const CREDENTIALS = /\/\/[^/@\s]*@/g

const CLIPPED_LENGTH = 80

/** What JSON leaves as it is, and a terminal does not: DEL, C1, and marks of direction. */
const CONTROLS = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** A text of others as a part of a line: whole, and harmless to a terminal. */
export function harmless(text: string): string {
  const escapes = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"')
  return escapes.replaceAll(CONTROLS, escaped)
}

/** `a, b or c` */
export function anyOf(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`
}

/** The name nearest to what was written, if any is near enough. */
export function nearMiss(written: string, names: Iterable<string>): string | undefined {
  const wanted = plain(written)
  let best: string | undefined
  // More than a quarter of the letters wrong is no slip of the finger.
  let least = Math.max(1, Math.floor(wanted.length / 4)) + 1
  for (const name of names) {
    const steps = isSwapped(wanted, plain(name)) ? 1 : distance(wanted, plain(name))
    if (steps < least) {
      least = steps
      best = name
    }
  }
  return best
}

/** Whether two letters that stand side by side have changed places: one slip, not two. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let at = 0
  while (at < a.length && a.charAt(at) === b.charAt(at)) at += 1
  const swapped = a.slice(0, at) + a.charAt(at + 1) + a.charAt(at) + a.slice(at + 2)
  return at < a.length && swapped === b
}

/** `: did you mean a?`, or nothing. */
export function didYouMean(written: string, names: Iterable<string>): string {
  const meant = nearMiss(written, names)
  return meant === undefined ? '' : `: did you mean ${meant}?`
}

/** `password_file` and `passwordFile` are one slip. */
function plain(name: string): string {
  return name.slice(0, CLIPPED_LENGTH).toLowerCase().replaceAll(/[_-]/g, '')
}
