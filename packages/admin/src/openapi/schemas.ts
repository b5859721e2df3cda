/**
 * The schemas of the OpenAPI document (JSON Schema 2020-12), one for each view of `views.ts` and
 * each body. Nothing else may be in an answer, so that a field without a description is found.
 */

/** A schema, or a part of one. */
export type Schema = Readonly<Record<string, unknown>>

/** A reference to another schema. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

/** An object with these fields and no others; names that end with `?` may be absent. */
export function object(description: string, fields: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(fields)
  return {
    type: 'object',
    description,
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, schema]) => [name.replace('?', ''), schema]),
    ),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  }
}

/** A list. */
export function list(items: Schema): Schema {
  return { type: 'array', items }
}

/** A part of a list. */
export function page(items: string): Schema {
  return object('A part of a list. It may be short, or empty, and not be the last.', {
    items: list(ref(items)),
    'next?': text('What to give as `after` for the next part; absent on the last.'),
  })
}

/** A text. */
export function text(description?: string): Schema {
  return { type: 'string', ...(description !== undefined && { description }) }
}

/** A whole number from 0. */
export function count(description?: string): Schema {
  return { type: 'integer', minimum: 0, ...(description !== undefined && { description }) }
}

/** A number from 0. */
export function amount(description?: string): Schema {
  return { type: 'number', minimum: 0, ...(description !== undefined && { description }) }
}

/** True or false. */
export function yesNo(description?: string): Schema {
  return { type: 'boolean', ...(description !== undefined && { description }) }
}

/** One of some texts. */
export function choice(among: readonly string[]): Schema {
  return { type: 'string', enum: among }
}

/** A Quality of Service. */
export const QOS_SCHEMA: Schema = { type: 'integer', enum: [0, 1, 2] }
