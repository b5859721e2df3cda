// The OpenAPI document and the running server say the same: every operation of the one is asked of
// the other, and every answer, refusals included, is what the document says.

import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../src/openapi/document.ts'
import { ROUTES } from '../src/routes/all.ts'
import { openWorld, READ_TOKEN, subscribe, wholeProgram } from './world.ts'
import type { World } from './world.ts'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly required: boolean }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}
type Content = Readonly<Record<string, { readonly schema: object }>>

const DOCUMENT = structuredClone(openApiDocument(ROUTES)) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}
const OPERATIONS = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method: method.toUpperCase(),
    ...operation,
  })),
)

/** What is asked of each, in this order, with a client `c` and a message at `a` retained. */
const CALLS: readonly (readonly [string, path: string, status: number, body?: object])[] = [
  ['status', '/status', 200],
  ['openApi', '/openapi.json', 200],
  ['publish', '/publish', 200, { topic: 'a', payload: 'x', retain: true, qos: 1 }],
  ['publish', '/publish', 422, { topic: 'a/+' }],
  ['publish', '/publish', 400, { topic: 'a', qos: 3 }],
  ['publish', '/publish', 400, { topic: 'a', unknown: 1 }],
  ['publish', '/publish', 400, { topic: 'a', payload: '?', encoding: 'base64' }],
  ['publish', '/publish', 400],
  ['clients', '/clients?limit=1&match=*c*', 200],
  ['clients', '/clients?limit=0', 400],
  ['clients', '/clients?after=x', 400],
  ['client', '/client?clientId=c', 200],
  ['client', '/client?clientId=nobody', 404],
  ['client', '/client', 400],
  ['client', '/client?clientId=c&clientId=d', 400],
  ['sessions', '/sessions?connected=true', 200],
  ['sessions', '/sessions?connected=perhaps', 400],
  ['session', '/session?clientId=c', 200],
  ['session', '/session?clientId=nobody', 404],
  ['subscriptions', '/subscriptions?topic=a', 200],
  ['subscriptions', '/subscriptions?topic=%23', 400],
  ['retained', '/retained?filter=%23', 200],
  ['retained', '/retained?filter=a%23', 400],
  ['retainedMessage', '/retained/message?topic=a', 200],
  ['retainedMessage', '/retained/message?topic=b', 404],
  ['deleteRetained', '/retained/message?topic=a', 204],
  ['deleteRetained', '/retained/message?topic=a', 404],
  ['ban', '/bans', 204, { kind: 'user', value: 'u', seconds: 5, reason: 'r' }],
  ['ban', '/bans', 400, { kind: 'planet', value: 'u' }],
  ['bans', '/bans', 200],
  ['liftBan', '/bans?kind=user&value=u', 204],
  ['liftBan', '/bans?kind=user&value=u', 404],
  ['liftBan', '/bans?kind=planet&value=u', 400],
  ['explain', '/explain?clientId=c&topic=a&action=deliver&qos=1&retain=true', 200],
  ['explain', '/explain?clientId=x&topic=a/%23&action=subscribe&username=u&address=::1', 200],
  ['explain', '/explain?clientId=x&topic=a/%23', 400],
  ['trace', '/traces', 200, { kind: 'client', value: 'c' }],
  ['trace', '/traces', 400, { kind: 'client', value: '' }],
  ['traces', '/traces', 200],
  ['stopTrace', '/traces?kind=client&value=c', 204],
  ['stopTrace', '/traces?kind=topic&value=c', 404],
  ['reload', '/reload', 200],
  ['reload', '/reload', 400, { now: true }],
  ['plan', '/plan', 200, { text: 'x', format: 'yaml' }],
  ['plan', '/plan', 422, { text: '' }],
  ['logLevel', '/log-level', 200],
  ['setLogLevel', '/log-level', 200, { level: 'debug' }],
  ['setLogLevel', '/log-level', 400, { level: 'loud' }],
  ['disconnect', '/client?clientId=c&reason=bye', 204],
  ['disconnect', '/client?clientId=c', 404],
  ['deleteSession', '/session?clientId=c', 204],
  ['deleteSession', '/session?clientId=c', 404],
]

