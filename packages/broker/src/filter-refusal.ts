/** Why a filter is not subscribed to, before anybody is asked who may. */
import { ReasonCode } from '@godwit/codec'
import { unavailableFilter } from '@godwit/session'
import type { ServerLimits } from '@godwit/session'
import { topicFilterFault } from '@godwit/topic'
import { fits } from './limits.ts'
import type { BrokerLimits } from './limits.ts'

/** The Reason Code that a filter deserves, or `undefined`. */
export function filterRefusal(
  filter: string,
  limits: BrokerLimits,
  terms: ServerLimits,
): ReasonCode | undefined {
  // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
  if (topicFilterFault(filter) !== undefined || !fits(filter, limits)) {
    return ReasonCode.TopicFilterInvalid
  }
  return unavailableFilter(filter, terms) // [MQTT311-3.8.3-2]
}
