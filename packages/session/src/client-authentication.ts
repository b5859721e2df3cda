/**
 * Enhanced authentication from the client's end (§4.12): whose turn it is, during CONNECT and when
 * the client authenticates again. What is said in it is between the owner and the server.
 */
import { encode, protocolError, ReasonCode } from '@godwit/codec'
import type { AuthPacket, PropertiesOf } from '@godwit/codec'
import type { AuthenticationEffect, ReauthenticatedEffect } from './client-effects.ts'
import { checkSize, localFault } from './local-fault.ts'
import { remarked } from './remarks.ts'
import type { Remarkable, Remarks } from './remarks.ts'
import { checkAuth } from './server-rules.ts'

/** What the owner says in an AUTH; its remarks are left out where they do not fit. */
export interface AuthenticationDetails extends Remarks {
  readonly authenticationData?: Uint8Array
}

/** The authentication of one connection. */
export class ClientAuthentication {
  readonly #method: string | undefined
  readonly #named: PropertiesOf<'auth'>
  #turn: 'server' | 'client' | 'nobody'
  #again = false

  /** With the Authentication Method of CONNECT, if it had one. */
  constructor(method: string | undefined) {
    this.#method = method
    this.#named = method === undefined ? {} : { authenticationMethod: method }
    this.#turn = method === undefined ? 'nobody' : 'server'
  }

  /** An AUTH came. @throws {MqttError} */
  receive(packet: AuthPacket): AuthenticationEffect | ReauthenticatedEffect {
    checkAuth(packet, this.#method)
    if (this.#turn !== 'server') throw protocolError('An AUTH came that answers nothing')
    if (packet.reasonCode === ReasonCode.ContinueAuthentication) {
      this.#turn = 'client'
      return { type: 'authentication', packet }
    }
    if (!this.#again) {
      throw protocolError('An AUTH before CONNACK does not continue', 'MQTT-4.12.0-2')
    }
    this.#turn = 'nobody'
    return { type: 'reauthenticated', packet }
  }

  /** CONNACK ends the first authentication. */
  end(): void {
    this.#turn = 'nobody'
  }

  /**
   * The client's next step, if it is its turn. @throws {MqttError} for one that is too large.
   * [MQTT-4.12.0-3]
   */
  answer(details: AuthenticationDetails, maximumPacketSize: number): Remarkable | undefined {
    if (this.#turn !== 'client') return undefined
    const packet = this.#auth(ReasonCode.ContinueAuthentication, details, maximumPacketSize)
    this.#turn = 'server'
    return packet
  }

  /** The first step of another authentication. @throws {MqttError} where there is none to take. */
  begin(details: AuthenticationDetails, maximumPacketSize: number): Remarkable {
    if (this.#method === undefined) {
      const sentence = 'CONNECT had no Authentication Method: there is nothing to renew'
      throw localFault(sentence, ReasonCode.ProtocolError, 'MQTT-4.12.0-7')
    }
    if (this.#turn !== 'nobody') {
      throw localFault('An authentication is going on already', ReasonCode.ProtocolError)
    }
    // [MQTT-4.12.1-1]
    const packet = this.#auth(ReasonCode.Reauthenticate, details, maximumPacketSize)
    this.#turn = 'server'
    this.#again = true
    return packet
  }

  /** [MQTT-4.12.0-5] */
  #auth(
    reasonCode: ReasonCode,
    details: AuthenticationDetails,
    maximumPacketSize: number,
  ): Remarkable {
    const { authenticationData, ...remarks } = details
    const properties =
      authenticationData === undefined ? this.#named : { ...this.#named, authenticationData }
    // [MQTT-3.15.2-2] [MQTT-3.15.2-3]
    const packet = remarked({ type: 'auth', reasonCode, properties }, remarks, maximumPacketSize)
    checkSize(encode(packet, 5), maximumPacketSize)
    return packet
  }
}
