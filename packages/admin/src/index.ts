/** `@godwit/admin`: an HTTP API to look after a broker, and its client. */
export { newToken, parseToken, parseTokens, SECRET_LENGTH_MIN } from './admin-token.ts'
export type { AdminToken, NewToken, Scope } from './admin-token.ts'
export type {
  AdminBackend,
  AdminMessage,
  LogLevelBackend,
  NewBan,
  PageQuery,
  Proposal,
  Question,
  RetainedQuery,
  SessionQuery,
  SubscriptionQuery,
  TracesBackend,
} from './backend.ts'
export { brokerBackend } from './broker-backend.ts'
export type { BrokerBackendOptions, LookedAfter } from './broker-backend.ts'
export { AdminClient, every } from './client/admin-client.ts'
export type {
  AdminClientOptions,
  AskOptions,
  ExplainOptions,
  ListOptions,
  MessageToPublish,
} from './client/admin-client.ts'
export { AdminError } from './client/admin-error.ts'
export type { AdminErrorCode } from './client/admin-error.ts'
export type { Explain, Explained, OpinionRuling } from './explaining.ts'
export { Problem } from './problem.ts'
export type { ProblemCode, ProblemDocument } from './problem.ts'
export { AdminServer } from './server.ts'
export type { AdminServerOptions, AnsweredEvent } from './server.ts'
export type {
  BanKind,
  BanView,
  CertificateView,
  ChangeView,
  ConnectionView,
  Encoding,
  ExplainedAction,
  ExplanationView,
  InFlightView,
  LogLevelView,
  MessageProperties,
  Offer,
  OpinionView,
  Page,
  PublishedView,
  QueuedView,
  RetainedDetailView,
  RetainedView,
  SessionDetailView,
  SessionView,
  StatusView,
  SubscriptionView,
  TraceKind,
  TraceView,
  WillView,
} from './views.ts'
