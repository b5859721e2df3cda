/**
 * Enhanced authentication at the server's end (§4.12), during CONNECT and again later. Knows whose
 * move it is and which AUTH may be made; what the data means is the owner's business.
 *
 *     CONNECT      --> owner's move --challenge--> client's move --AUTH 0x18--> owner's move ...
 *     owner's move --settled--> nobody's move --AUTH 0x19, a renewal--> owner's move ...
 */
import { peerFault, protocolError, ReasonCode, senderOf } from '@godwit/codec'
import type { AuthPacket, MqttError, PacketType } from '@godwit/codec'
import type { ServerEffect } from './effects.ts'

/** The enhanced authentication of one connection. */
export class ServerAuthentication {
  readonly #method: string
  #move: 'owner' | 'client' | 'nobody' = 'owner'
  #renewal = false

  /** `method` is the Authentication Method of CONNECT, which stays the same. */
  constructor(method: string) {
    this.#method = method
  }

  /** Whether an AUTH of the client is awaited. */
  get awaitsClient(): boolean {
    return this.#move === 'client'
  }

  /** Whether the owner's answer is awaited. */
  get awaitsOwner(): boolean {
    return this.#move === 'owner'
  }

  /** Whether this packet is one of the two by which a challenged client may go on. */
  awaits(type: PacketType): boolean {
    return this.awaitsClient && (type === 'auth' || type === 'disconnect') // [MQTT-3.1.2-30]
  }

  /** An AUTH arrived. @throws {MqttError} */
  receive(packet: AuthPacket): ServerEffect {
    const { reasonCode, properties } = packet
    if (senderOf(reasonCode, 'auth') === 'server') {
      throw protocolError('A client sent an AUTH code of a server', 'MQTT-3.15.2-1')
    }
    const renewal = reasonCode === ReasonCode.Reauthenticate
    if (this.#move !== (renewal ? 'nobody' : 'client')) throw outOfTurn(renewal)
    if (properties?.authenticationMethod !== this.#method) throw this.#otherMethod(renewal)
    this.#move = 'owner'
    this.#renewal ||= renewal
    return { type: 'authentication', packet, renewal: this.#renewal }
  }

  /** The AUTH with which the owner asks for more. [MQTT-4.12.0-2] */
  challenge(data: Uint8Array | undefined): AuthPacket {
    this.#move = 'client'
    return this.#auth(ReasonCode.ContinueAuthentication, data)
  }

  /** The AUTH that ends a renewal. */
  renewed(data: Uint8Array | undefined): AuthPacket {
    this.settled()
    return this.#auth(ReasonCode.Success, data)
  }

  /** The client is who it says it is. */
  settled(): void {
    this.#move = 'nobody'
    this.#renewal = false
  }

  /** [MQTT-4.12.0-5] */
  #auth(reasonCode: ReasonCode, authenticationData: Uint8Array | undefined): AuthPacket {
    const properties = { authenticationMethod: this.#method }
    return authenticationData === undefined
      ? { type: 'auth', reasonCode, properties }
      : { type: 'auth', reasonCode, properties: { ...properties, authenticationData } }
  }

  #otherMethod(renewal: boolean): MqttError {
    return peerFault(
      'The Authentication Method is not the one of CONNECT',
      ReasonCode.BadAuthenticationMethod,
      renewal ? 'MQTT-4.12.1-1' : 'MQTT-4.12.0-5',
    )
  }
}

function outOfTurn(renewal: boolean): MqttError {
  return renewal
    ? protocolError('An AUTH begins anew while authentication is under way', 'MQTT-4.12.0-3')
    : protocolError('An AUTH continues an authentication that asked for nothing')
}
