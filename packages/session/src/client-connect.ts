/** How a client asks for a session: from what its owner wants to a CONNECT (§3.1). */
import { encode, PACKET_BYTES_MAX, ReasonCode, UINT16_MAX } from '@godwit/codec'
import type { ConnectPacket, PropertiesOf } from '@godwit/codec'
import type { ClientLimits } from './client-limits.ts'
import { localFault } from './local-fault.ts'

/** What the owner of a client says in CONNECT. */
export interface ConnectOptions extends Omit<ConnectPacket, 'type' | 'properties'> {
  /** MQTT 5.0 only. What the client grants the server is said by its {@link ClientLimits}. */
  readonly properties?: Omit<
    PropertiesOf<'connect'>,
    'receiveMaximum' | 'maximumPacketSize' | 'topicAliasMaximum'
  >
}

/** What a connection has to know of its CONNECT: no password, and no Will. */
export type ConnectRequest = Omit<ConnectPacket, 'username' | 'password' | 'will'>

/** The part of a CONNECT that the engine keeps. */
export function requestOf(packet: ConnectPacket): ConnectRequest {
  const { username: _, password: __, will: ___, ...request } = packet
  return request
}

/** The CONNECT for these options. @throws {MqttError} for what the version does not allow. */
export function connectPacket(options: ConnectOptions, limits: ClientLimits): ConnectPacket {
  checkClientId(options)
  const { properties, ...rest } = options
  const connect: ConnectPacket = { type: 'connect', ...rest }
  const said: PropertiesOf<'connect'> = { ...properties, ...grantsOf(options, limits) }
  const packet = Object.keys(said).length === 0 ? connect : { ...connect, properties: said }
  encode(packet, packet.version)
  return packet
}

function checkClientId({ clientId, version, cleanStart }: ConnectOptions): void {
  if (clientId !== '' || version === 5) return
  const reasonCode = ReasonCode.ClientIdentifierNotValid
  if (version === 3) throw localFault('MQTT 3.1 needs a Client Identifier', reasonCode)
  if (cleanStart) return
  const sentence = 'An empty Client Identifier needs Clean Session 1'
  throw localFault(sentence, reasonCode, 'MQTT311-3.1.3-7')
}

/** What the server may do: where a default of MQTT is meant, nothing is said. */
function grantsOf({ version }: ConnectOptions, limits: ClientLimits): PropertiesOf<'connect'> {
  if (version !== 5) return {}
  const { receiveMaximum, topicAliasMaximum, packetBytesMax } = limits
  return {
    ...(receiveMaximum < UINT16_MAX && { receiveMaximum }),
    ...(packetBytesMax < PACKET_BYTES_MAX && { maximumPacketSize: packetBytesMax }),
    ...(topicAliasMaximum > 0 && { topicAliasMaximum }),
  }
}
