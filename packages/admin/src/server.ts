/**
 * The admin API on a port of its own: HTTP/1.1 with JSON, tokens, and nothing that a browser could
 * be talked into. Everything about a request is bounded: its head, its body, its time, how many are
 * under way at once.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Clock } from '@godwit/transport'
import { ServerBinding, systemClock } from '@godwit/transport/node'
import type { AdminToken } from './admin-token.ts'
import { answerProblem, answerWith } from './answer.ts'
import type { AdminBackend } from './backend.ts'
import { Exchange } from './exchange.ts'
import type { ExchangeTerms } from './exchange.ts'
import { Problem } from './problem.ts'
import { checkOrigin } from './request-origin.ts'
import type { OriginTerms } from './request-origin.ts'
import { ROUTES } from './routes/all.ts'
import { RouteTable } from './routing.ts'
import { bounded, waited } from './waiting.ts'
import { WRONG_TOKEN_LIMITS, WrongTokens } from './wrong-tokens.ts'

/** How an admin API is served. */
export interface AdminServerOptions {
  readonly backend: AdminBackend
  /** Without one nobody gets in. */
  readonly tokens: readonly AdminToken[]
  /** 127.0.0.1 if absent. Beyond it, put something in front that speaks TLS. */
  readonly host?: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Names that `Host` may have beside addresses and `localhost`. */
  readonly hosts?: readonly string[]
  /** Pages whose `Origin` is let in; none if absent. */
  readonly origins?: readonly string[]
  /** Measures; the system's if absent. */
  readonly clock?: Clock
  /** Hears of every request when it is answered, for a log. It holds no secret. */
  readonly onAnswered?: (event: AnsweredEvent) => void
  /** Hears of errors that are not the client's: of the backend, and of accepting. */
  readonly onError?: (error: unknown) => void
}

/** A request that was answered. */
export interface AnsweredEvent {
  readonly address: string
  readonly method: string
  /** The name of the operation; absent if there is none at the path. */
  readonly operation?: string
  /** The name of the token; absent where none that is known was shown. */
  readonly token?: string
  readonly status: number
  readonly ms: number
}

/** Serves the admin API. */
export class AdminServer implements AsyncDisposable {
  readonly #options: AdminServerOptions
  readonly #clock: Clock
  readonly #origin: OriginTerms
  readonly #binding = new ServerBinding()
  readonly #closing = new AbortController()
  readonly #exchangeTerms: ExchangeTerms
  #server: Server | undefined
  #tokens: readonly AdminToken[]
  #underWay = 0

  constructor(options: AdminServerOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#tokens = options.tokens
    this.#origin = {
      hosts: (options.hosts ?? []).map((name) => name.toLowerCase()),
      origins: (options.origins ?? []).map((origin) => origin.toLowerCase()),
    }
    this.#exchangeTerms = {
      backend: options.backend,
      routes: new RouteTable(ROUTES),
      tokens: () => this.#tokens,
      wrongTokens: new WrongTokens(WRONG_TOKEN_LIMITS),
      now: () => this.#clock.now(),
      wait: (ms, signal) => waited(this.#clock, ms, signal),
    }
  }

  /**
   * Opens the port and returns its URL, such as `http://127.0.0.1:8081`.
   * @throws {Error} with a sentence if it cannot be opened.
   */
  async listen(): Promise<string> {
    const { host = '127.0.0.1', port, onError } = this.#options
    const server = createServer(SERVER_OPTIONS, (request, response) => {
      void this.#serve(request, response)
    })
    server.maxConnections = CONNECTIONS_MAX
    // Of a client that does not read its answer, or sends nothing.
    server.setTimeout(IDLE_MS)
    this.#server = server
    const binding = { host, port, ...(onError !== undefined && { onError }) }
    return `http://${await this.#binding.open(server, binding)}`
  }

  /** Other tokens from here on; requests under way go on. */
  replaceTokens(tokens: readonly AdminToken[]): void {
    this.#tokens = tokens
  }

  /** Stops to accept and ends all connections; requests under way are given up. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#binding.close()
    this.#server?.closeAllConnections()
  }

  /** @see close */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const since = this.#clock.now()
    const exchange = new Exchange(request, this.#exchangeTerms)
    this.#underWay++
    try {
      answerWith(response, await this.#answer(exchange, request, response))
    } catch (error) {
      // What has not come of the request does not come any more.
      if (!request.complete) response.setHeader('Connection', 'close')
      answerProblem(response, this.#problemOf(error))
    } finally {
      this.#underWay--
    }
    this.#tell(exchange, request, response, this.#clock.now() - since)
  }

  async #answer(
    exchange: Exchange,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<unknown> {
    checkOrigin(request.headers, this.#origin)
    if (this.#underWay > UNDER_WAY_MAX) {
      throw new Problem('busy', 'Too many requests are under way', { 'Retry-After': '1' })
    }
    const over = new AbortController()
    response.once('close', () => over.abort())
    const signal = AbortSignal.any([over.signal, this.#closing.signal])
    return bounded(this.#clock, ANSWER_MS, over, exchange.answer(signal))
  }

  #problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error
    this.#options.onError?.(error)
    return new Problem('fault', 'The broker failed to do this, and its log says why')
  }

  #tell(
    { address, route, token }: Exchange,
    { method = '' }: IncomingMessage,
    { statusCode: status }: ServerResponse,
    ms: number,
  ): void {
    this.#options.onAnswered?.({
      address,
      method,
      ...(route !== undefined && { operation: route.operationId }),
      ...(token !== undefined && { token: token.name }),
      status,
      ms,
    })
  }
}

/** Heads of 32 KiB have room for a Topic Name of 4,096 bytes, each of them written as %xx. */
const SERVER_OPTIONS = {
  maxHeaderSize: 32_768,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  noDelay: true,
}
const CONNECTIONS_MAX = 128
const UNDER_WAY_MAX = 64
const IDLE_MS = 60_000
const ANSWER_MS = 30_000
