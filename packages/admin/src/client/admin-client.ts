/** The client of the admin API: a method for each operation, on `fetch`. */
import type { NewBan, Proposal } from '../backend.ts'
import type { BanKind, BanView, ChangeView, Encoding, ExplainedAction } from '../views.ts'
import type { ExplanationView, LogLevelView, MessageProperties, Page } from '../views.ts'
import type {
  PublishedView,
  RetainedDetailView,
  RetainedView,
  SessionDetailView,
} from '../views.ts'
import type { SessionView, StatusView, SubscriptionView, TraceKind, TraceView } from '../views.ts'
import { AdminError } from './admin-error.ts'
import { ask, command } from './asking.ts'
import type { Asking, AskingTerms } from './asking.ts'

/** Which admin API is asked, and by whom. */
export interface AdminClientOptions {
  /** Such as `http://127.0.0.1:8081`. */
  readonly url: string
  readonly token?: string
  /** How long one request may take; 30,000 ms if absent. */
  readonly timeoutMs?: number
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
}

/** How any request may be stopped. */
export interface AskOptions {
  readonly signal?: AbortSignal
}

/** Which part of a list is wanted. */
export interface ListOptions extends AskOptions {
  /** 1 to 1,000; 100 if absent. */
  readonly limit?: number
  /** The `next` of the part before. */
  readonly after?: string
  /** Only what this pattern matches; `*` stands for any text. */
  readonly match?: string
}

/** A message to publish. */
export interface MessageToPublish {
  readonly topic: string
  readonly payload?: string
  /** Whether the payload is written as it is; `text` if absent. */
  readonly encoding?: Encoding
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
  readonly properties?: MessageProperties
}

/** What is asked of the rules. */
export interface ExplainOptions extends AskOptions {
  readonly action?: ExplainedAction
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
  readonly username?: string
  readonly address?: string
  readonly listener?: string
}

/**
 * Asks the admin API of one broker. Every method throws an `AdminError` if it is refused or cannot
 * be asked: a client, session or message that is not there is `not-found`.
 */
export class AdminClient {
  readonly #terms: AskingTerms

  /** @throws {AdminError} if the URL is none, or not of HTTP. */
  constructor({
    url,
    token,
    timeoutMs = TIMEOUT_MS,
    fetch = globalThis.fetch,
  }: AdminClientOptions) {
    this.#terms = { url: baseOf(url), token, timeoutMs, fetch }
  }

  /** How the broker stands. */
  status(options: AskOptions = {}): Promise<StatusView> {
    return this.#get('/status', {}, options)
  }

  /** Clients that are connected. */
  clients({ signal, ...words }: ListOptions = {}): Promise<Page<SessionView>> {
    return this.#get('/clients', words, { signal })
  }

  /** A client that is connected. */
  client(clientId: string, options: AskOptions = {}): Promise<SessionDetailView> {
    return this.#get('/client', { clientId }, options)
  }

  /** Disconnects a client; the reason is told to it. */
  disconnect(
    clientId: string,
    { reason, signal }: AskOptions & { readonly reason?: string } = {},
  ): Promise<void> {
    return this.#do({ method: 'DELETE', path: '/client', words: { clientId, reason }, signal })
  }

  /** Sessions, with or without a connection. */
  sessions({ signal, ...words }: ListOptions & { readonly connected?: boolean } = {}): Promise<
    Page<SessionView>
  > {
    return this.#get('/sessions', words, { signal })
  }

  /** A session. */
  session(clientId: string, options: AskOptions = {}): Promise<SessionDetailView> {
    return this.#get('/session', { clientId }, options)
  }

  /** Ends a session with all that it holds. */
  deleteSession(clientId: string, { signal }: AskOptions = {}): Promise<void> {
    return this.#do({ method: 'DELETE', path: '/session', words: { clientId }, signal })
  }

  /** Subscriptions: each word narrows which. */
  subscriptions({
    signal,
    ...words
  }: ListOptions & {
    readonly clientId?: string
    readonly filter?: string
    readonly topic?: string
  } = {}): Promise<Page<SubscriptionView>> {
    return this.#get('/subscriptions', words, { signal })
  }

  /** Retained Messages, all or those that a filter matches. */
  retained({ signal, ...words }: ListOptions & { readonly filter?: string } = {}): Promise<
    Page<RetainedView>
  > {
    return this.#get('/retained', words, { signal })
  }

