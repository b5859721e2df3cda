/**
 * Which Reason Code a server can say of a connection. MQTT 3.1 and 3.1.1 have five refusals of a
 * CONNECT; CONNACK and DISCONNECT of 5.0 have a list each. A code without a place becomes the
 * nearest that has one, or nothing. For messages see `publish-code.ts`.
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

const NEAREST: ReadonlyMap<ReasonCode, ReasonCode> = new Map([
  [ReasonCode.Banned, ReasonCode.NotAuthorized],
  [ReasonCode.BadAuthenticationMethod, ReasonCode.NotAuthorized],
  [ReasonCode.ServerBusy, ReasonCode.ServerUnavailable],
  [ReasonCode.QuotaExceeded, ReasonCode.ServerUnavailable],
  [ReasonCode.ConnectionRateExceeded, ReasonCode.ServerUnavailable],
  [ReasonCode.UseAnotherServer, ReasonCode.ServerUnavailable],
  [ReasonCode.ServerMoved, ReasonCode.ServerUnavailable],
])
