/** `@godwit/broker`: an MQTT broker as a library. */
export { Broker } from './broker.ts'
export type { BrokerMessage, BrokerOptions } from './broker.ts'
export { DEFAULT_LIMITS } from './limits.ts'
export type { BrokerLimits } from './limits.ts'
export type { ClientInfo, Observers } from './observers.ts'
export type { BrokerStats, DropReason } from './stats.ts'
