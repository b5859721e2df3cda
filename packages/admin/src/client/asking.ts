/** One request of the client: what is sent, and what comes of the answer. */
import type { ProblemCode } from '../problem.ts'
import { API_PREFIX } from '../routing.ts'
import { AdminError } from './admin-error.ts'

/** What is asked. */
export interface Asking {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Behind the prefix. */
  readonly path: string
  /** Words of the query; those that are `undefined` are left out. */
  readonly words?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: object
  readonly signal?: AbortSignal | undefined
}

/** Where it is asked. */
export interface AskingTerms {
  /** Without a slash at the end. */
  readonly url: string
  readonly token: string | undefined
  readonly timeoutMs: number
  readonly fetch: typeof globalThis.fetch
}

/**
 * Asks, and gives the JSON of the answer, which is what the API's document says: a test validates
 * all answers of the server.
 * @throws {AdminError} if there is no good answer; the reason of the signal, if that is aborted.
 */
export async function ask<T>(asking: Asking, terms: AskingTerms): Promise<T> {
  const response = await answerTo(asking, terms)
  const text = await textOf(response, asking, terms)
  if (!response.ok) throw errorOf(response, text, terms)
  try {
    const value: T = JSON.parse(text)
    return value
  } catch {
    throw errorOf(response, text, terms)
  }
}

/** The same, where the answer has nothing in it. */
export async function command(asking: Asking, terms: AskingTerms): Promise<void> {
  const response = await answerTo(asking, terms)
  const text = await textOf(response, asking, terms)
  if (response.status !== 204) throw errorOf(response, text, terms)
}

async function answerTo(asking: Asking, terms: AskingTerms): Promise<Response> {
  const { method, path, words = {}, body } = asking
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(words)) {
    if (value !== undefined) query.append(name, `${value}`)
  }
  const question = query.size === 0 ? '' : `?${query.toString()}`
  try {
    return await terms.fetch(`${terms.url}${API_PREFIX}${path}${question}`, {
      method,
      // A redirection would take the token to whoever is named there.
      redirect: 'error',
      headers: {
        Accept: 'application/json, application/problem+json',
        ...(terms.token !== undefined && { Authorization: `Bearer ${terms.token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signalOf(asking, terms),
    })
  } catch (error) {
    throw failure(error, asking, terms)
  }
}

async function textOf(response: Response, asking: Asking, terms: AskingTerms): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    throw failure(error, asking, terms)
  }
}

function signalOf({ signal }: Asking, { timeoutMs }: AskingTerms): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs)
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout])
}

/** What the caller has stopped is not an error of ours. */
function failure(error: unknown, { signal }: Asking, { url, timeoutMs }: AskingTerms): unknown {
  if (signal?.aborted === true) return signal.reason
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new AdminError(`${url} did not answer within ${timeoutMs} ms`, {
      code: 'timeout',
      cause: error,
    })
  }
  return new AdminError(
    `No admin API can be reached at ${url} (${reasonOf(error)}): it is off unless the broker's ` +
      'configuration has admin.url, and that is the address to ask at',
    { code: 'unreachable', cause: error },
  )
}

/** `fetch` says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  if (cause.message !== '') return cause.message
  return 'code' in cause ? String(cause.code) : error.message
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function errorOf({ status }: Response, text: string, { url, token }: AskingTerms): AdminError {
  const problem = problemOf(parsed(text))
  if (problem === undefined) {
    const sentence = `What answers at ${url} is no admin API of Godwit (status ${status})`
    return new AdminError(sentence, { code: 'not-an-admin-api', status })
  }
  const { code, detail } = problem
  if (code !== 'unauthorized') return new AdminError(detail, { code, status })
  const sentence =
    token === undefined
      ? `${url} wants a token, and none was given`
      : `${url} does not know the token: is it in the broker's admin.tokenFile or admin.tokens?`
  return new AdminError(sentence, { code, status })
}

function problemOf(value: unknown): { code: ProblemCode; detail: string } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (!('code' in value && 'detail' in value && typeof value.detail === 'string')) return undefined
  const code = CODES.find((each) => each === value.code)
  return { code: code ?? 'fault', detail: value.detail }
}

const CODES: readonly ProblemCode[] = [
  'bad-request',
  'bad-json',
  'unauthorized',
  'forbidden',
  'host-not-allowed',
  'origin-not-allowed',
  'not-found',
  'method-not-allowed',
  'body-too-large',
  'body-too-slow',
  'not-json',
  'refused',
  'too-many-requests',
  'fault',
  'not-offered',
  'busy',
]
