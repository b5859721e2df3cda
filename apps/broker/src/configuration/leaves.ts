/** The kinds of values that a configuration has, each with the words for what it has to be. */
import { SIZE_UNITS, TIME_UNITS, quantityOf, unitNames } from './quantity.ts'
import type { Units } from './quantity.ts'
import { leaf } from './structure.ts'
import type { SchemaOf } from './structure.ts'
import { anyOf, didYouMean } from './wording.ts'

/** A text that is not empty. YAML reads some texts as numbers; those want quotation marks. */
export function text(wanted: string): SchemaOf<string> {
  return leaf({
    wanted,
    json: { type: 'string', minLength: 1 },
    read: nonEmpty,
    hint: quotesHint,
  })
}

/** A text that nobody is shown. */
export function secret(wanted: string, lengthMin = 1): SchemaOf<string> {
  return leaf({
    wanted,
    json: { type: 'string', minLength: lengthMin },
    isSecret: true,
    read: (input) => {
      const said = nonEmpty(input)
      return said !== undefined && said.length >= lengthMin ? said : undefined
    },
    hint: quotesHint,
  })
}

/** The path of a file or directory. */
export function path(wanted: string): SchemaOf<string> {
  return leaf({
    wanted,
    json: { type: 'string', minLength: 1 },
    isPath: true,
    read: nonEmpty,
    hint: quotesHint,
  })
}

function nonEmpty(input: unknown): string | undefined {
  return typeof input === 'string' && input !== '' ? input : undefined
}

function quotesHint(input: unknown): string {
  return typeof input === 'number' || typeof input === 'boolean' ? ': put it in quotes' : ''
}

/** `true` or `false`. */
export function flag(): SchemaOf<boolean> {
  return leaf({
    wanted: 'true or false',
    json: { type: 'boolean' },
    form: 'flag',
    read: (input) => (typeof input === 'boolean' ? input : undefined),
    hint: (input) =>
      input === 'yes' || input === 'on' || input === 'no' || input === 'off'
        ? `: write ${input === 'yes' || input === 'on' ? 'true' : 'false'}`
        : '',
  })
}

/** One of a few texts. */
export function choice<const Name extends string>(names: readonly Name[]): SchemaOf<Name> {
  return leaf({
    wanted: anyOf(names),
    json: { enum: names },
    read: (input) => names.find((name) => name === input),
    hint: (input) => (typeof input === 'string' ? didYouMean(input, names) : ''),
  })
}

/** One of a few numbers. */
export function numberChoice<const Value extends number>(
  values: readonly Value[],
): SchemaOf<Value> {
  return leaf({
    wanted: anyOf(values.map(String)),
    json: { enum: values },
    form: 'number',
    read: (input) => values.find((value) => value === input),
  })
}

/** A whole number. */
export function wholeNumber(least: number, most: number): SchemaOf<number> {
  return leaf({
    wanted: `a whole number from ${least} to ${most}`,
    json: { type: 'integer', minimum: least, maximum: most },
    form: 'number',
    read: (input) => (isWithin(input, least, most) ? input : undefined),
    hint: numberHint,
  })
}

/** A number that need not be whole. */
export function ratio(): SchemaOf<number> {
  return leaf({
    wanted: 'a number from 0 to 1',
    json: { type: 'number', minimum: 0, maximum: 1 },
    form: 'number',
    read: (input) => (typeof input === 'number' && input >= 0 && input <= 1 ? input : undefined),
    hint: numberHint,
  })
}

/** Bytes, as a number or with a unit. */
export function size(least: number, most: number): SchemaOf<number> {
  return quantity({ least, most, units: SIZE_UNITS, unit: 1, noun: 'bytes', example: '64 KiB' })
}

/** A time in the unit that its key ends with, as a number or with a unit of its own. */
export function duration(unit: 'ms' | 's', least: number, most: number): SchemaOf<number> {
  const named =
    unit === 'ms'
      ? { unit: 1, noun: 'milliseconds', example: '500 ms' }
      : { unit: 1000, noun: 'seconds', example: '10 s' }
  return quantity({ least, most, units: TIME_UNITS, ...named })
}

interface QuantityTerms {
  readonly least: number
  readonly most: number
  readonly units: Units
  /** What a number without a unit is worth, in the smallest unit. */
  readonly unit: number
  readonly noun: string
  readonly example: string
}

function quantity({ least, most, units, unit, noun, example }: QuantityTerms): SchemaOf<number> {
  const names = unitNames(units)
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`
  const read = (input: unknown): number | undefined => {
    const given = typeof input === 'string' ? worthOf(input, units, unit) : input
    return isWithin(given, least, most) ? given : undefined
  }
  return leaf({
    wanted: `a whole number of ${noun}, ${range}, or a text such as ${example}`,
    json: {
      anyOf: [
        { type: 'integer', minimum: least, maximum: most },
        { type: 'string', pattern: `^\\d{1,15}(\\.\\d{1,6})? ?(${names.join('|')})$` },
      ],
    },
    form: 'either',
    read,
    hint: (input) =>
      typeof input === 'string' &&
      !/^[\d. ]*$/.test(input) &&
      worthOf(input, units, unit) === undefined
        ? `: its unit is ${anyOf(names)}`
        : '',
  })
}

function worthOf(written: string, units: Units, unit: number): number | undefined {
  const worth = quantityOf(written, units)
  return worth === undefined ? undefined : worth / unit
}

function isWithin(input: unknown, least: number, most: number): input is number {
  return Number.isSafeInteger(input) && typeof input === 'number' && input >= least && input <= most
}

function numberHint(input: unknown): string {
  return typeof input === 'string' && /^\d+$/.test(input) ? ': write it without quotes' : ''
}
