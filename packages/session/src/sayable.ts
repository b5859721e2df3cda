/**
 * Which Reason Code a packet of a version can carry. MQTT 3.1 and 3.1.1 have five refusals of a
 * CONNECT and none of a PUBLISH; each packet of 5.0 has a list of its own. A code without a place
 * becomes the nearest that has one, or nothing.
 */
import { isReasonCode, ReasonCode, returnCodeOfReasonCode, senderOf } from '@godwit/codec'
import type { ProtocolVersion } from '@godwit/codec'

/**
 * The code for a CONNACK of this version, or `undefined` where none fits: then the connection is
 * closed without one. [MQTT-3.2.2-8]
 */
export function connackCode(
  reasonCode: ReasonCode,
  version: ProtocolVersion,
): ReasonCode | undefined {
  if (version === 5) {
    return isReasonCode(reasonCode, 'connack') ? reasonCode : ReasonCode.UnspecifiedError
  }
  if (returnCodeOfReasonCode(reasonCode) !== undefined) return reasonCode
  return NEAREST.get(reasonCode)
}

/**
 * The code for a server's DISCONNECT of MQTT 5.0: what only a CONNACK or a client can say is a
 * Protocol Error here. [MQTT-3.14.2-1]
 */
export function disconnectCode(reasonCode: ReasonCode): ReasonCode {
  const isOurs =
    isReasonCode(reasonCode, 'disconnect') && senderOf(reasonCode, 'disconnect') !== 'client'
  return isOurs ? reasonCode : ReasonCode.ProtocolError
}

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

const NEAREST: ReadonlyMap<ReasonCode, ReasonCode> = new Map([
  [ReasonCode.Banned, ReasonCode.NotAuthorized],
  [ReasonCode.BadAuthenticationMethod, ReasonCode.NotAuthorized],
  [ReasonCode.ServerBusy, ReasonCode.ServerUnavailable],
  [ReasonCode.QuotaExceeded, ReasonCode.ServerUnavailable],
  [ReasonCode.ConnectionRateExceeded, ReasonCode.ServerUnavailable],
  [ReasonCode.UseAnotherServer, ReasonCode.ServerUnavailable],
  [ReasonCode.ServerMoved, ReasonCode.ServerUnavailable],
])
