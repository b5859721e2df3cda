/** Values as mosquitto.conf has them. */
import { anyOf, didYouMean, gotText } from '../wording.ts'

/** A value that is none; the message follows the name of the directive. */
export class ValueFault extends Error {}

/** `true` or `false`. @throws {ValueFault} */
export function flagIn(value: string): boolean {
  return oneOf(value, ['true', 'false']) === 'true'
}

/** The rest of the line. @throws {ValueFault} if it is empty. */
export function textIn(value: string): string {
  if (value !== '') return value
  throw new ValueFault('is empty, and has to have a value')
}

/** One of a few words. @throws {ValueFault} */
export function oneOf<const Word extends string>(value: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === value)
  if (word !== undefined) return word
  throw wrong(value, anyOf(words), didYouMean(value, words))
}

/** A whole number. @throws {ValueFault} */
export function numberIn(value: string, least: number, most: number): number {
  const number = /^-?\d{1,16}$/.test(value) ? Number(value) : NaN
  if (number >= least && number <= most) return number
  throw wrong(value, `a whole number from ${least} to ${most}`)
}

/** A limit; `undefined` for -1, which is none. @throws {ValueFault} */
export function positiveIn(value: string): number | undefined {
  return value === '-1' ? undefined : numberIn(value, 1, 2_147_483_647)
}

/** A limit; the most there can be for 0, which is none. @throws {ValueFault} */
export function unlimitedIn(value: string, most: number): number {
  const number = numberIn(value, 0, most)
  return number === 0 ? most : number
}

/** A time such as `14d`, in seconds. @throws {ValueFault} */
export function secondsIn(value: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,9})([shdwmy])$/.exec(value) ?? []
  const seconds = Number(digits) * (UNITS.get(unit) ?? NaN)
  if (seconds >= 1 && seconds <= 2_147_483_647) return seconds
  throw wrong(value, 'a number with s, h, d, w, m or y behind it, such as 14d')
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['h', 3600],
  ['d', 86_400],
  ['w', 7 * 86_400],
  ['m', 30 * 86_400],
  ['y', 365 * 86_400],
])

function wrong(value: string, wanted: string, hint = ''): ValueFault {
  return new ValueFault(`${gotText(value)}, and has to be ${wanted}${hint}`)
}
