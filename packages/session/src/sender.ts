/**
 * The sending half of QoS 1 and QoS 2 (§4.3.2, §4.3.3), for either end. It is part of the Session
 * State: it outlives Network Connections, and on each new one what is not acknowledged is sent
 * again (§4.4). It knows exchanges, not bytes: its owner lays out the packets.
 *
 *     QoS 1:  begin, PUBLISH --> awaits PUBACK --> over
 *
 *     QoS 2:  begin, PUBLISH --> awaits PUBREC --> PUBREL, awaits PUBCOMP --> over
 *                                   |
 *                                   +--> over, if the PUBREC refuses
 *
 *     QoS 2, if an earlier life of this end may have left the identifier with the peer, which would
 *     take the message for a repetition:
 *
 *             begin, PUBREL --> awaits PUBCOMP --> PUBLISH --> awaits PUBREC ...
 */
import { UINT16_MAX } from '@godwit/codec'
import type { PacketIdentifier, ReasonCode } from '@godwit/codec'
import { PacketIdentifierSet } from './packet-identifier-set.ts'

/**
 * What an acknowledgement did to its exchange. `settled`: it is over. `release`: send PUBREL.
 * `unknown`: there is no exchange that awaits this.
 */
export type SenderVerdict = 'settled' | 'release' | 'unknown'

/**
 * What became of a PUBLISH that was to be sent again. `wait`: the output has no room now. `over`:
 * it is too large for the peer, which counts as sent and acknowledged. [MQTT-3.1.2-25]
 */
export type ResendOutcome = 'sent' | 'wait' | 'over'

/** Sends packets again. */
export interface Resending<M> {
  /** Send PUBREL again. */
  release(packetId: PacketIdentifier): void
  /** Send PUBLISH, with DUP if `again`: for the first time only where PUBREL had to go ahead. */
  publish(packetId: PacketIdentifier, qos: 1 | 2, message: M, again: boolean): ResendOutcome
}

/** The exchanges in which one end of a session sends. `M` is whatever it sends. */
export class Sender<M> {
  /** Those that are not over, oldest first. */
  readonly #exchanges = new Map<PacketIdentifier, Exchange<M>>()
  /** Those that await PUBCOMP, in the order of their PUBRECs. */
  readonly #released = new Set<Exchange<M>>()
  /** Those whose last packet is to be sent again on this connection, in that order. */
  readonly #due = new Set<Exchange<M>>()
  /** Identifiers of no exchange of this sender's. */
  #reserved: Set<PacketIdentifier> | undefined
  #lastIdentifier: PacketIdentifier = 0
  /** Those that the peer has surely let go of, where it may hold some of an earlier life. */
  #cleared: PacketIdentifierSet | undefined
  /** How many exchanges await that. */
  #clearing = 0
  /** What the peer allows on this connection; 0 while there is none. */
  #receiveMaximum = 0
  /** How many exchanges count against it. */
  #counted = 0

  /** How many exchanges are not over, on whatever connection they began. */
  get inFlight(): number {
    return this.#exchanges.size
  }

  /** Whether an exchange may begin: what is older was sent, and quota and identifiers are left. */
  get hasRoom(): boolean {
    return this.#hasQuota && this.#due.size === 0 && this.#identifiersInUse < UINT16_MAX
  }

  /** Whether something waits to be sent again on this connection. */
  get resending(): boolean {
    return this.#due.size > 0
  }

  /**
   * The session was begun by an earlier life of this end, and nobody knows which identifiers of
   * QoS 2 the peer holds: each is cleared before it is used. To be called before anything begins.
   */
  doubt(): void {
    this.#cleared = new PacketIdentifierSet()
  }

  /**
   * Takes up an exchange that an earlier life of this end had begun: its PUBLISH is sent again once
   * `resume` was called, or PUBREL where it was `released`. To be called in the order of `forEach`,
   * before anything else begins.
   */
  restore(packetId: PacketIdentifier, qos: 1 | 2, message: M, released: boolean): void {
    const exchange: Exchange<M> = {
      packetId,
      qos,
      message,
      awaited: answerTo(qos),
      counted: false,
      isPublished: true,
    }
    this.#exchanges.set(packetId, exchange)
    this.#lastIdentifier = packetId
    if (released) this.#release(exchange)
  }

