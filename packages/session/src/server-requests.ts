/** What a client may send beside PUBLISH and its acknowledgements, and what that calls for. */
import { protocolError } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  DecodedPacket,
  DisconnectPacket,
  ProtocolVersion,
  PublishFrame,
} from '@godwit/codec'
import { checkSubscribe } from './client-rules.ts'
import type { ServerEffect } from './effects.ts'
import type { ServerAuthentication } from './server-authentication.ts'
import type { ServerLimits } from './server-limits.ts'

/** What `ServerProtocol.receive` takes: everything but PUBLISH and its acknowledgements. */
export type ControlPacket = Exclude<DecodedPacket, PublishFrame | AcknowledgementPacket>

/**
 * What is to be done about any of them but DISCONNECT. There is an `authentication` where CONNECT
 * named an Authentication Method. @throws {MqttError}
 */
export function requestEffect(
  packet: Exclude<ControlPacket, DisconnectPacket>,
  version: ProtocolVersion,
  limits: ServerLimits,
  authentication: ServerAuthentication | undefined,
): ServerEffect {
  switch (packet.type) {
    case 'subscribe':
      checkSubscribe(packet, version, limits)
      return { type: 'subscribe', packet }
    case 'unsubscribe':
      return { type: 'unsubscribe', packet }
    case 'pingreq': // [MQTT-3.12.4-1]
      return { type: 'send', packet: { type: 'pingresp' } }
    case 'auth':
      if (authentication !== undefined) return authentication.receive(packet)
      throw protocolError('An AUTH came without enhanced authentication', 'MQTT-4.12.0-7')
    case 'connect':
      throw protocolError('A second CONNECT came', 'MQTT-3.1.0-2')
    case 'connack':
    case 'suback':
    case 'unsuback':
    case 'pingresp':
    default:
      throw protocolError(`A client sent a ${packet.type.toUpperCase()}`)
  }
}
