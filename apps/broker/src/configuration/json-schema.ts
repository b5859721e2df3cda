/** The JSON schema of a configuration file, for editors: completion, descriptions, first errors. */
import { STRUCTURE } from './schema.ts'
import type { JsonSchema, Key, Structure } from './structure.ts'

/** The schema, to be written to `configuration.schema.json`. */
export function configurationJsonSchema(): JsonSchema {
  const { properties, ...rest } = schemaOf(STRUCTURE)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of godwit-broker',
    ...rest,
    properties: {
      $schema: { type: 'string', description: 'This schema, for editors' },
      ...(typeof properties === 'object' ? properties : {}),
    },
  }
}

function schemaOf(structure: Structure): JsonSchema {
  if (structure.type === 'leaf') return structure.facts.json
  if (structure.type === 'list') {
    const least = structure.least === 0 ? {} : { minItems: structure.least }
    return { type: 'array', items: schemaOf(structure.item), ...least }
  }
  const keys = [...structure.keys]
  const required = keys.filter(([, { isRequired }]) => isRequired).map(([name]) => name)
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(keys.map(([name, key]) => [name, keySchema(key)])),
  }
}

function keySchema({ structure, description, fallback, needsRestart }: Key): JsonSchema {
  const usual = fallback === undefined ? '' : `; where left out: ${fallback}`
  const restart = needsRestart ? '; a change takes a restart' : ''
  return { description: `${description ?? ''}${usual}${restart}.`, ...schemaOf(structure) }
}
