/**
 * What a client that was let in is told of its connection in CONNACK (§3.2.2.3): every term of it,
 * with the specification's default where nothing was said, in every version.
 */
import { isQoS, PACKET_BYTES_MAX, UINT16_MAX, UINT32_MAX } from '@godwit/codec'
import type { ConnackPacket, PropertiesOf, QoS } from '@godwit/codec'
import type { ConnectRequest } from './client-connect.ts'

/** The terms of a connection, as CONNECT and CONNACK have settled them. */
export interface ServerTerms {
  /** The Client Identifier in force: the client's own, or the one that it was assigned. */
  readonly clientId: string
  /** Seconds in force, 0 to 65,535; 0 is off. [MQTT-3.1.2-21] [MQTT-3.2.2-21] */
  readonly keepAlive: number
  /** Seconds for which the session outlives the connection; 0xFFFFFFFF is for ever. */
  readonly sessionExpiryInterval: number
  /** How many PUBLISHes of QoS 1 and 2 the server takes unacknowledged, 1 to 65,535. */
  readonly receiveMaximum: number
  readonly maximumQoS: QoS
  readonly retainAvailable: boolean
  /** The largest packet the server reads, in bytes with its header. */
  readonly maximumPacketSize: number
  /** How many Topic Aliases the server accepts; 0 for none. */
  readonly topicAliasMaximum: number
  readonly wildcardSubscriptionAvailable: boolean
  readonly subscriptionIdentifierAvailable: boolean
  /** Before MQTT 5.0 there is no such thing, but servers may have it: true. */
  readonly sharedSubscriptionAvailable: boolean
  /** What Response Topics are to be made of (§4.10). */
  readonly responseInformation: string | undefined
  /** Another server, which the client may use from now on (§4.11). */
  readonly serverReference: string | undefined
  readonly reasonString: string | undefined
  /** The server's last word in the authentication (§4.12). */
  readonly authenticationData: Uint8Array | undefined
  readonly userProperty: readonly (readonly [name: string, value: string])[]
}

/** The terms that a CONNACK which accepts has set. */
export function serverTerms(connect: ConnectRequest, connack: ConnackPacket): ServerTerms {
  const said: PropertiesOf<'connack'> = connack.properties ?? {}
  const isVersion5 = connect.version === 5
  return {
    clientId: connect.clientId === '' ? (said.assignedClientIdentifier ?? '') : connect.clientId,
    keepAlive: said.serverKeepAlive ?? connect.keepAlive,
    sessionExpiryInterval: said.sessionExpiryInterval ?? sessionExpiryAsked(connect),
    receiveMaximum: said.receiveMaximum ?? UINT16_MAX,
    maximumQoS: maximumQoSOf(said),
    retainAvailable: said.retainAvailable !== 0,
    maximumPacketSize: said.maximumPacketSize ?? PACKET_BYTES_MAX,
    topicAliasMaximum: said.topicAliasMaximum ?? 0,
    wildcardSubscriptionAvailable: said.wildcardSubscriptionAvailable !== 0,
    subscriptionIdentifierAvailable: isVersion5 && said.subscriptionIdentifierAvailable !== 0,
    sharedSubscriptionAvailable: said.sharedSubscriptionAvailable !== 0,
    responseInformation: said.responseInformation,
    serverReference: said.serverReference,
    reasonString: said.reasonString,
    authenticationData: said.authenticationData,
    userProperty: said.userProperty ?? [],
  }
}

/** What CONNECT asks for, in seconds: before MQTT 5.0 Clean Session says it, 0 or for ever. */
export function sessionExpiryAsked({ version, cleanStart, properties }: ConnectRequest): number {
  if (version === 5) return properties?.sessionExpiryInterval ?? 0
  return cleanStart ? 0 : UINT32_MAX
}

function maximumQoSOf({ maximumQoS = 2 }: PropertiesOf<'connack'>): QoS {
  return isQoS(maximumQoS) ? maximumQoS : 2
}
