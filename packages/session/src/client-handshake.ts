/** From CONNECT to CONNACK at the client's end (§3.1, §3.2, §4.12). */
import { protocolError, ReasonCode } from '@godwit/codec'
import type { ConnackPacket } from '@godwit/codec'
import { ClientAuthentication } from './client-authentication.ts'
import type { ConnectRequest } from './client-connect.ts'
import type { AuthenticationEffect, ReauthenticatedEffect } from './client-effects.ts'
import type { ClientLimits } from './client-limits.ts'
import type { Instant } from './effects.ts'
import { checkConnack, checkProblemInformation } from './server-rules.ts'
import type { ControlPacket } from './server-requests.ts'

/** What a client asked for, and how far it has come. */
export class ClientHandshake {
  readonly request: ConnectRequest
  readonly authentication: ClientAuthentication
  /** When CONNACK must be there. */
  readonly deadline: Instant

  constructor(request: ConnectRequest, limits: ClientLimits, now: Instant) {
    this.request = request
    this.authentication = new ClientAuthentication(request.properties?.authenticationMethod)
    this.deadline = now + limits.connectTimeoutMs
  }

  /** A packet came: AUTH, or the CONNACK that ends it. @throws {MqttError} */
  receive(packet: ControlPacket): AuthenticationEffect | ReauthenticatedEffect | ConnackPacket {
    if (packet.type === 'auth') {
      checkProblemInformation(packet, this.request)
      return this.authentication.receive(packet)
    }
    if (packet.type !== 'connack') throw tooEarly(packet.type)
    if (packet.reasonCode === ReasonCode.Success) {
      checkConnack(packet, this.request)
      this.authentication.end()
    }
    return packet
  }
}

/** Only AUTH may come before CONNACK. [MQTT-3.2.0-1] [MQTT-3.14.0-1] */
export function tooEarly(type: string): Error {
  const statement = type === 'disconnect' ? 'MQTT-3.14.0-1' : 'MQTT-3.2.0-1'
  return protocolError(`A ${type.toUpperCase()} came before CONNACK`, statement)
}
