/**
 * What the admin API works on. `brokerBackend` makes one of a broker; a test, or a program with a
 * broker of its own kind, may give another.
 *
 * A list is read in slices, so that no request holds the event loop: that is for the backend to
 * see to. Whatever it rejects with that is no `Problem` is answered with 500 and reported.
 */
import type {
  BanKind,
  BanView,
  ChangeView,
  ExplainedAction,
  ExplanationView,
  LogLevelView,
  MessageProperties,
  Page,
  PublishedView,
  RetainedDetailView,
  RetainedView,
  SessionDetailView,
  SessionView,
  StatusView,
  SubscriptionView,
  TraceKind,
  TraceView,
} from './views.ts'

/** Looks after a broker. */
export interface AdminBackend {
  status(): Promise<StatusView>

  /** Sessions of clients that are connected. */
  clients(query: PageQuery): Promise<Page<SessionView>>
  /** False if it is not connected. */
  disconnect(clientId: string, cause: string): Promise<boolean>

  sessions(query: SessionQuery): Promise<Page<SessionView>>
  session(clientId: string): Promise<SessionDetailView | undefined>
  /** Ends it with all that is in it, and disconnects its client. False if there is none. */
  deleteSession(clientId: string): Promise<boolean>

  subscriptions(query: SubscriptionQuery): Promise<Page<SubscriptionView>>

  retained(query: RetainedQuery): Promise<Page<RetainedView>>
  retainedMessage(topic: string): Promise<RetainedDetailView | undefined>
  /** False if there is none. */
  deleteRetained(topic: string): Promise<boolean>
  /** @throws {Problem} if it cannot be published. */
  publish(message: AdminMessage): Promise<PublishedView>

  /** In the order of kinds and names. */
  bans(query: PageQuery): Promise<Page<BanView>>
  /** Those whom it concerns are disconnected. */
  ban(ban: NewBan): Promise<void>
  /** False if there is none. */
  liftBan(kind: BanKind, value: string): Promise<boolean>

  explain?(question: Question): Promise<ExplanationView>
  readonly traces?: TracesBackend
  /** Reads the configuration again. @throws {Problem} if it is wrong, and nothing was changed. */
  reload?(): Promise<ChangeView>
  /** What another configuration would change. @throws {Problem} if it is wrong. */
  plan?(configuration: Proposal): Promise<ChangeView>
  readonly logLevel?: LogLevelBackend
}

/** Which part of a list is wanted. */
export interface PageQuery {
  /** At least 1. */
  readonly limit: number
  /** The `next` of the part before. */
  readonly after?: string
  /** Only what this pattern matches, in which `*` stands for any text. */
  readonly match?: string
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
}

/** Which sessions are wanted. */
export interface SessionQuery extends PageQuery {
  /** Those whose clients are there, or are not; all where left out. */
  readonly connected?: boolean
}

/** Which subscriptions are wanted; each word narrows it. */
export interface SubscriptionQuery extends PageQuery {
  readonly clientId?: string
  /** Exactly this filter. */
  readonly filter?: string
  /** Those whose filter matches this Topic Name. */
  readonly topic?: string
}

/** Which Retained Messages are wanted. */
export interface RetainedQuery extends PageQuery {
  /** Those whose Topic Name this filter matches. */
  readonly filter?: string
}

/** A message to publish. */
export interface AdminMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
  readonly properties: MessageProperties
}

/** Who may be asked about: a client that is connected, or one that is made up. */
export interface Question {
  readonly clientId: string
  /** Instead of what is known of the client. */
  readonly username?: string
  readonly address?: string
  readonly listener?: string
  readonly action: ExplainedAction
  /** A Topic Filter if the action is `subscribe`. */
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly retain: boolean
}

/** A ban to be. */
export interface NewBan {
  readonly kind: BanKind
  readonly value: string
  /** Until it is lifted, where left out. */
  readonly seconds?: number | undefined
  readonly reason?: string | undefined
}

/** Traces single clients and topics in the log. */
export interface TracesBackend {
  list(): Promise<readonly TraceView[]>
  start(kind: TraceKind, value: string, seconds: number): Promise<TraceView>
  /** False if there is none. */
  stop(kind: TraceKind, value: string): Promise<boolean>
}

/** How much the log says. */
export interface LogLevelBackend {
  readonly levels: readonly string[]
  get(): LogLevelView
  set(level: string): void
}

/** A configuration that is not in force. */
export interface Proposal {
  readonly text: string
  /** The language that it is written in; a guess by its first character where left out. */
  readonly format?: string | undefined
}
