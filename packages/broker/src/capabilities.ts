/** What a broker can do, and what of it is switched off: told in CONNACK, and enforced. */
import { UINT16_MAX } from '@godwit/codec'
import type { QoS } from '@godwit/codec'
import type { ServerLimits } from '@godwit/session'
import type { BrokerLimits } from './limits.ts'

/** The abilities that MQTT 5.0 lets a server lack (§3.2.2.3). */
export interface Capabilities {
  readonly maximumQoS: QoS
  readonly retainAvailable: boolean
  readonly wildcardSubscriptionAvailable: boolean
  readonly subscriptionIdentifierAvailable: boolean
  readonly sharedSubscriptionAvailable: boolean
}

/** The terms of every connection, in the words of the protocol. */
export function termsOf(limits: BrokerLimits, chosen: Partial<Capabilities> = {}): ServerLimits {
  const topicAliasMaximum = Math.min(limits.topicAliasMaximum, UINT16_MAX)
  return { ...limits, topicAliasMaximum, ...ALL, ...chosen }
}

const ALL: Capabilities = {
  maximumQoS: 2,
  retainAvailable: true,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifierAvailable: true,
  sharedSubscriptionAvailable: true,
}
