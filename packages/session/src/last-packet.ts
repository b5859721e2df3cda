/** The packet that ends a connection: a CONNACK that refuses, or a server's DISCONNECT. */
import { ReasonCode } from '@godwit/codec'
import type { MqttError, Packet, ProtocolVersion } from '@godwit/codec'
import { remarked } from './remarks.ts'
import type { ClosingDetails, Remarks } from './remarks.ts'
import { connackCode, disconnectCode } from './sayable.ts'

/** Why a connection ends. */
export interface Ending {
  /** In the vocabulary of MQTT 5.0, whatever the version. */
  readonly reasonCode: ReasonCode
  /** In a sentence, which MQTT 5.0 clients are told. */
  readonly cause: string
  /** What else they are told. */
  readonly details?: ClosingDetails | undefined
}

/** How far a connection has come, and what its client can read. */
export interface Standing {
  readonly state: 'awaiting-connect' | 'authenticating' | 'connected' | 'closed'
  readonly version: ProtocolVersion
  readonly maximumPacketSize: number
}

/**
 * What is said before the connection is closed: in MQTT 5.0 DISCONNECT to a client that was let in,
 * and CONNACK to one that was not, if its CONNECT came; in older versions CONNACK only.
 */
export function lastPacket(standing: Standing, ending: Ending): Packet | undefined {
  const { state, version, maximumPacketSize } = standing
  if (state === 'authenticating') return refusal(ending, version, maximumPacketSize)
  if (state !== 'connected' || version !== 5) return undefined // [MQTT-3.14.0-1]
  const reasonCode = disconnectCode(ending.reasonCode)
  // [MQTT-3.14.2-2]
  return remarked({ type: 'disconnect', reasonCode }, remarksOf(ending), maximumPacketSize)
}

/** What is said to a client whose CONNECT could not be read. */
export function answerToFault(error: MqttError, version: ProtocolVersion): Packet | undefined {
  const { reasonCode, message: cause, statement } = error
  // A protocol that is not MQTT would not know what a CONNACK is. [MQTT-3.1.2-1]
  if (statement === 'MQTT-3.1.2-1') return undefined
  // [MQTT-3.1.4-1] [MQTT311-3.1.4-1] [MQTT-3.1.2-2]
  if (version !== 5 && reasonCode !== ReasonCode.UnsupportedProtocolVersion) return undefined
  return refusal({ reasonCode, cause }, version, Infinity)
}

function refusal(ending: Ending, version: ProtocolVersion, bytesMax: number): Packet | undefined {
  const reasonCode = connackCode(ending.reasonCode, version)
  if (reasonCode === undefined) return undefined // [MQTT311-3.2.2-6]
  // [MQTT-3.2.2-6]
  const connack = { type: 'connack', sessionPresent: false, reasonCode } as const
  return version === 5 ? remarked(connack, remarksOf(ending), bytesMax) : connack
}

function remarksOf({ reasonCode, cause, details = {} }: Ending): Remarks & ClosingDetails {
  const { serverReference, userProperty } = details
  const elsewhere =
    reasonCode === ReasonCode.UseAnotherServer || reasonCode === ReasonCode.ServerMoved
  return {
    ...(elsewhere && serverReference !== undefined && { serverReference }),
    reasonString: cause,
    ...(userProperty !== undefined && { userProperty }),
  }
}
