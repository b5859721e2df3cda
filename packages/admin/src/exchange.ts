/**
 * One request from its first header to its answer: who asks, what for, may they, is it well formed,
 * and only then is anything done. A body is not read before its sender has shown a token.
 */
import type { IncomingMessage } from 'node:http'
import { peerAddress } from '@godwit/transport/node'
import type { AdminToken } from './admin-token.ts'
import type { AdminBackend } from './backend.ts'
import { Problem } from './problem.ts'
import { readBody } from './request-body.ts'
import { RequestWords } from './request-words.ts'
import type { Route } from './route.ts'
import type { RouteTable } from './routing.ts'
import { tokenShown } from './token-check.ts'
import type { WrongTokens } from './wrong-tokens.ts'

/** What an exchange needs of its server. */
export interface ExchangeTerms {
  readonly routes: RouteTable
  readonly tokens: () => readonly AdminToken[]
  readonly wrongTokens: WrongTokens
  readonly now: () => number
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  readonly backend: AdminBackend
}

/** A request under way. What is known of it grows, for the log. */
export class Exchange {
  /** Who asks, once that is known. */
  token: AdminToken | undefined
  /** What for, once that is known. */
  route: Route | undefined
  readonly address: string
  readonly #request: IncomingMessage
  readonly #terms: ExchangeTerms

  constructor(request: IncomingMessage, terms: ExchangeTerms) {
    this.#request = request
    this.#terms = terms
    this.address = peerAddress(request.socket)
  }

  /** What it is answered with. @throws {Problem} if it is not to have it. */
  async answer(signal: AbortSignal): Promise<unknown> {
    const { routes, tokens, backend } = this.#terms
    const { method = '', url = '', headers } = this.#request
    const question = url.indexOf('?')
    const path = question === -1 ? url : url.slice(0, question)
    this.token = tokenShown(headers.authorization, tokens())
    const found = routes.find(method, path)
    this.route = found instanceof Problem ? undefined : found
    if (this.route?.scope !== 'none' && this.token === undefined) {
      throw await this.#unauthorized(signal)
    }
    if (found instanceof Problem) throw found
    this.#checkScope(found)
    const query = new URLSearchParams(question === -1 ? '' : url.slice(question))
    const words = new RequestWords(query, found.parameters)
    const body = await readBody(this.#request)
    if (body !== undefined && found.body === undefined) {
      throw new Problem('bad-request', 'This request takes no body')
    }
    return found.run({ words, body, signal }, backend)
  }

  /** Whoever only forgot the token is told so at once; a wrong one is counted. */
  async #unauthorized(signal: AbortSignal): Promise<Problem> {
    if (this.#request.headers.authorization === undefined) {
      return new Problem('unauthorized', 'A token is needed: Authorization: Bearer <token>', ASK)
    }
    const { wrongTokens, now, wait } = this.#terms
    const delayMs = wrongTokens.count(this.address, now())
    if (delayMs === undefined) {
      return new Problem('too-many-requests', 'Too many wrong tokens came', { 'Retry-After': '1' })
    }
    if (delayMs > 0) {
      try {
        await wait(delayMs, signal)
      } finally {
        wrongTokens.waited()
      }
    }
    return new Problem('unauthorized', 'No such token is known to this broker', ASK)
  }

  #checkScope({ scope }: Route): void {
    if (scope !== 'write' || this.token?.scope === 'write') return
    throw new Problem(
      'forbidden',
      `The token ${this.token?.name ?? ''} may only look: use one with the scope write`,
    )
  }
}

/** What a 401 must say (RFC 9110, 15.5.2). */
const ASK = { 'WWW-Authenticate': 'Bearer realm="godwit"' }
