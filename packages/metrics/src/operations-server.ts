/**
 * The HTTP port for whoever runs the broker: `/metrics`, `/healthz` and `/readyz`, and nothing
 * else. Each connection ends with its answer, so that nobody gets hold of the few that there are
 * for longer than that takes. There is no login: it belongs at an address that operators reach and
 * clients do not.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { ServerBinding } from '@godwit/transport/node'
import type { Format, Page } from './exposition.ts'
import { ailments, hindrances } from './health.ts'
import type { Health } from './health.ts'

/** Where it listens, and what it tells. */
export interface OperationsServerOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** What `/metrics` shows. */
  readonly metrics: MetricsPage
  /** Asked for each answer of `/healthz` and `/readyz`. */
  readonly health: () => Health
  /** Hears why a page could not be made, or a connection not be accepted. */
  readonly onError?: (error: unknown) => void
  /** Connections at the same time; those beyond are dropped. 64 where left out. */
  readonly connectionsMax?: number
  /** How long headers may take to come, and an answer to be taken; 5,000 ms where left out. */
  readonly timeoutMs?: number
}

/** What makes the page, such as `Metrics`. */
export interface MetricsPage {
  /** @throws what keeps it from being made. */
  page(format: Format): Promise<Page>
  /** Is waited for before the port opens, so that the first page is as quick as any other. */
  prepare?(): Promise<void>
}

/** The port. */
export class OperationsServer implements AsyncDisposable {
  readonly #options: OperationsServerOptions
  readonly #binding = new ServerBinding()
  readonly #server: Server

  constructor(options: OperationsServerOptions) {
    this.#options = options
    this.#server = serverWith(options, (...exchange) => void this.#answer(...exchange))
  }

  /** Opens the port; its URL. @throws {Error} a sentence that says why it cannot be opened. */
  async listen(): Promise<string> {
    await this.#options.metrics.prepare?.()
    return `http://${await this.#binding.open(this.#server, this.#options)}`
  }

  /** Closes the port and every connection. */
  async close(): Promise<void> {
    await this.#binding.close()
    this.#server.closeAllConnections()
  }

  /** @see close */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(request, response, await this.#answerTo(request))
    } catch (error) {
      this.#options.onError?.(error)
      send(request, response, plain(500, ['The page could not be made: the log says why.']))
    }
  }

  async #answerTo({ method, url = '', headers: { accept } }: IncomingMessage): Promise<Answer> {
    const { metrics, health } = this.#options
    const [path = ''] = url.split('?', 1)
    if (!PATHS.includes(path)) return NOT_FOUND
    if (method !== 'GET' && method !== 'HEAD') return NOT_ALLOWED
    if (path === '/healthz') return wellness(ailments(health()))
    if (path === '/readyz') return wellness(hindrances(health()))
    return { status: 200, ...(await metrics.page(formatFor(accept))) }
  }
}

/** What is answered to a request. */
interface Answer extends Page {
  readonly status: number
}

const PATHS: readonly string[] = ['/metrics', '/healthz', '/readyz']

const NOT_FOUND = plain(404, [`There is ${PATHS.join(', ')} here, and nothing else.`])

const NOT_ALLOWED = plain(405, ['Only GET and HEAD are answered.'])

function plain(status: number, sentences: readonly string[]): Answer {
  const text = sentences.map((sentence) => `${sentence}\n`).join('')
  return { status, contentType: 'text/plain; charset=utf-8', text }
}

function wellness(reasonsAgainst: readonly string[]): Answer {
  return reasonsAgainst.length === 0 ? plain(200, ['ok']) : plain(503, reasonsAgainst)
}

/** OpenMetrics goes to whoever names it, unless at a quality of 0. */
function formatFor(accept = ''): Format {
  const range = accept
    .toLowerCase()
    .split(',')
    .map((one) => one.split(';').map((part) => part.trim()))
    .find(([type]) => type === 'application/openmetrics-text')
  const quality = range?.find((part) => part.startsWith('q='))?.slice(2) ?? '1'
  return range !== undefined && Number(quality) > 0 ? 'openmetrics' : 'text'
}

function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, contentType, text }: Answer,
): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  })
  response.end(method === 'HEAD' ? undefined : text)
}

function serverWith(
  { connectionsMax = 64, timeoutMs = 5_000 }: OperationsServerOptions,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const bounds = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    connectionsCheckingInterval: Math.ceil(timeoutMs / 2),
  }
  const server = createServer(bounds, answer)
  server.maxConnections = connectionsMax
  // Whoever does not take its answer is let go as well.
  server.setTimeout(timeoutMs, (socket) => socket.destroy())
  return server
}

/** Prometheus sends a few hundred. */
const HEADER_BYTES_MAX = 4_096
