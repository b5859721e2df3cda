/** What is not there, or not offered, as problems. */
import { Problem } from '../problem.ts'

/** What was found. @throws {Problem} 404 with this sentence if nothing was. */
export function found<T>(value: T | undefined | false, sentence: string): T {
  if (value === undefined || value === false) throw new Problem('not-found', sentence)
  return value
}

/** A part of the backend. @throws {Problem} 501 if it has none. */
export function offered<T>(part: T | undefined, what: string): T {
  if (part === undefined) throw notOffered(what)
  return part
}

/** 501: the backend cannot do this. */
export function notOffered(what: string): Problem {
  return new Problem('not-offered', `This broker does not offer ${what}`)
}
