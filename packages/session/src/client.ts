/**
 * The client end of one Network Connection (§3.1 to §3.15, §4.4, §4.12, §4.13), without I/O.
 *
 *     unconnected --connect--> connecting --CONNACK--> connected
 *          |                    |      ^ |                 |
 *          |                    +-AUTH-+ |                 |
 *          +---- fault, refusal, timeout, loss, end, DISCONNECT ----> closed
 *
 * Calling contract: one input, then carry out its effects in order, then the next input; read
 * `deadline` after each. After the effect `authentication` the next input is `authenticate`, or one
 * that ends the connection. After `connected`, and whenever the output has room while `resending`,
 * call `resend`. PUBLISH and its acknowledgements are no effects: they go to the output at once.
 *
 * A server that breaks the protocol makes the `receive` methods throw an `MqttError` of the peer,
 * just as the decoder does; hand either to `fail`. What the owner asks for and this connection may
 * not carry is an `MqttError` with the fault `local`: nothing was sent, and nothing has changed.
 * The instance dies with its connection; the `ClientSession` goes on with the next one.
 */
import { PACKET_BYTES_MAX, protocolError, ReasonCode } from '@godwit/codec'
import type {
  AcknowledgementPacket,
  ConnackPacket,
  ConnectPacket,
  MqttError,
  Packet,
  PropertiesOf,
  ProtocolVersion,
  PublishFrame,
  SubscribePacket,
  Subscription,
  UnsubscribePacket,
} from '@godwit/codec'
import type { AuthenticationDetails } from './client-authentication.ts'
import { connectPacket, requestOf } from './client-connect.ts'
import type { ConnectOptions } from './client-connect.ts'
import { Leaving } from './client-disconnect.ts'
import type { LeavingDetails } from './client-disconnect.ts'
import type { ClientEffect, ClientOutput, SendEffect } from './client-effects.ts'
import type { ClientExchanges, Delivery } from './client-exchanges.ts'
import { ClientHandshake, tooEarly } from './client-handshake.ts'
import type { ClientLimits } from './client-limits.ts'
import { ClientLink } from './client-link.ts'
import type { PublishOutcome } from './client-publishing.ts'
import type { ClientSession } from './client-session.ts'
import { endOf, endOfServer, endOfViolation } from './connection-end.ts'
import type { ConnectionEnd } from './connection-end.ts'
import type { Instant } from './effects.ts'
import type { OutgoingMessage } from './outgoing-message.ts'
import { checkProblemInformation, checkServerDisconnect } from './server-rules.ts'
import { serverTerms } from './server-terms.ts'
import type { ServerTerms } from './server-terms.ts'
import type { PublishVerdict } from './server-exchanges.ts'
import type { ControlPacket } from './server-requests.ts'

/** Where a connection stands, from the client's end. */
export type ClientState = 'unconnected' | 'connecting' | 'connected' | 'closed'

const NO_EFFECTS: readonly never[] = []

/** The protocol as a client speaks it on one connection. `M` is what it publishes. */
export class ClientProtocol<M extends OutgoingMessage> {
  readonly #session: ClientSession<M>
  readonly #limits: ClientLimits
  #state: ClientState = 'unconnected'
  #sessionExpiryInterval = 0
  /** From CONNACK on, whatever else it says. */
  #maximumPacketSize = PACKET_BYTES_MAX
  /** From CONNECT on. */
  #handshake: ClientHandshake | undefined
  /** Exactly while the state is `connected`. */
  #link: ClientLink<M> | undefined
  /** From CONNACK on: what was delivered may be settled when the connection is gone. */
  #exchanges: ClientExchanges<M> | undefined

  constructor(session: ClientSession<M>, limits: ClientLimits) {
    this.#session = session
    this.#limits = limits
  }

  /** Where the connection stands. */
  get state(): ClientState {
    return this.#state
  }

  /** The version that `send` effects are encoded for, and the decoder reads. */
  get version(): ProtocolVersion {
    return this.#handshake?.request.version ?? 5
  }

  /** What the server has granted; `undefined` unless the state is `connected`. */
  get terms(): ServerTerms | undefined {
    return this.#link?.terms
  }

