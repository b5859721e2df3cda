/**
 * A route of the API. One table of them (`routes/all.ts`) is what the server serves, what the
 * OpenAPI document is made of and what the tests go through.
 */
import type { Scope } from './admin-token.ts'
import type { AdminBackend } from './backend.ts'
import type { RequestWords } from './request-words.ts'

/** Methods that there are. */
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** A word of the query of a URL. */
export interface Parameter {
  readonly name: string
  readonly description: string
  readonly required?: true
  readonly value: ParameterValue
}

/** What may stand there. */
export type ParameterValue =
  | { readonly type: 'text'; readonly lengthMax: number }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly among: readonly string[] }
  | { readonly type: 'switch' }

/** What a route does. */
export interface Route {
  readonly method: Method
  /** Behind `/api/v1`. Nothing in it varies: names of things are words of the query. */
  readonly path: string
  /** Its name in the OpenAPI document, and of the method of `AdminClient`. */
  readonly operationId: string
  /** A sentence. */
  readonly summary: string
  readonly tag: string
  /** What a token must have; `none` for what everybody may see. */
  readonly scope: Scope | 'none'
  readonly parameters: readonly Parameter[]
  /** The schema of the body; none is taken if it is absent. */
  readonly body?: string
  /** The schema of the answer; 204 and nothing if it is absent. */
  readonly answer?: string
  /** Further statuses that it may answer with, beside those that all may. */
  readonly problems: readonly number[]
  readonly run: (request: RouteRequest, backend: AdminBackend) => Promise<unknown>
}

/** A request that was checked. */
export interface RouteRequest {
  readonly words: RequestWords
  /** What was parsed of the body. */
  readonly body: unknown
  /** Aborted when the client is gone, or the server closes. */
  readonly signal: AbortSignal
}
