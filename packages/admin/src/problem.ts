/**
 * What went wrong with a request, as `application/problem+json` (RFC 9457): a status, its phrase, a
 * sentence for people and a code for programs. The sentence may hold text of clients: it is JSON,
 * and whoever prints it escapes it.
 */
import { STATUS_CODES } from 'node:http'

/** Which problems there are. Codes are stable, sentences are not. */
export type ProblemCode =
  | 'bad-request'
  | 'bad-json'
  | 'unauthorized'
  | 'forbidden'
  | 'host-not-allowed'
  | 'origin-not-allowed'
  | 'not-found'
  | 'method-not-allowed'
  | 'body-too-large'
  | 'body-too-slow'
  | 'not-json'
  | 'refused'
  | 'too-many-requests'
  | 'fault'
  | 'not-offered'
  | 'busy'

/** A problem as it is written. */
export interface ProblemDocument {
  readonly type: 'about:blank'
  /** The phrase of the status. */
  readonly title: string
  readonly status: number
  /** A sentence: what was wrong, and what to do. */
  readonly detail: string
  readonly code: ProblemCode
}

/** A request that is answered with a problem. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  /** Further headers of the answer. */
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, sentence: string, headers: Readonly<Record<string, string>> = {}) {
    super(sentence)
    this.code = code
    this.status = STATUSES[code]
    this.headers = headers
  }

  /** What is written. */
  toJSON(): ProblemDocument {
    const { status, message: detail, code } = this
    return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code }
  }
}

/** The status that each is answered with. */
const STATUSES: Readonly<Record<ProblemCode, number>> = {
  'bad-request': 400,
  'bad-json': 400,
  unauthorized: 401,
  forbidden: 403,
  'host-not-allowed': 421,
  'origin-not-allowed': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'body-too-slow': 408,
  'body-too-large': 413,
  'not-json': 415,
  refused: 422,
  'too-many-requests': 429,
  fault: 500,
  'not-offered': 501,
  busy: 503,
}
