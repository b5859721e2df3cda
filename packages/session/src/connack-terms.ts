/** What a client that is let in is told of its connection in CONNACK (§3.2). */
import { encode, PACKET_BYTES_MAX, ReasonCode, UINT16_MAX } from '@godwit/codec'
import type { ConnectPacket, Packet, PropertiesOf } from '@godwit/codec'
import { keepAliveSeconds, sessionExpirySeconds } from './client-terms.ts'
import { remarked } from './remarks.ts'
import type { Remarks } from './remarks.ts'
import type { Exchanges } from './server-exchanges.ts'
import type { ServerLimits } from './server-limits.ts'

/** What the owner decided about a client that it lets in. */
export interface Acceptance extends Remarks {
  /** Whether there was a session to resume; told only where the version has words for it. */
  readonly sessionPresent: boolean
  /** The two halves of the session's QoS 1 and 2, which go on with this connection. */
  readonly exchanges: Exchanges
  /** The Client Identifier given to a client that came without one. */
  readonly assignedClientIdentifier?: string
  /** A basis for Response Topics; told only to a client that asks for it. */
  readonly responseInformation?: string
  /** The last word of an enhanced authentication. */
  readonly authenticationData?: Uint8Array
}

/**
 * The CONNACK that accepts. `undefined` where the client has no room even for its terms: such a
 * CONNACK may not be sent, and without it nothing else may. [MQTT-3.1.2-24] [MQTT-3.2.0-1]
 */
export function acceptingConnack(
  connect: ConnectPacket,
  acceptance: Acceptance,
  limits: ServerLimits,
): Packet | undefined {
  const { version, cleanStart } = connect
  // [MQTT-3.2.2-2] [MQTT-3.2.2-3] Session Present does not exist in MQTT 3.1.
  const sessionPresent = acceptance.sessionPresent && !cleanStart && version !== 3
  const connack = { type: 'connack', sessionPresent, reasonCode: ReasonCode.Success } as const
  if (version !== 5) return connack
  const properties = {
    ...connectionTerms(connect, acceptance, limits),
    ...capabilities(limits),
    ...authenticationTerms(connect, acceptance),
  }
  const bytesMax = connect.properties?.maximumPacketSize ?? Infinity
  const bare = { ...connack, properties }
  return encode(bare, 5).length > bytesMax ? undefined : remarked(bare, acceptance, bytesMax)
}

/** What holds for this connection: where the client has its way, nothing is said. */
function connectionTerms(
  connect: ConnectPacket,
  acceptance: Acceptance,
  limits: ServerLimits,
): PropertiesOf<'connack'> {
  const { sessionExpiryInterval, requestResponseInformation } = connect.properties ?? {}
  const { assignedClientIdentifier, responseInformation } = acceptance
  const granted = sessionExpirySeconds(connect, limits)
  const keepAlive = keepAliveSeconds(connect, limits)
  const informed = requestResponseInformation === 1 && responseInformation !== undefined
  return {
    ...(granted < (sessionExpiryInterval ?? 0) && { sessionExpiryInterval: granted }),
    ...(keepAlive !== connect.keepAlive && { serverKeepAlive: keepAlive }),
    ...(assignedClientIdentifier !== undefined && { assignedClientIdentifier }), // [MQTT-3.1.3-7]
    ...(informed && { responseInformation }), // [MQTT-3.1.2-28]
  }
}

/** What the server can do: where a default of MQTT is meant, nothing is said. */
function capabilities(limits: ServerLimits): PropertiesOf<'connack'> {
  const { maximumQoS, packetBytesMax, receiveMaximum, topicAliasMaximum } = limits
  return {
    ...(receiveMaximum < UINT16_MAX && { receiveMaximum }),
    ...(maximumQoS < 2 && { maximumQoS }), // [MQTT-3.2.2-9]
    ...(!limits.retainAvailable && { retainAvailable: 0 }),
    ...(packetBytesMax < PACKET_BYTES_MAX && { maximumPacketSize: packetBytesMax }),
    ...(topicAliasMaximum > 0 && { topicAliasMaximum }),
    ...(!limits.wildcardSubscriptionAvailable && { wildcardSubscriptionAvailable: 0 }),
    ...(!limits.subscriptionIdentifierAvailable && { subscriptionIdentifierAvailable: 0 }),
    ...(!limits.sharedSubscriptionAvailable && { sharedSubscriptionAvailable: 0 }),
  }
}

/** [MQTT-4.12.0-5] [MQTT-4.12.0-6] */
function authenticationTerms(
  connect: ConnectPacket,
  { authenticationData }: Acceptance,
): PropertiesOf<'connack'> {
  const authenticationMethod = connect.properties?.authenticationMethod
  if (authenticationMethod === undefined) return {}
  return authenticationData === undefined
    ? { authenticationMethod }
    : { authenticationMethod, authenticationData }
}
