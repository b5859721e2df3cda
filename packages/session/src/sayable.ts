/**
 * Which Reason Code a packet of a version can carry. MQTT 3.1 and 3.1.1 have five refusals of a
 * CONNECT, one of a filter in 3.1.1 and none in 3.1; each packet of 5.0 has a list of its own. A
 * code without a place becomes the nearest that has one, or nothing.
 */
import { isReasonCode, ReasonCode, returnCodeOfReasonCode } from '@godwit/codec'
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

/** The code for a DISCONNECT of MQTT 5.0: what a CONNACK only can say is a Protocol Error here. */
export function disconnectCode(reasonCode: ReasonCode): ReasonCode {
  return isReasonCode(reasonCode, 'disconnect') ? reasonCode : ReasonCode.ProtocolError
}

/**
 * The code for a SUBACK of this version. MQTT 3.1 cannot refuse a filter: its client is told the
 * lowest QoS and hears nothing. [MQTT-3.9.3-2]
 */
export function subackCode(reasonCode: ReasonCode, version: ProtocolVersion): ReasonCode {
  if (version === 5 || reasonCode < 0x80) return reasonCode
  return version === 4 ? ReasonCode.UnspecifiedError : ReasonCode.GrantedQoS0
}

/** The codes for an UNSUBACK of this version: there are none before MQTT 5.0. */
export function unsubackCodes(
  reasonCodes: readonly ReasonCode[],
  version: ProtocolVersion,
): readonly ReasonCode[] {
  return version === 5 ? reasonCodes : []
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
