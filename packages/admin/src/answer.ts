/** Writes answers: JSON, never cached, never framed, never run. */
import type { ServerResponse } from 'node:http'
import type { Problem } from './problem.ts'

/** Answers with a value as JSON; with nothing if it is `undefined`. */
export function answerWith(response: ServerResponse, value: unknown): void {
  if (value === undefined) write(response, '', { status: 204, type: '' })
  else write(response, JSON.stringify(value), { status: 200, type: 'application/json' })
}

/** Answers with a problem. */
export function answerProblem(response: ServerResponse, problem: Problem): void {
  const { status, headers } = problem
  write(response, JSON.stringify(problem), { status, type: 'application/problem+json', headers })
}

/**
 * What every answer says: it is for who asked and nobody else, it is what its type says, and no
 * page may show it in a frame or load it.
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
}

interface AnswerForm {
  readonly status: number
  /** Empty where there is no body. */
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
}

function write(response: ServerResponse, body: string, form: AnswerForm): void {
  if (response.headersSent || response.destroyed) return
  const bytes = Buffer.from(body)
  response.writeHead(form.status, {
    ...SECURITY_HEADERS,
    ...form.headers,
    ...(form.type !== '' && { 'Content-Type': form.type, 'Content-Length': bytes.length }),
  })
  response.end(bytes)
}
