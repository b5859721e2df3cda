/**
 * The server end of one Network Connection (§3.1 to §3.15, §4.12, §4.13), without I/O. Here are its
 * states; PUBLISH is in `server-exchanges.ts`, AUTH in `server-authentication.ts`.
 *
 *     awaiting-connect --CONNECT--> authenticating --accept--> connected
 *            |                       |        ^ |                  |
 *            |                       +--AUTH--+ |                  |
 *            +----- fault, refusal, timeout, end, DISCONNECT ------+--> closed
 *
 * Calling contract: one input, then carry out its effects in order, then the next input; read
 * `deadline` after each. While it is `authenticating` the next input is `accept`, `reject` or
 * `challenge`, or one that ends the connection; only after `challenge` may packets come, until the
 * effect `authentication` asks for the next of those. A connected client goes on sending packets
 * while it is authenticated again, however long `renewed`, `challenge` or `end` takes.
 *
 * A peer that breaks the protocol makes the `receive` methods throw an `MqttError`, just as the
 * decoder does; hand either to `fail`. The instance dies with its connection: what outlives that,
 * such as subscriptions and unfinished exchanges, is not its business.
 */
import { ReasonCode } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  ConnectPacket,
  DisconnectPacket,
  MqttError,
  Packet,
  PacketIdentifier,
  ProtocolVersion,
  PublishFrame,
} from '@godwit/codec'
import type { AcknowledgementSink } from './acknowledgement-sink.ts'
import { checkDisconnect, outOfTurn } from './client-rules.ts'
import { ClientTerms } from './client-terms.ts'
import { acceptingConnack } from './connack-terms.ts'
import type { Acceptance } from './connack-terms.ts'
import { connectRefusal } from './connect-refusal.ts'
import type { CloseEffect, Instant, ServerEffects } from './effects.ts'
import { KeepAlive } from './keep-alive.ts'
import { answerToFault, lastPacket } from './last-packet.ts'
import { remarkedFor } from './remarks.ts'
import type { ClosingDetails, Remarkable, Remarks } from './remarks.ts'
import { ServerAuthentication } from './server-authentication.ts'
import { ServerExchanges } from './server-exchanges.ts'
import type { AcknowledgementVerdict, PublishVerdict } from './server-exchanges.ts'
import type { ServerLimits } from './server-limits.ts'
import { requestEffect } from './server-requests.ts'
import type { ControlPacket } from './server-requests.ts'
import { suback, unsuback } from './subscription-answers.ts'
import { NO_OUTBOUND_ALIASES } from './topic-aliases.ts'
import type { OutboundAliases } from './topic-aliases.ts'

/** Where a connection stands, from the server's end. */
export type ServerState = 'awaiting-connect' | 'authenticating' | 'connected' | 'closed'

const NO_EFFECTS: ServerEffects = []

