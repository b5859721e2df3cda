/** `@godwit/broker`: an MQTT broker as a library. */
export type { Ban, Bans, BanTarget, BanTerms } from './bans.ts'
export { Broker } from './broker.ts'
export type {
  BrokerMessage,
  BrokerOptions,
  BrokerStore,
  Dismissal,
  LocalSubscriptionOptions,
} from './broker-options.ts'
export type { Capabilities } from './capabilities.ts'
export type { Action, Attempt, Awaitable, ExchangeStep, Guards, Verdict } from './guards.ts'
export type {
  ConnectionSummary,
  InFlightMessage,
  Matching,
  MatchingSubscription,
  QueuedMessage,
  RetainedDetails,
  RetainedSummary,
  SessionDetails,
  SessionSubscription,
  SessionSummary,
  WillSummary,
} from './inspected-session.ts'
export { Inspection } from './inspection.ts'
export type { MatchingRequest, SessionRequest, SubscriptionRequest } from './inspection.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export type { BacklogPolicy, BrokerLimits } from './limits.ts'
export type { ListenerTerms } from './listeners.ts'
export type { MessageHandler, ReceivedMessage } from './local-subscriber.ts'
export type { ClientInfo, Observers } from './observers.ts'
export type { Page, PageRequest } from './pages.ts'
export type { OverloadLevel } from './overload.ts'
export type { PublishedMessage } from './published-message.ts'
export { DEFAULT_RATES } from './rate-limits.ts'
export type { AutomaticBan, RateLimits } from './rate-limits.ts'
export type { RestorationProgress } from './restoration.ts'
export type { ShareStrategy } from './share-group.ts'
export type {
  BrokerStats,
  CommitBucket,
  DropReason,
  StoreStats,
  ListenerStats,
  RefusalCounts,
} from './stats.ts'
export type { Tap, Tapped, TappedDelivery } from './taps.ts'
