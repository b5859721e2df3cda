/**
 * The schema of the configuration is made of three things: a leaf (a value), a list of one kind of
 * thing, and a group (keys with things). Each is a valibot schema, which reads what was written,
 * and has its structure on record, from which everything else is made that has to know all keys:
 * the names of environment variables, near misses, the JSON schema, the documentation's tables.
 */
import * as v from 'valibot'
import { gotText } from './wording.ts'

/** A schema whose output is known, whatever its input. */
export type SchemaOf<T> = v.GenericSchema<unknown, T>

/** JSON Schema, as far as it is needed. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What is known of a value. */
export interface LeafFacts {
  /** What stands behind "has to be" in a sentence. */
  readonly wanted: string
  readonly json: JsonSchema
  /** How a text of the environment or of a flag becomes what a file would say. */
  readonly form: 'text' | 'number' | 'flag' | 'either'
  /** Never shown to anybody. */
  readonly isSecret: boolean
  /** Relative to the file in which it stands. */
  readonly isPath: boolean
}

/** What a schema is made of. */
export type Structure =
  | { readonly type: 'leaf'; readonly facts: LeafFacts }
  | { readonly type: 'list'; readonly item: Structure; readonly least: 0 | 1 }
  | { readonly type: 'group'; readonly keys: ReadonlyMap<string, Key> }

/** A key of a group. */
export interface Key {
  readonly structure: Structure
  readonly isRequired: boolean
  /** One sentence without its full stop. */
  readonly description?: string
  /** As a text for people; what it means to leave the key out. */
  readonly fallback?: string
  /** Whether a change of it applies while the broker runs. */
  readonly needsRestart: boolean
}

/** What a schema that was made here is made of. @throws {Error} for any other. */
export function structureOf(schema: v.GenericSchema): Structure {
  const structure = structures.get(schema)
  if (structure === undefined) throw new Error(`${schema.type} is no part of a configuration`)
  return structure
}

const structures = new WeakMap<v.GenericSchema, Structure>()
const keys = new WeakMap<v.GenericSchema, Omit<Key, 'structure' | 'isRequired'>>()

/** What makes a leaf. */
export interface LeafTerms<T> extends Pick<LeafFacts, 'wanted' | 'json'> {
  readonly form?: LeafFacts['form']
  readonly isSecret?: boolean
  readonly isPath?: boolean
  /** The value that was written; `undefined` if it is not one. */
  readonly read: (input: unknown) => T | undefined
  /** More about what is wrong with it, such as `: did you mean info?` */
  readonly hint?: (input: unknown) => string
}

/** A value. */
export function leaf<T>(terms: LeafTerms<T>): SchemaOf<T> {
  const { wanted, json, form = 'text', isSecret = false, isPath = false, read, hint } = terms
  const schema = v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset: { value }, addIssue, NEVER }) => {
      const said = read(value)
      if (said !== undefined) return said
      const message = `${gotText(value, isSecret)}, and has to be ${wanted}${hint?.(value) ?? ''}`
      addIssue({ message })
      return NEVER
    }),
  )
  structures.set(schema, { type: 'leaf', facts: { wanted, json, form, isSecret, isPath } })
  return schema
}

/** A list of things of one kind. */
export function list<T>(item: SchemaOf<T>): SchemaOf<readonly T[]> {
  const message = (issue: v.BaseIssue<unknown>): string =>
    `${gotText(issue.input, isSecretList(item))}, and has to be a list`
  const schema = v.array(item, message)
  structures.set(schema, { type: 'list', item: structureOf(item), least: 0 })
  return schema
}

/** A list that is not empty: one that is would be about nothing, which nobody means. */
export function some<T>(item: SchemaOf<T>): SchemaOf<readonly T[]> {
  const things = list(item)
  const schema = v.pipe(
    things,
    v.check((items) => items.length > 0, 'is an empty list: leave it out, or put something in'),
  )
  structures.set(schema, { type: 'list', item: structureOf(item), least: 1 })
  return schema
}

function isSecretList(item: v.GenericSchema): boolean {
  const structure = structureOf(item)
  return structure.type === 'leaf' && structure.facts.isSecret
}

/** Says that something is wrong with the values of a group, at one of its keys or as a whole. */
export type Complain = (key: string | undefined, message: string) => void

/** Keys with values; `check` looks at values that are right each for itself. */
export function group<Entries extends v.ObjectEntries>(
  entries: Entries,
  check: (
    values: v.InferOutput<v.ObjectSchema<Entries, string>>,
    complain: Complain,
  ) => void = () => {},
): SchemaOf<v.InferOutput<v.ObjectSchema<Entries, string>>> {
  const schema = v.pipe(
    v.custom<v.InferInput<v.ObjectSchema<Entries, string>>>(
      isMapping,
      ({ input }) => `${gotText(input)}, and has to be a mapping of keys`,
    ),
    v.object(entries, 'is missing'),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed || dataset.issues !== undefined) return
      const { value } = dataset
      check(value, (key, message) => {
        if (key === undefined) addIssue({ message })
        else addIssue({ message, path: [step(value, key)] })
      })
    }),
  )
  structures.set(schema, { type: 'group', keys: keysOf(entries) })
  return schema
}

/** Whether something is keys with values. */
export function isMapping(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

function step(input: Record<string, unknown>, key: string): v.ObjectPathItem {
  return { type: 'object', origin: 'value', input, key, value: input[key] }
}

function keysOf(entries: v.ObjectEntries): ReadonlyMap<string, Key> {
  return new Map(
    Object.entries(entries).map(([name, schema]) => {
      const isRequired = !('wrapped' in schema)
      const structure = structureOf(wrappedOf(schema))
      return [name, { needsRestart: false, ...keys.get(schema), structure, isRequired }]
    }),
  )
}

const wrapped = new WeakMap<v.ObjectEntries[string], v.GenericSchema>()

function wrappedOf(schema: v.ObjectEntries[string]): v.GenericSchema {
  const inner = wrapped.get(schema)
  if (inner === undefined) throw new Error('A key is made with `optional` or `required`')
  return inner
}

/** What else is said of a key. */
export type KeyTerms = Partial<Pick<Key, 'fallback' | 'needsRestart'>>

/** A key that may be left out. */
export function optional<T>(
  schema: SchemaOf<T>,
  description: string,
  terms: KeyTerms = {},
): v.ExactOptionalSchema<SchemaOf<T>, undefined> {
  const entry = v.exactOptional(schema)
  wrapped.set(entry, schema)
  keys.set(entry, { needsRestart: false, description, ...terms })
  return entry
}

/** A key that has to be there. */
export function required<T>(schema: SchemaOf<T>, description: string): SchemaOf<T> {
  wrapped.set(schema, schema)
  keys.set(schema, { needsRestart: false, description })
  return schema
}
