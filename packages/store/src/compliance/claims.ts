/** What the suite claims of an engine. A claim that does not hold throws an Error that says so. */
import type { Outcome } from '../engine.ts'
import { StoreError, type StoreErrorKind } from '../store-error.ts'

/** Claims something. @throws {Error} with the sentence if it does not hold. */
export function claim(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence)
}

/** Claims that two plain values are the same, as JSON. @throws {Error} with where they differ. */
export function same(what: string, actual: unknown, expected: unknown): void {
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length) {
    for (const [at, item] of actual.entries()) same(`${what}, number ${at}`, item, expected[at])
    return
  }
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  claim(got === wanted, `${what}: expected ${shortened(wanted)}, got ${shortened(got)}`)
}

/** Claims that these are the bytes that are expected. @throws {Error} */
export function sameBytes(
  what: string,
  actual: Uint8Array | undefined,
  expected: Uint8Array,
): asserts actual is Uint8Array {
  claim(actual !== undefined, `${what}: expected ${expected.length} bytes, but it is not there`)
  const sizes = `expected ${expected.length} bytes, got ${actual.length}`
  claim(actual.length === expected.length, `${what}: ${sizes}`)
  const at = actual.findIndex((byte, at) => byte !== expected[at])
  claim(at < 0, `${what}: byte ${at} is ${actual[at]}, expected ${expected[at]}`)
}

/** Claims that numbers grow from one to the next. @throws {Error} */
export function growing(what: string, numbers: readonly number[]): void {
  for (const [at, number] of numbers.entries()) {
    const former = numbers[at - 1] ?? -Infinity
    claim(former < number, `${what}: ${number} comes after ${former}, but is not greater`)
  }
}

/** Claims that something fails with a {@link StoreError} of this kind. @throws {Error} */
export async function refused(
  what: string,
  kind: StoreErrorKind,
  attempt: () => Promise<unknown>,
): Promise<void> {
  const error: unknown = await attempt().then(
    () => undefined,
    (error: unknown) => error,
  )
  claim(error !== undefined, `${what}: expected a StoreError of kind ${kind}, but nothing failed`)
  const got = error instanceof StoreError ? `one of kind ${error.kind}` : messageOf(error)
  claim(got === `one of kind ${kind}`, `${what}: expected a StoreError of kind ${kind}, got ${got}`)
}

/** What became of a unit that must be committed. @throws {Error} if it is not. */
export function committed(
  what: string,
  outcome: Outcome | undefined,
): Extract<Outcome, { committed: true }> {
  claim(outcome !== undefined, `${what}: there is no outcome for this unit`)
  claim(outcome.committed, `${what}: expected it to be committed, got a conflict`)
  return outcome
}

/** Claims that a unit was not committed because of this record. @throws {Error} */
export function conflicted(what: string, outcome: Outcome | undefined, record: number): void {
  same(what, outcome, { committed: false, conflict: record })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error
}

const SHOWN_MAX = 300

function shortened(text: string | undefined): string {
  if (text === undefined) return 'undefined'
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}...`
}
