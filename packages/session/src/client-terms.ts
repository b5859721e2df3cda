/** What a client asks for in CONNECT, as far as it is granted (§3.1.2). */
import { protocolError, UINT16_MAX } from '@godwit/codec'
import type { ConnectPacket, DisconnectPacket } from '@godwit/codec'
import type { ServerLimits } from './server-limits.ts'

/** The terms of one client, from CONNECT on. */
export class ClientTerms {
  /** The most bytes that a packet to it may have; Infinity for no limit. */
  readonly maximumPacketSize: number
  /** How often it is heard, in seconds; 0 for never. */
  readonly keepAliveSeconds: number
  /** Whether it wants remarks on other packets than CONNACK and DISCONNECT. */
  readonly problemInformation: boolean
  /** Whether it asked for Response Information. */
  readonly responseInformationWanted: boolean
  readonly #sessionExpiryAsked: number
  readonly #sessionExpirySecondsMax: number
  #sessionExpiryInterval: number

  constructor(connect: ConnectPacket, limits: ServerLimits) {
    const { properties = {} } = connect
    this.maximumPacketSize = properties.maximumPacketSize ?? Infinity
    this.keepAliveSeconds = keepAliveSeconds(connect, limits)
    this.problemInformation = properties.requestProblemInformation !== 0
    this.responseInformationWanted = properties.requestResponseInformation === 1
    this.#sessionExpiryAsked = properties.sessionExpiryInterval ?? 0
    this.#sessionExpirySecondsMax = limits.sessionExpirySecondsMax
    this.#sessionExpiryInterval = sessionExpirySeconds(connect, limits)
  }

  /** For how many seconds the session outlives the connection. [MQTT-3.1.2-23] */
  get sessionExpiryInterval(): number {
    return this.#sessionExpiryInterval
  }

  /**
   * A DISCONNECT arrived, which may change how long the session is kept (§3.14.2.2.2), but cannot
   * bring one back that CONNECT wanted gone. @throws {MqttError}
   */
  disconnected(packet: DisconnectPacket): void {
    const wanted = packet.properties?.sessionExpiryInterval
    if (wanted === undefined) return
    if (this.#sessionExpiryAsked === 0 && wanted > 0) {
      throw protocolError('A DISCONNECT sets a Session Expiry Interval where CONNECT had none')
    }
    this.#sessionExpiryInterval = Math.min(wanted, this.#sessionExpirySecondsMax)
  }
}

/**
 * The Keep Alive of a connection: the client's, shortened in MQTT 5.0 where it is too long. 0 is
 * off in every version and stays so. [MQTT-3.2.2-21] [MQTT-3.2.2-22]
 */
export function keepAliveSeconds(connect: ConnectPacket, limits: ServerLimits): number {
  const { keepAlive, version } = connect
  return version === 5 ? Math.min(keepAlive, limits.keepAliveSecondsMax) : keepAlive
}

/**
 * For how many seconds a session outlives its connection. Before MQTT 5.0 a Clean Session ends with
 * it, and any other is kept as long as the server keeps sessions at all.
 */
export function sessionExpirySeconds(connect: ConnectPacket, limits: ServerLimits): number {
  const { version, cleanStart, properties } = connect
  if (version !== 5) return cleanStart ? 0 : limits.sessionExpirySecondsMax
  return Math.min(properties?.sessionExpiryInterval ?? 0, limits.sessionExpirySecondsMax)
}

/** How many PUBLISHes above QoS 0 may be unfinished towards a client. [MQTT-3.3.4-9] */
export function inFlightMaximum(connect: ConnectPacket, limits: ServerLimits): number {
  if (connect.version !== 5) return limits.inFlightMaxV3
  return Math.min(connect.properties?.receiveMaximum ?? UINT16_MAX, limits.inFlightMax)
}

/** How many Topic Aliases are used towards a client. [MQTT-3.1.2-26] [MQTT-3.1.2-27] */
export function outboundAliasMaximum(connect: ConnectPacket, limits: ServerLimits): number {
  return Math.min(connect.properties?.topicAliasMaximum ?? 0, limits.topicAliasOutboundMax)
}
