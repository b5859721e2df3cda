/** Words that several routes take. */
import type { PageQuery } from '../backend.ts'
import type { Parameter, RouteRequest } from '../route.ts'

/** How many items a part of a list has where nobody says so. */
const LIMIT = 100
const LIMIT_MAX = 1_000
/** More than a Client Identifier or a Topic Name may have by default. */
export const NAME_LENGTH_MAX = 8_192

/** Words of every list. */
export const PAGE_PARAMETERS: readonly Parameter[] = [
  {
    name: 'limit',
    description: `How many items at most; ${LIMIT} where left out.`,
    value: { type: 'number', min: 1, max: LIMIT_MAX },
  },
  {
    name: 'after',
    description: 'The `next` of the part before.',
    value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
  },
  {
    name: 'match',
    description: 'Only names that this pattern matches, in which * stands for any text.',
    value: { type: 'text', lengthMax: 256 },
  },
]

/** The word that names a client. */
export const CLIENT_ID: Parameter = {
  name: 'clientId',
  description: 'The Client Identifier.',
  required: true,
  value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
}

/** The word that names a Retained Message. */
export const TOPIC: Parameter = {
  name: 'topic',
  description: 'The Topic Name.',
  required: true,
  value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
}

/** The same words, read. */
export function pageQuery({ words, signal }: RouteRequest): PageQuery {
  return {
    limit: words.number('limit', LIMIT),
    ...optional('after', words.text('after')),
    ...optional('match', words.text('match')),
    signal,
  }
}

/** An object with this property, or without it where there is no value. */
export function optional<K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [key in K]?: V } {
  // A computed key has lost its name for the checker; an annotation gives it back.
  const entry: { [key in K]?: V } = {}
  if (value !== undefined) entry[key] = value
  return entry
}