  /**
   * For how many seconds the session outlives the connection; 0xFFFFFFFF is for ever. `end` may
   * change it. [MQTT-3.1.2-23]
   */
  get sessionExpiryInterval(): number {
    return this.#sessionExpiryInterval
  }

  /** Whether a message of QoS 1 or 2 can be published now. */
  get hasRoom(): boolean {
    return this.#link?.hasRoom ?? false
  }

  /** Whether something waits to be sent again: call `resend` when the output has room. */
  get resending(): boolean {
    return this.#link?.resending ?? false
  }

  /** When to call `timeout` at the latest; Infinity for never. */
  get deadline(): Instant {
    if (this.#state === 'closed') return Infinity
    return this.#link?.pinging.deadline ?? this.#handshake?.deadline ?? Infinity
  }

  /**
   * The transport is there: asks for a session. @throws {MqttError} for options that the version
   * does not allow; {TypeError} for a second CONNECT. [MQTT-3.1.0-1] [MQTT-3.1.0-2]
   */
  connect(options: ConnectOptions, now: Instant): readonly [SendEffect<ConnectPacket>] {
    if (this.#state !== 'unconnected') throw new TypeError('A connection has one CONNECT')
    const packet = connectPacket(options, this.#limits)
    this.#state = 'connecting'
    this.#handshake = new ClientHandshake(requestOf(packet), this.#limits, now)
    return [{ type: 'send', packet }]
  }

  /**
   * A packet arrived, any but PUBLISH and its acknowledgements. @throws {MqttError} for `fail`.
   */
  receive(packet: ControlPacket, now: Instant): readonly ClientEffect<M>[] {
    if (this.#state === 'closed') return NO_EFFECTS
    const handshake = this.#handshake
    if (handshake === undefined) throw protocolError('The server spoke before CONNECT')
    const link = this.#link
    if (link === undefined) return this.#receiveEarly(packet, handshake, now)
    link.pinging.heard(now)
    switch (packet.type) {
      case 'suback':
        checkProblemInformation(packet, handshake.request)
        return [link.requests.subscribed(packet)]
      case 'unsuback':
        checkProblemInformation(packet, handshake.request)
        return [link.requests.unsubscribed(packet)]
      case 'pingresp':
        link.pinging.answered()
        return NO_EFFECTS
      case 'auth':
        checkProblemInformation(packet, handshake.request)
        return [handshake.authentication.receive(packet)]
      case 'disconnect':
        checkServerDisconnect(packet, this.version)
        return this.#leave(undefined, endOfServer(packet)) // [MQTT-4.13.2-1]
      case 'connack':
        throw protocolError('A second CONNACK came', 'MQTT-3.2.0-2')
      case 'connect':
      case 'subscribe':
      case 'unsubscribe':
      case 'pingreq':
      default:
        throw protocolError(`A server sent a ${packet.type.toUpperCase()}`)
    }
  }

  /**
   * A PUBLISH arrived; one that is to be delivered is to be settled, too, unless it has QoS 0. Sets
   * the frame's Topic Name where it has an alias only. @throws {MqttError} for `fail`.
   */
  receivePublish(frame: PublishFrame, now: Instant, output: ClientOutput<M>): PublishVerdict {
    if (this.#link !== undefined) return this.#link.receivePublish(frame, now, output)
    if (this.#state === 'closed') return 'duplicate'
    throw tooEarly('publish')
  }

  /**
   * A PUBACK, PUBREC, PUBREL or PUBCOMP arrived; its answer goes to the output. Returns the message
   * whose exchange it ends, with the packet's Reason Code: then there may be room for another.
   * @throws {MqttError} for `fail`.
   */
  receiveAcknowledgement(
    packet: AcknowledgementPacket,
    now: Instant,
    output: ClientOutput<M>,
  ): M | undefined {
    if (this.#link !== undefined) return this.#link.receiveAcknowledgement(packet, now, output)
    if (this.#state === 'closed') return undefined
    throw tooEarly(packet.type)
  }

  /**
   * The owner took a PUBLISH, or refuses it with a code of 0x80 or above, which MQTT before 5.0
   * cannot say: there it is acknowledged all the same. To be called on the instance that the
   * PUBLISH came through, even when its connection is gone; `output` is that of the connection that
   * is there now, or goes nowhere. [MQTT-4.5.0-2]
   */
  settle(delivery: Delivery, reasonCode: ReasonCode, output: ClientOutput<M>): void {
    if (this.#link === undefined) this.#exchanges?.settleLate(delivery, reasonCode, output)
    else this.#link.settle(delivery, reasonCode, output)
  }

  /** Publishes a message. @throws {MqttError} for one that this server may not be sent. */
  publish(message: M, now: Instant, output: ClientOutput<M>): PublishOutcome {
    return this.#link?.publish(message, now, output) ?? 'wait'
  }

  /** Sends again what a resumed session has left to say, as far as quota and output allow. */
  resend(output: ClientOutput<M>): void {
    this.#link?.resend(output)
  }

  /**
   * Subscribes; the effect `subscribed` will bring the answer. @throws {MqttError} for what the
   * server does not offer; {TypeError} unless the state is `connected`.
   */
  subscribe(
    subscriptions: readonly Subscription[],
    now: Instant,
    properties?: PropertiesOf<'subscribe'>,
  ): readonly [SendEffect<SubscribePacket>] {
    const link = this.#requireLink()
    const packet = link.requests.subscribe(subscriptions, properties)
    link.pinging.sent(now)
    return [{ type: 'send', packet }]
  }

  /** Unsubscribes; the effect `unsubscribed` will bring the answer. @throws like `subscribe`. */
  unsubscribe(
    filters: readonly string[],
    now: Instant,
    properties?: PropertiesOf<'unsubscribe'>,
  ): readonly [SendEffect<UnsubscribePacket>] {
    const link = this.#requireLink()
    const packet = link.requests.unsubscribe(filters, properties)
    link.pinging.sent(now)
    return [{ type: 'send', packet }]
  }

  /** The owner's answer to the effect `authentication`. @throws {MqttError} if it is too large. */
  authenticate(details: AuthenticationDetails, now: Instant): readonly SendEffect[] {
    if (this.#state === 'closed') return NO_EFFECTS
    const packet = this.#handshake?.authentication.answer(details, this.#maximumPacketSize)
    this.#link?.pinging.sent(now)
    return packet === undefined ? NO_EFFECTS : [{ type: 'send', packet }]
  }

  /**
   * Authenticates again; `authentication` and `reauthenticated` will follow, or the end.
   * @throws {MqttError} where CONNECT named no method; {TypeError} unless `connected`.
   */
  reauthenticate(details: AuthenticationDetails, now: Instant): readonly SendEffect[] {
    const { authentication, pinging } = this.#requireLink()
    const packet = authentication.begin(details, this.#maximumPacketSize)
    pinging.sent(now)
    return [{ type: 'send', packet }]
  }

  /**
   * The owner ends the connection: with Normal disconnection, or with a code for which the server
   * publishes the Will. @throws {MqttError} for details that may not be said.
   */
  end(
    reasonCode: ReasonCode,
    cause: string,
    details: LeavingDetails = {},
  ): readonly ClientEffect<M>[] {
    if (this.#state === 'closed') return NO_EFFECTS // [MQTT-3.14.4-1]
    const packet = this.#leaving?.packet(reasonCode, cause, details)
    this.#sessionExpiryInterval = details.sessionExpiryInterval ?? this.#sessionExpiryInterval
    return this.#leave(packet, endOf('client', reasonCode, cause))
  }

  /** MQTT was not obeyed: the decoder or this engine threw. [MQTT-4.13.2-1] */
  fail(error: MqttError): readonly ClientEffect<M>[] {
    if (this.#state === 'closed') return NO_EFFECTS
    const packet = this.#leaving?.accusation(error)
    return this.#leave(packet, endOfViolation(error))
  }

  /** The transport is gone. */
  lost(cause: string): readonly ClientEffect<M>[] {
    if (this.#state === 'closed') return NO_EFFECTS
    return this.#leave(undefined, endOf('loss', ReasonCode.UnspecifiedError, cause))
  }

  /**
   * The transport has taken bytes that waited. On a slow line PINGREQ waits behind them, and as
   * long as they move, its answer is not overdue. To be called where much may wait.
   */
  taken(now: Instant): void {
    this.#link?.pinging.taken(now)
  }

  /** To be called at `deadline`; does nothing before. */
  timeout(now: Instant): readonly ClientEffect<M>[] {
    if (now < this.deadline) return NO_EFFECTS
    if (this.#link === undefined) {
      const cause = 'No CONNACK came in time'
      return this.#leave(undefined, endOf('loss', ReasonCode.ServerUnavailable, cause))
    }
    if (this.#link.pinging.isLost(now)) {
      const cause = 'No PINGRESP came in time'
      return this.#leave(undefined, endOf('loss', ReasonCode.KeepAliveTimeout, cause))
    }
    this.#link.pinging.asked(now)
    return [{ type: 'send', packet: { type: 'pingreq' } }]
  }

  /** A packet came before the client was let in. */
  #receiveEarly(
    packet: ControlPacket,
    handshake: ClientHandshake,
    now: Instant,
  ): readonly ClientEffect<M>[] {
    if (packet.type === 'connack') {
      this.#maximumPacketSize = packet.properties?.maximumPacketSize ?? PACKET_BYTES_MAX
    }
    const answer = handshake.receive(packet)
    if (answer.type !== 'connack') return [answer]
    return answer.reasonCode === ReasonCode.Success
      ? this.#begin(answer, handshake, now)
      : this.#leave(undefined, endOfServer(answer)) // [MQTT-4.13.2-1]
  }

  /** The client was let in. */
  #begin(
    connack: ConnackPacket,
    handshake: ClientHandshake,
    now: Instant,
  ): readonly ClientEffect<M>[] {
    const session = this.#session
    const { request } = handshake
    const { sessionPresent } = connack
    if (request.version === 5 && sessionPresent && !session.exists) {
      return this.#leaveOtherSession()
    }
    // MQTT 3.1 cannot say that it has kept what it was asked to keep.
    const resumed = request.version === 3 ? !request.cleanStart : sessionPresent
    const discarded = resumed ? [] : session.discard() // [MQTT-3.1.2-4] [MQTT-3.2.2-5]
    const terms = serverTerms(request, connack)
    session.begin()
    this.#state = 'connected'
    this.#sessionExpiryInterval = terms.sessionExpiryInterval
    this.#link = new ClientLink(handshake, terms, session, this.#limits, now)
    this.#exchanges = this.#link.exchanges
    return [{ type: 'connected', sessionPresent, discarded, terms }]
  }

  /** To begin anew, the owner connects again with Clean Start 1. */
  #leaveOtherSession(): readonly ClientEffect<M>[] {
    const cause = 'The server has kept a session that the client has not'
    const end = endOf('client', ReasonCode.UnspecifiedError, cause)
    const packet = this.#leaving?.packet(end.reasonCode, cause, {})
    return this.#leave(packet, { ...end, statement: 'MQTT-3.2.2-4' })
  }

  #requireLink(): ClientLink<M> {
    if (this.#link === undefined) throw new TypeError('The client is not connected')
    return this.#link
  }

  /** Says goodbye and closes. [MQTT-3.14.4-1] [MQTT-3.14.4-2] */
  #leave(packet: Packet | undefined, end: ConnectionEnd): readonly ClientEffect<M>[] {
    const link = this.#link
    this.#state = 'closed'
    this.#link = undefined
    link?.close()
    // [MQTT-3.1.2-23] [MQTT311-3.1.2-6]
    const over = link !== undefined && this.#sessionExpiryInterval === 0
    const discarded = over ? this.#session.discard() : []
    const close: ClientEffect<M> = { type: 'close', ...end, discarded }
    return packet === undefined ? [close] : [{ type: 'send', packet }, close]
  }

  get #leaving(): Leaving | undefined {
    const request = this.#handshake?.request
    return request === undefined ? undefined : new Leaving(request, this.#maximumPacketSize)
  }
}
