/**
 * The server end of one Network Connection (§3.1 to §3.15, §4.13), without I/O.
 *
 *     awaiting-connect --CONNECT--> authenticating --accept--> connected
 *            |                            |                        |
 *            +------------ fault, refusal, timeout, end -----------+--> closed
 *
 * Calling contract: one input, then carry out its effects in order, then the next input; read
 * `deadline` after each. While it is `authenticating` the next input is `accept` or `reject`.
 * A peer that breaks the protocol makes `receive` and `receivePublish` throw an `MqttError`, just
 * as the decoder does; hand either to `fail`. The instance dies with its connection: what outlives
 * that, such as subscriptions, is not its business.
 */
import { encode, protocolError, ReasonCode } from '@godwit/codec'
import type {
  ConnackPacket,
  ConnectPacket,
  DecodedPacket,
  DisconnectPacket,
  MqttError,
  PacketIdentifier,
  ProtocolVersion,
  PublishFrame,
} from '@godwit/codec'
import { checkDisconnect, checkPublish, checkSubscribe } from './client-rules.ts'
import { connackProperties, keepAliveSeconds } from './connack-terms.ts'
import type { Acceptance } from './connack-terms.ts'
import { connectRefusal } from './connect-refusal.ts'
import type { CloseEffect, Instant, ServerEffect } from './effects.ts'
import { KeepAlive } from './keep-alive.ts'
import { connackCode, disconnectCode, subackCode, unsubackCodes } from './sayable.ts'
import type { ServerLimits } from './server-limits.ts'

/** Where a connection stands, from the server's end. */
export type ServerState = 'awaiting-connect' | 'authenticating' | 'connected' | 'closed'

/** What to do with a PUBLISH. */
export type PublishVerdict = 'route'

/** What `receive` takes: everything but PUBLISH. */
export type ControlPacket = Exclude<DecodedPacket, PublishFrame>

const NO_EFFECTS: readonly ServerEffect[] = []

/** The protocol as a server speaks it on one connection. */
export class ServerProtocol {
  readonly #limits: ServerLimits
  readonly #connectDeadline: Instant
  #state: ServerState = 'awaiting-connect'
  #version: ProtocolVersion = 4
  #maximumPacketSize = Infinity
  #sessionExpiryInterval = 0
  /** Until the client is let in: it holds a password and a Will, which are not kept here. */
  #connect: ConnectPacket | undefined
  #keepAlive: KeepAlive | undefined

  constructor(limits: ServerLimits, now: Instant) {
    this.#limits = limits
    this.#connectDeadline = now + limits.connectTimeoutMs
  }

  /** Where the connection stands. */
  get state(): ServerState {
    return this.#state
  }

  /** The version that `send` effects are encoded for. The first CONNECT decides, and no other. */
  get version(): ProtocolVersion {
    return this.#version
  }

  /** The most bytes that a packet to this client may have (§3.1.2.11.4); Infinity for no limit. */
  get maximumPacketSize(): number {
    return this.#maximumPacketSize
  }