  /**
   * Begins an exchange, for its owner to send PUBLISH with the identifier that it returns, or
   * PUBREL if it `clears`; 0 where there is no room. It steps over identifiers that are in use,
   * mostly none.
   */
  begin(qos: 1 | 2, message: M): PacketIdentifier {
    if (!this.hasRoom) return 0
    const packetId = this.#freeIdentifier()
    const isPublished = !this.#isDoubtful(qos, packetId)
    const awaited: AwaitedAnswer = isPublished ? answerTo(qos) : 'clearance'
    if (!isPublished) this.#clearing++
    this.#exchanges.set(packetId, { packetId, qos, message, awaited, counted: true, isPublished })
    this.#counted++
    return packetId
  }

  /** Whether PUBREL goes ahead of PUBLISH, which is to be sent by `resend` after the PUBCOMP. */
  clears(packetId: PacketIdentifier): boolean {
    return this.#clearing > 0 && this.#exchanges.get(packetId)?.awaited === 'clearance'
  }

  /**
   * Takes a Packet Identifier for a SUBSCRIBE or UNSUBSCRIBE, which are numbered together with what
   * is published; 0 where none is left. It needs neither quota nor connection. [MQTT-2.2.1-3]
   */
  reserve(): PacketIdentifier {
    if (this.#identifiersInUse === UINT16_MAX) return 0
    const packetId = this.#freeIdentifier()
    this.#reserved ??= new Set()
    this.#reserved.add(packetId)
    return packetId
  }

  /** Gives back what `reserve` took. */
  free(packetId: PacketIdentifier): void {
    this.#reserved?.delete(packetId)
  }

  /** The message of an exchange that is not over. */
  message(packetId: PacketIdentifier): M | undefined {
    return this.#exchanges.get(packetId)?.message
  }

  /** An acknowledgement came; its PUBLISH may still be waiting to be sent again. */
  receive(
    type: 'puback' | 'pubrec' | 'pubcomp',
    packetId: PacketIdentifier,
    reasonCode: ReasonCode,
  ): SenderVerdict {
    const exchange = this.#exchanges.get(packetId)
    if (exchange === undefined) return 'unknown'
    if (exchange.awaited === 'clearance') {
      if (type === 'pubcomp') this.#clear(exchange)
      return 'unknown'
    }
    if (type === 'pubrec') return this.#receivePubrec(exchange, reasonCode)
    if (type !== exchange.awaited) return 'unknown'
    this.#end(exchange) // [MQTT-4.3.2-3] [MQTT-4.3.3-5] [MQTT-4.4.0-2]
    return 'settled'
  }

  /**
   * A new Network Connection, on which the peer allows so many PUBLISHes to be unacknowledged.
   * Everything unacknowledged is to be sent again. [MQTT-4.4.0-1] [MQTT-4.9.0-1]
   */
  resume(receiveMaximum: number): void {
    this.suspend()
    this.#receiveMaximum = receiveMaximum
    for (const exchange of this.#released) this.#due.add(exchange) // [MQTT-4.6.0-4]
    for (const exchange of this.#exchanges.values()) this.#due.add(exchange) // [MQTT-4.6.0-1]
  }

  /**
   * Sends again what is to be sent again, as far as quota and output allow. While `resending`
   * holds, to be called again after acknowledgements and when the output has room.
   */
  resend(to: Resending<M>): void {
    for (const exchange of this.#due) {
      if (!this.#resend(exchange, to)) return
      this.#due.delete(exchange)
    }
  }

  /** The connection is gone: there is no room until `resume`. */
  suspend(): void {
    this.#receiveMaximum = 0
    this.#counted = 0
    this.#due.clear()
    for (const exchange of this.#exchanges.values()) exchange.counted = false
  }

  /**
   * Ends the QoS 1 exchanges that are chosen, so that others can be sent their messages, which it
   * returns, oldest first. One of QoS 2 is for this peer alone. [MQTT-4.8.2-4] [MQTT-4.8.2-5]
   * @throws {TypeError} on a connection, where their PUBACKs may be on the way.
   */
  withdraw(choose: (message: M) => boolean): readonly M[] {
    if (this.#receiveMaximum > 0) throw new TypeError('Call suspend before withdraw')
    const chosen = [...this.#exchanges.values()].filter(
      ({ awaited, message }) => awaited === 'puback' && choose(message),
    )
    for (const exchange of chosen) this.#end(exchange)
    return chosen.map(({ message }) => message)
  }

  /** The messages of all exchanges, oldest first. */
  *messages(): IterableIterator<M> {
    for (const { message } of this.#exchanges.values()) yield message
  }

  /**
   * Calls `see` with each exchange, in the order for `restore`: the `released` ones, which await
   * PUBCOMP, as their PUBRECs came, then the others, oldest first. [MQTT-4.6.0-4]
   */
  forEach(see: (packetId: PacketIdentifier, message: M, released: boolean) => void): void {
    for (const { packetId, message } of this.#released) see(packetId, message, true)
    for (const { packetId, message, awaited } of this.#exchanges.values()) {
      if (awaited !== 'pubcomp') see(packetId, message, false)
    }
  }

  /** [MQTT-3.3.4-7] [MQTT-3.3.4-9] [MQTT-4.9.0-2] */
  get #hasQuota(): boolean {
    return this.#counted < this.#receiveMaximum
  }

  get #identifiersInUse(): number {
    return this.#exchanges.size + (this.#reserved?.size ?? 0)
  }

  /** [MQTT-2.2.1-3] [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] */
  #freeIdentifier(): PacketIdentifier {
    const isFew = this.#cleared !== undefined && this.#identifiersInUse < DOUBTFUL_MAX / 2
    const last = isFew ? DOUBTFUL_MAX : UINT16_MAX
    let packetId = this.#lastIdentifier
    do packetId = packetId >= last ? 1 : packetId + 1
    while (this.#exchanges.has(packetId) || this.#reserved?.has(packetId) === true)
    this.#lastIdentifier = packetId
    return packetId
  }

  /** All that follow one that is being cleared go the same way, and so keep their order. */
  #isDoubtful(qos: 1 | 2, packetId: PacketIdentifier): boolean {
    if (this.#cleared === undefined) return false
    return this.#clearing > 0 || (qos === 2 && !this.#cleared.has(packetId))
  }

  /** The peer has let go of the identifier: PUBLISH is due. [MQTT-4.3.3-12] */
  #clear(exchange: Exchange<M>): void {
    this.#cleared?.add(exchange.packetId)
    this.#clearing--
    if (exchange.counted) this.#counted--
    exchange.counted = false
    exchange.awaited = answerTo(exchange.qos)
    this.#due.add(exchange)
  }

  #receivePubrec(exchange: Exchange<M>, reasonCode: ReasonCode): SenderVerdict {
    if (exchange.awaited === 'puback') return 'unknown'
    if (reasonCode >= 0x80) {
      this.#end(exchange) // [MQTT-4.4.0-2]
      return 'settled'
    }
    this.#release(exchange)
    return 'release' // [MQTT-4.3.3-3] [MQTT-4.3.3-4]
  }

  /** Returns whether it is done. */
  #resend(exchange: Exchange<M>, to: Resending<M>): boolean {
    const { packetId, qos, message, awaited } = exchange
    if (awaited === 'pubcomp' || awaited === 'clearance') {
      to.release(packetId)
      return true
    }
    if (!this.#hasQuota) return false
    const outcome = to.publish(packetId, qos, message, exchange.isPublished)
    if (outcome === 'wait') return false
    if (outcome === 'over') {
      this.#giveUp(exchange, to)
    } else {
      exchange.counted = true
      exchange.isPublished = true
      this.#counted++
    }
    return true
  }

  /**
   * The PUBLISH will not be sent again, but the peer may have it since an earlier connection, and
   * would take the next use of a QoS 2 identifier for a repetition: PUBREL makes it let go.
   */
  #giveUp(exchange: Exchange<M>, to: Resending<M>): void {
    if (exchange.awaited === 'puback') {
      this.#end(exchange)
    } else {
      this.#release(exchange)
      to.release(exchange.packetId)
    }
  }

  /** From here on PUBREL is what is sent, and never PUBLISH. [MQTT-4.3.3-6] */
  #release(exchange: Exchange<M>): void {
    exchange.awaited = 'pubcomp'
    this.#released.add(exchange)
    this.#due.delete(exchange)
  }

  #end(exchange: Exchange<M>): void {
    if (exchange.counted) this.#counted--
    this.#exchanges.delete(exchange.packetId)
    this.#released.delete(exchange)
    this.#due.delete(exchange)
  }
}

interface Exchange<M> {
  readonly packetId: PacketIdentifier
  readonly qos: 1 | 2
  readonly message: M
  awaited: AwaitedAnswer
  /** Whether its PUBLISH was sent on this connection, and so counts against the quota. */
  counted: boolean
  /** Whether its PUBLISH was sent on any. */
  isPublished: boolean
}

/** `clearance` is the PUBCOMP before the PUBLISH. */
type AwaitedAnswer = 'puback' | 'clearance' | 'pubrec' | 'pubcomp'

function answerTo(qos: 1 | 2): 'puback' | 'pubrec' {
  return qos === 1 ? 'puback' : 'pubrec'
}

/** How many identifiers are used in turn where each has to be cleared first, if they suffice. */
const DOUBTFUL_MAX = 1024