describe('the document', () => {
  it('is one of OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(DOCUMENT))
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  it('is the one that is published', async () => {
    const document = `${JSON.stringify(DOCUMENT, undefined, 2)}\n`
    await expect(document).toMatchFileSnapshot('../openapi.json')
    expect(await readFile(new URL('../openapi.json', import.meta.url), 'utf8')).toBe(document)
  })

  it('is the one that is served, to everybody', async () => {
    await using world = await openWorld()
    const response = await fetch(`${world.url}/api/v1/openapi.json`)
    expect(await response.json()).toEqual(DOCUMENT)
  })

  it('names each operation once', () => {
    const names = OPERATIONS.map(({ operationId }) => operationId)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('the server', () => {
  it('answers every operation as the document says', async () => {
    await using world = await openWorld({ backend: wholeProgram() })
    const device = world.connect('c', { cleanStart: false, properties: EXPIRY })
    device.send(subscribe('a', 'b/#'))
    for (const [operationId, path, status, body] of CALLS) {
      const { method } = operationCalled(operationId)
      const response = await ask(world, method, `/api/v1${path}`, body)
      expect([operationId, path, await outcomeOf(operationId, response)]).toEqual([
        operationId,
        path,
        `${status} as described`,
      ])
    }
    expect(new Set(CALLS.map(([name]) => name))).toEqual(
      new Set(OPERATIONS.map(({ operationId }) => operationId)),
    )
  })

  it('takes the bodies that the document allows, and no others', () => {
    for (const [operationId, path, status, body] of CALLS) {
      const { requestBody } = operationCalled(operationId)
      const schema = requestBody?.content['application/json']?.schema
      const isDescribed = schema !== undefined && body !== undefined && isValid(schema, body)
      const isTaken = body !== undefined && status !== 400
      // What no schema can say: that a text is base64, or a level of this log.
      const isSubtle = JSON.stringify(body)?.match(/base64|loud/) !== null
      expect([path, body, isDescribed || isSubtle]).toEqual([path, body, isTaken || isSubtle])
    }
  })

  it('serves nothing that the document does not have', async () => {
    await using world = await openWorld({ backend: wholeProgram() })
    for (const path of new Set(OPERATIONS.map((operation) => operation.path))) {
      const described = OPERATIONS.filter((operation) => operation.path === path)
      for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) {
        if (described.some((operation) => operation.method === method)) continue
        const response = await world.ask(method, path)
        const allow = described.map((operation) => operation.method).join(', ')
        expect([method, path, response.status, response.headers.get('allow')]).toEqual([
          method,
          path,
          405,
          allow,
        ])
      }
    }
    expect(ROUTES.map(({ path }) => `/api/v1${path}`)).toEqual(OPERATIONS.map(({ path }) => path))
  })

  it.each(OPERATIONS.filter(({ operationId }) => operationId !== 'openApi'))(
    'wants a token for $method $path, in the words of the document',
    async ({ method, path, operationId }) => {
      await using world = await openWorld()
      const response = await fetch(`${world.url}${path}`, { method })
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="godwit"')
      expect(await outcomeOf(operationId, response)).toBe('401 as described')
    },
  )

  it.each(OPERATIONS)(
    'refuses a page of somebody else at $method $path as the document says',
    async ({ method, path, operationId }) => {
      await using world = await openWorld()
      const origin = await ask(world, method, path, undefined, { Origin: 'https://evil.example' })
      expect(await outcomeOf(operationId, origin)).toBe('403 as described')
      const rebound = await byHost(world, method, path, 'evil.example')
      expect(await outcomeOf(operationId, rebound)).toBe('421 as described')
    },
  )

  it.each(OPERATIONS.filter(({ method }) => method !== 'GET'))(
    'lets nobody who may only look at $method $path',
    async ({ method, path, operationId }) => {
      await using world = await openWorld({ backend: wholeProgram() })
      const response = await ask(world, method, path, undefined, {
        Authorization: `Bearer ${READ_TOKEN}`,
      })
      expect(await outcomeOf(operationId, response)).toBe('403 as described')
    },
  )

  it.each(OPERATIONS.filter(({ responses }) => responses['501'] !== undefined))(
    'says that a broker does not offer $method $path',
    async ({ method, path, operationId }) => {
      await using world = await openWorld()
      const [, query = ''] = CALLS.find(([name]) => name === operationId)![1].split('?')
      const body = CALLS.find(([name]) => name === operationId)![3]
      const response = await ask(world, method, `${path}?${query}`, body)
      expect(await outcomeOf(operationId, response)).toBe('501 as described')
    },
  )

  it.each(OPERATIONS)(
    'says that a word of $method $path is unknown',
    async ({ method, path, operationId }) => {
      await using world = await openWorld({ backend: wholeProgram() })
      const response = await ask(world, method, `${path}?nonsense=1`)
      expect(await outcomeOf(operationId, response)).toBe('400 as described')
    },
  )
})

const EXPIRY = { sessionExpiryInterval: 3_600 }

function operationCalled(operationId: string): (typeof OPERATIONS)[number] {
  return OPERATIONS.find((operation) => operation.operationId === operationId)!
}

function ask(
  world: World,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return world.ask(method, path, {
    headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/** `fetch` does not let anybody say which Host. */
function byHost(world: World, method: string, path: string, host: string): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asked = request(`${world.url}${path}`, { method, headers: { Host: host } }, (answer) => {
      const chunks: Uint8Array[] = []
      answer.on('data', (chunk: Uint8Array) => chunks.push(chunk))
      answer.on('end', () => {
        const headers = new Headers({ 'content-type': answer.headers['content-type'] ?? '' })
        resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode!, headers }))
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** The status of an answer, and whether the document describes it. */
async function outcomeOf(operationId: string, response: Response): Promise<string> {
  const described = operationCalled(operationId).responses[response.status]
  const text = await response.text()
  if (described === undefined) return `${response.status} is not described: ${text}`
  if (described.content === undefined) {
    return text === '' ? `${response.status} as described` : `${response.status} with ${text}`
  }
  const type = response.headers.get('content-type') ?? ''
  const schema = described.content[type]?.schema
  if (schema === undefined) return `${response.status} is not of the type ${type}`
  return isValid(schema, JSON.parse(text))
    ? `${response.status} as described`
    : `${response.status} is not as described: ${text}`
}

/** Strict: a keyword that no validator knows is a slip of the pen. */
const ajv = new Ajv2020({ strict: true, keywords: ['components'] })
const validators = new Map<string, ReturnType<typeof ajv.compile>>()

function isValid(schema: object, value: unknown): boolean {
  const key = JSON.stringify(schema)
  const validator =
    validators.get(key) ?? ajv.compile({ ...schema, components: DOCUMENT.components })
  validators.set(key, validator)
  return validator(value) === true
}
