/**
 * What a configuration file may hold. The keys of a connection are the long names of the flags, and
 * their values are read by the flags' own readers, so that a new flag is a new key.
 */
import { InvalidArgumentError } from 'commander'
import type { Option } from 'commander'
import * as v from 'valibot'
import { decapitalized } from '../sentence.ts'

/** Flags that make no sense in a file. */
const NOT_KEYS: ReadonlySet<string> = new Set(['config', 'connection', 'property', 'debug'])

/** The keys that a connection may have, each with its flag. */
export function connectionKeys(options: readonly Option[]): ReadonlyMap<string, Option> {
  return new Map(
    options
      .filter(({ hidden }) => !hidden)
      .map((option) => [option.name().replace(/^no-/, ''), option] as const)
      .filter(([key]) => !NOT_KEYS.has(key)),
  )
}

type ConnectionValues = Record<string, unknown>

/** What a file holds, once it was read. */
export interface FileContents {
  readonly default?: string | undefined
  readonly connections: Record<string, ConnectionValues>
}

/** The schema of a file whose connections have these keys. */
export function configurationSchema(
  keys: ReadonlyMap<string, Option>,
): v.GenericSchema<unknown, FileContents> {
  const entries = Object.fromEntries(
    [...keys].map(([key, option]) => [key, v.optional(valueSchema(option))]),
  )
  const connection = mapping('has to be keys with values', v.strictObject(entries))
  const connections = mapping('has to be names with connections', v.record(v.string(), connection))
  return mapping(
    'has to have the keys default and connections',
    v.strictObject({
      default: v.optional(v.string((issue) => `${got(issue.input)}, and has to be a text`)),
      connections: v.optional(connections, {}),
    }),
  )
}

/** What else is an object is no mapping: a list. */
function mapping<T>(
  message: string,
  schema: v.GenericSchema<unknown, T>,
): v.GenericSchema<unknown, T> {
  const isMapping = (input: unknown): boolean =>
    typeof input === 'object' && input !== null && !Array.isArray(input)
  return v.pipe(v.custom<unknown>(isMapping, message), schema)
}

function valueSchema(option: Option): v.GenericSchema<unknown, unknown> {
  if (!option.required) {
    return v.boolean((issue) => `${got(issue.input)}, and has to be true or false`)
  }
  return v.pipe(
    v.unknown(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const result = readValue(option, dataset.value)
      if ('value' in result) return result.value
      addIssue({ message: result.fault })
      return NEVER
    }),
  )
}

type Reading = { readonly value: unknown } | { readonly fault: string }

function readValue({ parseArg }: Option, input: unknown): Reading {
  const isList = Array.isArray(input)
  const texts: readonly unknown[] = isList ? input : [input]
  let value: unknown
  for (const each of texts) {
    if (typeof each !== 'string' && typeof each !== 'number') {
      return { fault: `${got(each)}, and has to be a text or a number` }
    }
    try {
      value = parseArg === undefined ? String(each) : parseArg(String(each), value)
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      return { fault: `${got(each)}: ${decapitalized(error.message).replace(/\.$/, '')}` }
    }
    // YAML reads 0123 as the number 123, which was no password.
    if (typeof each === 'number' && typeof value === 'string') {
      return { fault: `${got(each)}, and has to be a text: put it in quotes` }
    }
  }
  if (isList && !Array.isArray(value)) return { fault: `${got(input)}, and has to be a text` }
  return { value }
}

function got(input: unknown): string {
  if (input === undefined || input === null) return 'is empty'
  if (Array.isArray(input)) return 'is a list'
  if (typeof input === 'object') return 'is a mapping'
  return `is ${JSON.stringify(input)}`
}