  /** When to call `timeout` at the latest; Infinity for never. */
  get deadline(): Instant {
    if (this.#state === 'closed') return Infinity
    return this.#keepAlive?.deadline ?? this.#connectDeadline
  }

  /**
   * A packet other than PUBLISH arrived. @throws {MqttError} for `fail`; {TypeError} while
   * `accept` or `reject` is awaited.
   */
  receive(packet: ControlPacket, now: Instant): readonly ServerEffect[] {
    if (this.#state === 'closed') return NO_EFFECTS // [MQTT-3.1.4-6]
    if (this.#state === 'awaiting-connect') return this.#receiveFirst(packet)
    if (this.#state === 'authenticating') throw new TypeError('Call accept or reject first')
    this.#keepAlive?.heard(now)
    switch (packet.type) {
      case 'subscribe':
        checkSubscribe(packet)
        return [{ type: 'subscribe', packet }]
      case 'unsubscribe':
        return [{ type: 'unsubscribe', packet }]
      case 'pingreq': // [MQTT-3.12.4-1]
        return [{ type: 'send', packet: { type: 'pingresp' } }]
      case 'disconnect':
        return this.#receiveDisconnect(packet)
      case 'pubrec':
        if (packet.reasonCode >= 0x80) return NO_EFFECTS
        return this.#notFound('pubrel', packet.packetId)
      case 'pubrel':
        return this.#notFound('pubcomp', packet.packetId)
      case 'puback':
      case 'pubcomp':
        return NO_EFFECTS
      case 'connect':
        throw protocolError('A second CONNECT came', 'MQTT-3.1.0-2')
      case 'auth':
        throw protocolError('An AUTH came without enhanced authentication', 'MQTT-4.12.0-7')
      case 'connack':
      case 'suback':
      case 'unsuback':
      case 'pingresp':
      default:
        throw protocolError(`A client sent a ${packet.type.toUpperCase()}`)
    }
  }

  /** A PUBLISH arrived. @throws {MqttError} for `fail`. */
  receivePublish(frame: PublishFrame, now: Instant): PublishVerdict {
    if (this.#keepAlive === undefined) throw notConnect()
    this.#keepAlive.heard(now)
    checkPublish(frame, this.#limits)
    return 'route'
  }

  /** The owner lets the client in. [MQTT-3.1.4-5] */
  accept(acceptance: Acceptance, now: Instant): readonly ServerEffect[] {
    const connect = this.#connect
    // [MQTT-3.2.0-2] It is there exactly while the answer to it is awaited.
    if (connect === undefined) return NO_EFFECTS
    const connack = connackOf(connect, acceptance, this.#limits)
    // [MQTT-3.1.2-24] A CONNACK that cannot be sent leaves nothing that may be sent.
    if (encode(connack, connect.version).length > this.#maximumPacketSize) {
      const cause = 'The CONNACK is larger than the Maximum Packet Size of the client'
      return this.#close(ReasonCode.PacketTooLarge, cause)
    }
    this.#state = 'connected'
    this.#connect = undefined
    this.#keepAlive = new KeepAlive(keepAliveSeconds(connect, this.#limits), now)
    return [{ type: 'send', packet: connack }]
  }

  /** The owner refuses the client. [MQTT-3.1.4-2] [MQTT-3.2.2-7] */
  reject(reasonCode: ReasonCode, cause: string): readonly ServerEffect[] {
    if (this.#state !== 'authenticating') return NO_EFFECTS
    return this.#refuseConnect(reasonCode, cause)
  }

  /** The owner has dealt with a SUBSCRIBE: one code for each filter, in order. */
  subscribed(
    packetId: PacketIdentifier,
    reasonCodes: readonly ReasonCode[],
  ): readonly ServerEffect[] {
    if (this.#state !== 'connected') return NO_EFFECTS
    const codes = reasonCodes.map((code) => subackCode(code, this.#version)) // [MQTT-3.8.4-6]
    // [MQTT-3.8.4-1] [MQTT-3.8.4-2]
    return [{ type: 'send', packet: { type: 'suback', packetId, reasonCodes: codes } }]
  }

  /** The owner has dealt with an UNSUBSCRIBE: one code for each filter, in order. */
  unsubscribed(
    packetId: PacketIdentifier,
    reasonCodes: readonly ReasonCode[],
  ): readonly ServerEffect[] {
    if (this.#state !== 'connected') return NO_EFFECTS
    const codes = unsubackCodes(reasonCodes, this.#version)
    // [MQTT-3.10.4-4] [MQTT-3.10.4-5]
    return [{ type: 'send', packet: { type: 'unsuback', packetId, reasonCodes: codes } }]
  }

  /**
   * The peer broke the protocol: the decoder or this engine threw. `version` is the decoder's,
   * which knows it even if the first CONNECT turned out malformed behind it. [MQTT-4.13.1-1]
   */
  fail(error: MqttError, version: ProtocolVersion): readonly ServerEffect[] {
    const { reasonCode, message } = error
    if (this.#state === 'connected') return this.end(reasonCode, message)
    if (this.#state === 'closed') return NO_EFFECTS
    this.#version = version
    // A protocol that is not MQTT would not know what a CONNACK is. [MQTT-3.1.2-1]
    if (error.statement === 'MQTT-3.1.2-1') return this.#close(reasonCode, message)
    // [MQTT-3.1.4-1] [MQTT311-3.1.4-1] [MQTT-3.1.2-2]
    const silent = version !== 5 && reasonCode !== ReasonCode.UnsupportedProtocolVersion
    return silent ? this.#close(reasonCode, message) : this.#refuseConnect(reasonCode, message)
  }

  /** The server ends the connection: take-over, shutdown, a quota. [MQTT-3.14.4-2] */
  end(reasonCode: ReasonCode, cause: string): readonly ServerEffect[] {
    if (this.#state === 'closed') return NO_EFFECTS // [MQTT-3.14.4-1]
    if (this.#state === 'authenticating') return this.#refuseConnect(reasonCode, cause)
    // [MQTT-3.14.0-1] MQTT 3.1.1 has no DISCONNECT from a server.
    if (this.#state !== 'connected' || this.#version !== 5) return this.#close(reasonCode, cause)
    const code = disconnectCode(reasonCode)
    const packet: DisconnectPacket = {
      type: 'disconnect',
      reasonCode: code,
      ...this.#reason(cause),
    }
    return [{ type: 'send', packet }, ...this.#close(reasonCode, cause)]
  }

  /** The transport is gone. */
  lost(cause: string): readonly ServerEffect[] {
    return this.#state === 'closed' ? NO_EFFECTS : this.#close(ReasonCode.UnspecifiedError, cause)
  }

  /** To be called at `deadline`; does nothing before. */
  timeout(now: Instant): readonly ServerEffect[] {
    if (now < this.deadline) return NO_EFFECTS
    if (this.#state === 'connected') {
      return this.end(ReasonCode.KeepAliveTimeout, 'Nothing came for 1.5 times the Keep Alive')
    }
    return this.#close(ReasonCode.KeepAliveTimeout, 'No complete CONNECT came in time')
  }

  #receiveFirst(packet: ControlPacket): readonly ServerEffect[] {
    if (packet.type !== 'connect') throw notConnect()
    this.#state = 'authenticating'
    this.#connect = packet
    this.#version = packet.version
    this.#maximumPacketSize = packet.properties?.maximumPacketSize ?? Infinity
    this.#sessionExpiryInterval = packet.properties?.sessionExpiryInterval ?? 0
    const refusal = connectRefusal(packet, this.#limits)
    if (refusal !== undefined) return this.#refuseConnect(refusal.reasonCode, refusal.cause)
    return [{ type: 'authenticate', connect: packet }]
  }

  #receiveDisconnect(packet: DisconnectPacket): readonly ServerEffect[] {
    checkDisconnect(packet, this.#sessionExpiryInterval)
    const { reasonCode } = packet
    const publishWill = reasonCode !== ReasonCode.NormalDisconnection // [MQTT-3.14.4-3]
    this.#state = 'closed'
    return [{ type: 'close', reasonCode, publishWill, cause: 'The client disconnected' }]
  }

  /** The answer to a handshake that this server knows nothing of (§4.3.3). [MQTT-2.2.1-5] */
  #notFound(type: 'pubrel' | 'pubcomp', packetId: PacketIdentifier): readonly ServerEffect[] {
    const reasonCode =
      this.#version === 5 ? ReasonCode.PacketIdentifierNotFound : ReasonCode.Success
    return [{ type: 'send', packet: { type, packetId, reasonCode } }]
  }

  #refuseConnect(reasonCode: ReasonCode, cause: string): readonly ServerEffect[] {
    const code = connackCode(reasonCode, this.#version)
    const closing = this.#close(reasonCode, cause)
    if (code === undefined) return closing // [MQTT311-3.2.2-6]
    // [MQTT-3.2.2-6]
    const connack: ConnackPacket = { type: 'connack', sessionPresent: false, reasonCode: code }
    const packet = this.#version === 5 ? { ...connack, ...this.#reason(cause) } : connack
    return [{ type: 'send', packet }, ...closing]
  }

  /** The Reason String, left out where it might not fit. [MQTT-3.2.2-19] [MQTT-3.14.2-3] */
  #reason(cause: string): { properties?: { reasonString: string } } {
    const mostBytes = 16 + 3 * cause.length
    return mostBytes > this.#maximumPacketSize ? {} : { properties: { reasonString: cause } }
  }

  #close(reasonCode: ReasonCode, cause: string): readonly [CloseEffect] {
    const publishWill = this.#state === 'connected' // [MQTT-3.1.2-8]
    this.#state = 'closed'
    this.#connect = undefined
    return [{ type: 'close', reasonCode, publishWill, cause }]
  }
}

function connackOf(
  connect: ConnectPacket,
  acceptance: Acceptance,
  limits: ServerLimits,
): ConnackPacket {
  const { version } = connect
  // [MQTT-3.2.2-3] Session Present does not exist in MQTT 3.1.
  const sessionPresent = acceptance.sessionPresent && version !== 3
  const connack: ConnackPacket = { type: 'connack', sessionPresent, reasonCode: 0 }
  if (version !== 5) return connack
  return { ...connack, properties: connackProperties(connect, acceptance, limits) }
}

function notConnect(): MqttError {
  return protocolError('The first packet of a connection must be CONNECT', 'MQTT-3.1.0-1')
}
