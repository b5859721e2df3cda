/**
 * Which Reason Code either end can say of a PUBLISH: MQTT 3.1 and 3.1.1 cannot refuse one, and in
 * 5.0 PUBACK and PUBREC have a list of their own.
 */
import { isReasonCode, ReasonCode } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'

/**
 * The code for a PUBACK or PUBREC of this version: there are none before MQTT 5.0.
 * [MQTT-3.4.2-1] [MQTT-3.5.2-1]
 */
export function publishCode(reasonCode: ReasonCode, version: ProtocolVersion): ReasonCode {
  if (version !== 5 || reasonCode === ReasonCode.Success) return ReasonCode.Success
  // Common enough on the message path to be spared the search below.
  if (reasonCode === ReasonCode.NoMatchingSubscribers) return reasonCode
  return isReasonCode(reasonCode, 'puback') ? reasonCode : ReasonCode.UnspecifiedError
}