/** The protocol as a server speaks it on one connection. */
export class ServerProtocol {
  readonly #limits: ServerLimits
  readonly #connectDeadline: Instant
  #state: ServerState = 'awaiting-connect'
  #version: ProtocolVersion = 4
  /** From CONNECT on. */
  #terms: ClientTerms | undefined
  /** Until the client is let in: it holds a password and a Will, which are not kept here. */
  #connect: ConnectPacket | undefined
  #authentication: ServerAuthentication | undefined
  #keepAlive: KeepAlive | undefined
  /** Exactly while the state is `connected`. */
  #exchanges: ServerExchanges | undefined

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
    return this.#terms?.maximumPacketSize ?? Infinity
  }

  /** The Keep Alive of the connection in seconds, as granted; 0 for none. [MQTT-3.2.2-21] */
  get keepAliveSeconds(): number {
    return this.#terms?.keepAliveSeconds ?? 0
  }

  /**
   * For how many seconds the session outlives the connection, as granted; a DISCONNECT may change
   * it. 0xFFFFFFFF is for ever. [MQTT-3.1.2-23]
   */
  get sessionExpiryInterval(): number {
    return this.#terms?.sessionExpiryInterval ?? 0
  }

  /** Whether the client wants remarks on other packets than CONNACK and DISCONNECT. */
  get problemInformation(): boolean {
    return this.#terms?.problemInformation ?? true
  }

  /** Whether the client asked for Response Information. */
  get responseInformationWanted(): boolean {
    return this.#terms?.responseInformationWanted ?? false
  }

  /** Which topics have an alias towards this client; none before it is let in. */
  get outboundAliases(): OutboundAliases {
    return this.#exchanges?.outboundAliases ?? NO_OUTBOUND_ALIASES
  }

  /** When to call `timeout` at the latest; Infinity for never. */
  get deadline(): Instant {
    if (this.#state === 'closed') return Infinity
    return this.#keepAlive?.deadline ?? this.#connectDeadline
  }

  /**
   * A packet arrived, any but PUBLISH and its acknowledgements. @throws {MqttError} for `fail`;
   * {TypeError} while the owner's answer to CONNECT or AUTH is awaited.
   */
  receive(packet: ControlPacket, now: Instant): ServerEffects {
    if (this.#state === 'closed') return NO_EFFECTS // [MQTT-3.1.4-6]
    if (this.#state === 'awaiting-connect' && packet.type === 'connect') {
      return this.#receiveConnect(packet)
    }
    const isAwaited = this.#state === 'connected' || this.#authentication?.awaits(packet.type)
    if (isAwaited !== true) this.#refuseOutOfTurn()
    this.#keepAlive?.heard(now)
    if (packet.type === 'disconnect') return this.#receiveDisconnect(packet)
    return [requestEffect(packet, this.#version, this.#limits, this.#authentication)]
  }

  /**
   * A PUBLISH arrived; one of QoS 1 or 2 that is to be delivered is to be settled, too. Sets the
   * frame's Topic Name where it has an alias only. Acknowledgements of a PUBLISH that came before
   * go to the sink. @throws {MqttError} for `fail`; {TypeError} where `receive` does.
   */
  receivePublish(frame: PublishFrame, now: Instant, sink: AcknowledgementSink): PublishVerdict {
    const exchanges = this.#exchanges ?? this.#refuseOutOfTurn()
    this.#keepAlive?.heard(now)
    return exchanges.receive(frame, sink)
  }

  /**
   * A PUBACK, PUBREC, PUBREL or PUBCOMP arrived; its answer goes to the sink. Where an exchange
   * was settled there may be room for another. @throws {MqttError} for `fail`; {TypeError} where
   * `receive` does.
   */
  receiveAcknowledgement(
    packet: AcknowledgementPacket,
    now: Instant,
    sink: AcknowledgementSink,
  ): AcknowledgementVerdict {
    const exchanges = this.#exchanges ?? this.#refuseOutOfTurn()
    this.#keepAlive?.heard(now)
    return exchanges.acknowledge(packet, sink)
  }

  /**
   * The owner took responsibility for a PUBLISH of QoS 1 or 2, or refuses it, which ends the
   * connection where the version has no answer for that. Does nothing once the connection is
   * closed: then what was received at QoS 2 is for `Receiver.abandon`.
   */
  settle(
    packetId: PacketIdentifier,
    reasonCode: ReasonCode,
    cause: string,
    sink: AcknowledgementSink,
  ): ServerEffects {
    if (this.#exchanges?.settle(packetId, reasonCode, sink) ?? true) return NO_EFFECTS
    return this.end(reasonCode, cause)
  }

  /**
   * The owner lets the client in: both halves of its session go on with this connection.
   * [MQTT-3.1.4-5]
   */
  accept(acceptance: Acceptance, now: Instant): ServerEffects {
    const connect = this.#connect
    // [MQTT-3.2.0-2] It is there exactly while the answer to it is awaited.
    if (connect === undefined) return NO_EFFECTS
    const packet = acceptingConnack(connect, acceptance, this.#limits)
    if (packet === undefined) {
      const cause = 'The CONNACK is larger than the Maximum Packet Size of the client'
      return this.#close(ReasonCode.PacketTooLarge, cause)
    }
    this.#state = 'connected'
    this.#connect = undefined
    this.#authentication?.settled()
    this.#keepAlive = new KeepAlive(this.keepAliveSeconds, now)
    this.#exchanges = new ServerExchanges(connect, acceptance.exchanges, this.#limits)
    return [{ type: 'send', packet }]
  }

  /** The owner refuses the client. [MQTT-3.1.4-2] [MQTT-3.2.2-7] [MQTT-4.12.0-4] */
  reject(reasonCode: ReasonCode, cause: string, details?: ClosingDetails): ServerEffects {
    return this.#state === 'authenticating' ? this.end(reasonCode, cause, details) : NO_EFFECTS
  }

  /**
   * The owner asks for more of an enhanced authentication. @throws {TypeError} where CONNECT named
   * no Authentication Method. [MQTT-4.12.0-6]
   */
  challenge(data?: Uint8Array, remarks?: Remarks): ServerEffects {
    if (this.#state === 'closed') return NO_EFFECTS
    const authentication = this.#authentication
    if (authentication === undefined) throw new TypeError('CONNECT has no Authentication Method')
    if (!authentication.awaitsOwner) return NO_EFFECTS
    return this.#send(authentication.challenge(data), remarks)
  }

  /** The owner finds that a client which authenticated itself again may go on. */
  renewed(data?: Uint8Array, remarks?: Remarks): ServerEffects {
    const authentication = this.#authentication
    if (this.#state !== 'connected' || authentication?.awaitsOwner !== true) return NO_EFFECTS
    return this.#send(authentication.renewed(data), remarks)
  }

  /** The owner has dealt with a SUBSCRIBE: one code for each filter, in order. */
  subscribed(id: PacketIdentifier, codes: readonly ReasonCode[], remarks?: Remarks): ServerEffects {
    if (this.#state !== 'connected') return NO_EFFECTS
    return this.#send(suback(id, codes, this.#version), remarks)
  }

  /** The owner has dealt with an UNSUBSCRIBE: one code for each filter, in order. */
  unsubscribed(
    id: PacketIdentifier,
    codes: readonly ReasonCode[],
    remarks?: Remarks,
  ): ServerEffects {
    if (this.#state !== 'connected') return NO_EFFECTS
    return this.#send(unsuback(id, codes, this.#version), remarks)
  }

  /**
   * The peer broke the protocol: the decoder or this engine threw. `version` is the decoder's,
   * which knows it even if the first CONNECT turned out malformed behind it. [MQTT-4.13.1-1]
   */
  fail(error: MqttError, version: ProtocolVersion): ServerEffects {
    if (this.#state !== 'awaiting-connect') return this.end(error.reasonCode, error.message)
    this.#version = version
    const answer = answerToFault(error, version)
    return this.#close(error.reasonCode, error.message, answer)
  }

  /** The server ends the connection: take-over, shutdown, a quota. [MQTT-3.14.4-2] */
  end(reasonCode: ReasonCode, cause: string, details?: ClosingDetails): ServerEffects {
    if (this.#state === 'closed') return NO_EFFECTS // [MQTT-3.14.4-1]
    return this.#close(reasonCode, cause, lastPacket(this, { reasonCode, cause, details }))
  }

  /** The transport is gone. */
  lost(cause: string): ServerEffects {
    return this.#state === 'closed' ? NO_EFFECTS : this.#close(ReasonCode.UnspecifiedError, cause)
  }

  /** To be called at `deadline`; does nothing before. */
  timeout(now: Instant): ServerEffects {
    if (now < this.deadline) return NO_EFFECTS
    if (this.#state === 'connected') {
      return this.end(ReasonCode.KeepAliveTimeout, 'Nothing came for 1.5 times the Keep Alive')
    }
    return this.#close(ReasonCode.KeepAliveTimeout, 'The CONNECT exchange took too long')
  }

  #receiveConnect(packet: ConnectPacket): ServerEffects {
    this.#state = 'authenticating'
    this.#connect = packet
    this.#version = packet.version
    this.#terms = new ClientTerms(packet, this.#limits)
    const refused = connectRefusal(packet, this.#limits)
    if (refused !== undefined) return this.end(refused.reasonCode, refused.cause)
    const method = packet.properties?.authenticationMethod
    if (method !== undefined) this.#authentication = new ServerAuthentication(method)
    return [{ type: 'authenticate', connect: packet }]
  }

  #receiveDisconnect(packet: DisconnectPacket): ServerEffects {
    checkDisconnect(packet)
    this.#terms?.disconnected(packet)
    const { reasonCode } = packet
    const willIsDue = reasonCode !== ReasonCode.NormalDisconnection // [MQTT-3.14.4-3]
    return this.#close(reasonCode, 'The client disconnected', undefined, willIsDue)
  }

  #refuseOutOfTurn(): never {
    const connectCame = this.#state !== 'awaiting-connect'
    throw outOfTurn(connectCame, this.#authentication?.awaitsClient === true)
  }

  #send(packet: Remarkable, remarks: Remarks | undefined): ServerEffects {
    return [{ type: 'send', packet: remarkedFor(this, packet, remarks) }]
  }

  #close(reasonCode: ReasonCode, cause: string, said?: Packet, willIsDue = true): ServerEffects {
    const publishWill = willIsDue && this.#state === 'connected' // [MQTT-3.1.2-8]
    this.#state = 'closed'
    this.#connect = undefined
    this.#exchanges = undefined
    const close: CloseEffect = { type: 'close', reasonCode, publishWill, cause }
    return said === undefined ? [close] : [{ type: 'send', packet: said }, close]
  }
}