  /** A Retained Message with its payload. */
  retainedMessage(topic: string, options: AskOptions = {}): Promise<RetainedDetailView> {
    return this.#get('/retained/message', { topic }, options)
  }

  /** Deletes a Retained Message. */
  deleteRetained(topic: string, { signal }: AskOptions = {}): Promise<void> {
    return this.#do({ method: 'DELETE', path: '/retained/message', words: { topic }, signal })
  }

  /** Publishes a message. */
  publish(message: MessageToPublish, { signal }: AskOptions = {}): Promise<PublishedView> {
    return this.#ask({ method: 'POST', path: '/publish', body: message, signal })
  }

  /** Bans in force. */
  bans({ signal, ...words }: ListOptions = {}): Promise<Page<BanView>> {
    return this.#get('/bans', words, { signal })
  }

  /** Bans somebody. */
  ban(ban: NewBan, { signal }: AskOptions = {}): Promise<void> {
    return this.#do({ method: 'POST', path: '/bans', body: ban, signal })
  }

  /** Lifts a ban. */
  liftBan(kind: BanKind, value: string, { signal }: AskOptions = {}): Promise<void> {
    return this.#do({ method: 'DELETE', path: '/bans', words: { kind, value }, signal })
  }

  /** What the rules say about a client and a topic. */
  explain(
    clientId: string,
    topic: string,
    { signal, ...words }: ExplainOptions = {},
  ): Promise<ExplanationView> {
    return this.#get('/explain', { clientId, topic, ...words }, { signal })
  }

  /** What is traced. */
  async traces(options: AskOptions = {}): Promise<readonly TraceView[]> {
    const { items } = await this.#get<{ readonly items: readonly TraceView[] }>(
      '/traces',
      {},
      options,
    )
    return items
  }

  /** Traces a client or a filter for a while: 10 minutes if absent. */
  trace(
    kind: TraceKind,
    value: string,
    { signal, seconds }: AskOptions & { readonly seconds?: number } = {},
  ): Promise<TraceView> {
    const body = { kind, value, ...(seconds !== undefined && { seconds }) }
    return this.#ask({ method: 'POST', path: '/traces', body, signal })
  }

  /** Ends a trace. */
  stopTrace(kind: TraceKind, value: string, { signal }: AskOptions = {}): Promise<void> {
    return this.#do({ method: 'DELETE', path: '/traces', words: { kind, value }, signal })
  }

  /** Makes the broker read its configuration again. */
  reload({ signal }: AskOptions = {}): Promise<ChangeView> {
    return this.#ask({ method: 'POST', path: '/reload', signal })
  }

  /** What another configuration would change. */
  plan(proposal: Proposal, { signal }: AskOptions = {}): Promise<ChangeView> {
    return this.#ask({ method: 'POST', path: '/plan', body: proposal, signal })
  }

  /** How much the log says. */
  logLevel(options: AskOptions = {}): Promise<LogLevelView> {
    return this.#get('/log-level', {}, options)
  }

  /** Makes the log say more or less. */
  setLogLevel(level: string, { signal }: AskOptions = {}): Promise<LogLevelView> {
    return this.#ask({ method: 'PUT', path: '/log-level', body: { level }, signal })
  }

  /** The OpenAPI document of the API. */
  openApi(options: AskOptions = {}): Promise<object> {
    return this.#get('/openapi.json', {}, options)
  }

  #get<T>(path: string, words: NonNullable<Asking['words']>, options: Stop): Promise<T> {
    return this.#ask({ method: 'GET', path, words, signal: options.signal })
  }

  #ask<T>(asking: Asking): Promise<T> {
    return ask(asking, this.#terms)
  }

  #do(asking: Asking): Promise<void> {
    return command(asking, this.#terms)
  }
}

interface Stop {
  readonly signal?: AbortSignal | undefined
}

/**
 * Every item of a list, part after part: `for await (const client of every((after) =>
 * admin.clients({ ...after })))`.
 */
export async function* every<T>(
  list: (from: { readonly after?: string }) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let page = await list({})
  for (;;) {
    yield* page.items
    if (page.next === undefined) return
    page = await list({ after: page.next })
  }
}

const TIMEOUT_MS = 30_000

function baseOf(url: string): string {
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') {
    return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '')
  }
  throw new AdminError('The URL of an admin API is one of http or https', { code: 'bad-request' })
}
