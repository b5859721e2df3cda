/** What a client that is let in is told of its connection in CONNACK (§3.2.2.3). */
import { PACKET_BYTES_MAX } from '@godwit/codec'
import type { ConnectPacket, PropertiesOf } from '@godwit/codec'
import type { ServerLimits } from './server-limits.ts'

/** What the owner decided about a client that it lets in. */
export interface Acceptance {
  readonly sessionPresent: boolean
  /** The Client Identifier given to a client that came without one. */
  readonly assignedClientIdentifier?: string
}

/**
 * The Keep Alive of a connection: the client's, shortened in MQTT 5.0 where it is too long. 0 is
 * off in every version and stays so. [MQTT-3.2.2-21] [MQTT-3.2.2-22]
 */
export function keepAliveSeconds(connect: ConnectPacket, limits: ServerLimits): number {
  const { keepAlive, version } = connect
  return version === 5 ? Math.min(keepAlive, limits.keepAliveSecondsMax) : keepAlive
}

/** The properties of a CONNACK that accepts: where a default of MQTT is meant, nothing is said. */
export function connackProperties(
  connect: ConnectPacket,
  acceptance: Acceptance,
  limits: ServerLimits,
): PropertiesOf<'connack'> {
  const { maximumQoS, packetBytesMax } = limits
  const assigned = acceptance.assignedClientIdentifier
  const keepAlive = keepAliveSeconds(connect, limits)
  return {
    ...((connect.properties?.sessionExpiryInterval ?? 0) > 0 && { sessionExpiryInterval: 0 }),
    ...(maximumQoS < 2 && { maximumQoS }), // [MQTT-3.2.2-9]
    ...(!limits.retainAvailable && { retainAvailable: 0 }),
    ...(packetBytesMax < PACKET_BYTES_MAX && { maximumPacketSize: packetBytesMax }),
    ...(assigned !== undefined && { assignedClientIdentifier: assigned }), // [MQTT-3.1.3-7]
    ...(!limits.sharedSubscriptionAvailable && { sharedSubscriptionAvailable: 0 }),
    ...(keepAlive !== connect.keepAlive && { serverKeepAlive: keepAlive }),
  }
}
