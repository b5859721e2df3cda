/** The body of a request: JSON of bounded length, in a bounded time, of a form that is checked. */
import type { IncomingMessage } from 'node:http'
import { flatten, safeParse } from 'valibot'
import type { GenericSchema, InferOutput } from 'valibot'
import { Problem } from './problem.ts'

/** The longest body: a megabyte, of which a payload may be three quarters if it is base64. */
const BODY_BYTES_MAX = 1_048_576

/** Reads what a request carries. @throws {Problem} if it is too long or no JSON. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > BODY_BYTES_MAX) throw tooLarge()
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  const text = await readText(request)
  if (text === '') return undefined
  // A form or text/plain can be sent by any page of the web without asking; JSON cannot.
  if (type !== 'application/json') {
    throw new Problem('not-json', 'Send the body as Content-Type: application/json')
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('bad-json', `The body is not JSON: ${reason.slice(0, 200)}`)
  }
}

/** The body in the form of the schema. @throws {Problem} that says which field is wrong. */
export function bodyOf<S extends GenericSchema>(body: unknown, schema: S): InferOutput<S> {
  if (body === undefined) throw new Problem('bad-request', 'The request needs a body of JSON')
  const result = safeParse(schema, body, { abortEarly: true })
  if (result.success) return result.output
  const { nested = {}, root = [] } = flatten(result.issues)
  const [field] = Object.entries(nested)
  const [name, messages] = field ?? ['the body', root]
  throw new Problem('bad-request', `In ${name}: ${messages?.[0] ?? 'it is wrong'}`)
}

async function readText(request: IncomingMessage): Promise<string> {
  const bytes = Buffer.concat(await chunksOf(request))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Problem('bad-json', 'The body is not UTF-8')
  }
}

async function chunksOf(request: IncomingMessage): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of request) {
      if (!(chunk instanceof Uint8Array)) continue
      length += chunk.length
      if (length > BODY_BYTES_MAX) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('body-too-slow', 'The body did not come whole')
  }
  return chunks
}

function tooLarge(): Problem {
  return new Problem(
    'body-too-large',
    `A body has at most ${BODY_BYTES_MAX} bytes: publish larger messages over MQTT`,
  )
}
