/** `@godwit/broker`: an MQTT broker as a library. */
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
export { DEFAULT_LIMITS } from './limits.ts'
export type { BacklogPolicy, BrokerLimits } from './limits.ts'
export type { ListenerTerms } from './listeners.ts'
export type { MessageHandler, ReceivedMessage } from './local-subscriber.ts'
export type { ClientInfo, Observers } from './observers.ts'
export type { PublishedMessage } from './published-message.ts'
export type { RestorationProgress } from './restoration.ts'
export type { ShareStrategy } from './share-group.ts'
export type { BrokerStats, DropReason, StoreStats } from './stats.ts'
