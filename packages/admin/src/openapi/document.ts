/** The OpenAPI document (3.1), made of the table of routes. */
import { STATUS_CODES } from 'node:http'
import type { Parameter, ParameterValue, Route } from '../route.ts'
import { API_PREFIX } from '../routing.ts'
import { OTHER_SCHEMAS } from './other-schemas.ts'
import { ref } from './schemas.ts'
import type { Schema } from './schemas.ts'
import { SESSION_SCHEMAS } from './session-schemas.ts'

/** Version of the API, which is not that of the broker. */
const API_VERSION = '1.0.0'

/** Makes the document. */
export function openApiDocument(routes: readonly Route[]): Schema {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const route of routes) {
    const methods = (paths[`${API_PREFIX}${route.path}`] ??= {})
    methods[route.method.toLowerCase()] = operationOf(route)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Godwit admin API',
      version: API_VERSION,
      description: 'Looks after a running Godwit broker.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...SESSION_SCHEMAS, ...OTHER_SCHEMAS },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of the file of tokens.' },
      },
    },
  }
}

function operationOf(route: Route): Schema {
  const { operationId, summary, tag, scope, parameters, body, answer } = route
  const scopeSentence = scope === 'none' ? '' : ` Needs a token with the scope ${scope}.`
  return {
    operationId,
    summary,
    ...(scopeSentence !== '' && { description: scopeSentence.trim() }),
    tags: [tag],
    security: scope === 'none' ? [] : [{ token: [] }],
    ...(parameters.length > 0 && { parameters: parameters.map(parameterOf) }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: ref(body) } } },
    }),
    responses: {
      ...(answer === undefined
        ? { 204: { description: 'It is done.' } }
        : { 200: { description: 'OK', content: { 'application/json': { schema: ref(answer) } } } }),
      ...Object.fromEntries(problemsOf(route).map((status) => [status, problemOf(status)])),
    },
  }
}

/** Statuses that every route may answer with, and those of a body and of a write. */
function problemsOf({ scope, body, problems }: Route): readonly number[] {
  return [
    400,
    ...(scope === 'none' ? [] : [401]),
    403,
    413,
    415,
    421,
    429,
    500,
    503,
    ...(body === undefined ? [] : [408]),
    ...problems,
  ].toSorted((one, other) => one - other)
}

function problemOf(status: number): Schema {
  return {
    description: STATUS_CODES[status] ?? 'Problem',
    content: { 'application/problem+json': { schema: ref('Problem') } },
  }
}

function parameterOf({ name, description, required, value }: Parameter): Schema {
  const schema = valueSchema(value)
  return { name, in: 'query', description, required: required === true, schema }
}

function valueSchema(value: ParameterValue): Schema {
  switch (value.type) {
    case 'text':
      return { type: 'string', minLength: 1, maxLength: value.lengthMax }
    case 'number':
      return { type: 'integer', minimum: value.min, maximum: value.max }
    case 'choice':
      return { type: 'string', enum: value.among }
    case 'switch':
      return { type: 'boolean' }
    default:
      return value satisfies never
  }
}
