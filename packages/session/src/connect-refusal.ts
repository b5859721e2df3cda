/** The rules by which a well-formed CONNECT is refused before anybody is asked (§3.1.3, §3.2.2). */
import { ReasonCode } from '@godwit/codec'
import type { ConnectPacket } from '@godwit/codec'
import type { ServerLimits } from './server-limits.ts'

/** Why a CONNECT is refused. */
export interface ConnectRefusal {
  readonly reasonCode: ReasonCode
  readonly cause: string
}

/** The refusal that a CONNECT deserves, or `undefined`. */
export function connectRefusal(
  connect: ConnectPacket,
  limits: ServerLimits,
): ConnectRefusal | undefined {
  return (
    refusedClientId(connect, limits) ??
    refusedAuthentication(connect) ??
    refusedWill(connect, limits)
  )
}

/** [MQTT-3.1.3-8] */
function refusedClientId(connect: ConnectPacket, limits: ServerLimits): ConnectRefusal | undefined {
  const { clientId, version, cleanStart } = connect
  const reasonCode = ReasonCode.ClientIdentifierNotValid
  if (clientId.length > limits.clientIdLengthMax) {
    const cause = `The Client Identifier is longer than ${limits.clientIdLengthMax} characters`
    return { reasonCode, cause }
  }
  if (clientId !== '' || version === 5) return undefined
  if (version === 3) return { reasonCode, cause: 'MQTT 3.1 needs a Client Identifier' }
  if (cleanStart) return undefined
  // [MQTT311-3.1.3-8]
  return { reasonCode, cause: 'An empty Client Identifier needs Clean Session 1' }
}

/** Data of a method that is not named (§3.1.2.11.10). */
function refusedAuthentication(connect: ConnectPacket): ConnectRefusal | undefined {
  const { authenticationMethod, authenticationData } = connect.properties ?? {}
  if (authenticationMethod !== undefined || authenticationData === undefined) return undefined
  const cause = 'A CONNECT has Authentication Data without Authentication Method'
  return { reasonCode: ReasonCode.ProtocolError, cause }
}

/** MQTT 5.0 says what the server can do, so that asking for more is an error there only. */
function refusedWill(connect: ConnectPacket, limits: ServerLimits): ConnectRefusal | undefined {
  const { will, version } = connect
  if (will === undefined || version !== 5) return undefined
  if (will.qos > limits.maximumQoS) {
    // [MQTT-3.2.2-12]
    const cause = `The Will QoS is above the Maximum QoS ${limits.maximumQoS}`
    return { reasonCode: ReasonCode.QoSNotSupported, cause }
  }
  if (will.retain && !limits.retainAvailable) {
    // [MQTT-3.2.2-13]
    const cause = 'Will Retain is set, and this server retains nothing'
    return { reasonCode: ReasonCode.RetainNotSupported, cause }
  }
  return undefined
}
