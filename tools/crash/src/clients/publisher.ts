/**
 * A publisher that never forgets: what is not acknowledged it sends again after every reconnection,
 * with DUP and the same Packet Identifier, in the order in which it first went out (§4.4).
 *
 *     QoS 1   PUBLISH -> PUBACK: settled
 *     QoS 2   PUBLISH -> PUBREC: acknowledged -> PUBREL -> PUBCOMP: settled
 */
import type { ConnackPacket, ConnectPacket, DecodedPacket, PacketIdentifier } from '@godwit/codec'
import type { History, Message } from '../history.ts'
import { encodePayload } from '../payload.ts'
import type { PublisherPlan, TopicPlan } from '../plan.ts'
import type { Random } from '../random.ts'
import { connectPacketOf } from './connect-packet.ts'
import { Link } from './link.ts'
import type { LinkOwner, Whereabouts } from './link.ts'

/** One publisher with its session. */
export class Publisher implements LinkOwner {
  readonly plan: PublisherPlan
  readonly #history: History
  readonly #random: Random
  readonly #link: Link
  /** By Packet Identifier, in the order of first sending. */
  readonly #exchanges = new Map<PacketIdentifier, Exchange>()
  readonly #sequences = new Map<TopicPlan, number>()
  #window: number
  #lastPacketId = 0
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(plan: PublisherPlan, broker: Whereabouts, history: History, random: Random) {
    this.plan = plan
    this.#history = history
    this.#random = random
    this.#window = plan.window
    this.#link = new Link(broker, history, this)
  }

  /** What was published and is not settled. */
  get unfinished(): readonly Message[] {
    return [...this.#exchanges.values()].map(({ message }) => message)
  }

  /** Connects, and publishes at its pace until `stop`. */
  start(): void {
    this.#link.open()
    this.#timer = setInterval(() => this.#publishSome(), TICK_MS)
  }

  /** Publishes nothing new; what is under way goes on. */
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Leaves. */
  leave(): void {
    this.stop()
    this.#link.close('in order')
  }

  connectPacket(): ConnectPacket {
    const { clientId, version } = this.plan
    return connectPacketOf({ clientId, version, lasting: true })
  }

  connected({ properties }: ConnackPacket): void {
    this.#window = Math.min(this.plan.window, properties?.receiveMaximum ?? this.plan.window)
    for (const [packetId, exchange] of this.#exchanges) {
      if (exchange.received) this.#release(packetId)
      else this.#send(packetId, exchange, true)
    }
  }

  received(packet: DecodedPacket): void {
    if (packet.type === 'puback') return this.#finish(packet.packetId, packet.reasonCode)
    if (packet.type === 'pubrec') return this.#proceed(packet.packetId, packet.reasonCode)
    // A broker that lost the exchange says 0x92, and that ends it too.
    if (packet.type === 'pubcomp') return this.#finish(packet.packetId, 0)
    if (packet.type === 'disconnect') return
    this.#history.fault('protocol', `${this.plan.clientId} was sent ${packet.type.toUpperCase()}`)
  }

  lost(): void {
    // What is unfinished waits for the next connection.
  }

  #publishSome(): void {
    const most = this.plan.perTick
    for (let sent = 0; sent < most && this.#mayPublish(); sent++) this.#publish()
  }

  #mayPublish(): boolean {
    return this.#link.isUp && this.#exchanges.size < this.#window && this.#count < MESSAGES_MAX
  }

  #publish(): void {
    const topic = this.#random.pick(this.plan.topics)
    const sequence = (this.#sequences.get(topic) ?? 0) + 1
    this.#sequences.set(topic, sequence)
    const { name, qos, retain } = topic
    const publisher = this.plan.clientId
    const message = this.#history.sent({ publisher, topic: name, sequence, qos, retain })
    const payload = encodePayload(message, this.#paddingBytes())
    const exchange = { message, payload, received: false }
    const packetId = this.#freePacketId()
    this.#exchanges.set(packetId, exchange)
    this.#count++
    this.#send(packetId, exchange, false)
  }

  #paddingBytes(): number {
    return this.#random.chance(LARGE_SHARE)
      ? this.#random.between(0, LARGE_BYTES_MAX)
      : this.#random.between(0, SMALL_BYTES_MAX)
  }

  /** Few identifiers, so that each is used again and again. */
  #freePacketId(): PacketIdentifier {
    do this.#lastPacketId = (this.#lastPacketId % (2 * this.plan.window)) + 1
    while (this.#exchanges.has(this.#lastPacketId))
    return this.#lastPacketId
  }

  #send(packetId: PacketIdentifier, { message, payload }: Exchange, dup: boolean): void {
    const { topic, qos, retain } = message
    if (dup) this.#history.resent(message)
    this.#link.send({ type: 'publish', topic, payload, qos, retain, dup, packetId })
  }

  #release(packetId: PacketIdentifier): void {
    this.#link.send({ type: 'pubrel', packetId, reasonCode: 0 })
  }

  #proceed(packetId: PacketIdentifier, reasonCode: number): void {
    const exchange = this.#exchanges.get(packetId)
    if (exchange === undefined) return this.#unexpected('PUBREC', packetId)
    if (reasonCode >= REFUSED) return this.#finish(packetId, reasonCode)
    exchange.received = true
    this.#history.acknowledged(exchange.message)
    this.#release(packetId)
  }

  #finish(packetId: PacketIdentifier, reasonCode: number): void {
    const exchange = this.#exchanges.get(packetId)
    if (exchange === undefined) return this.#unexpected('PUBACK or PUBCOMP', packetId)
    this.#exchanges.delete(packetId)
    if (reasonCode >= REFUSED) {
      exchange.message.refused = true
      return
    }
    this.#history.acknowledged(exchange.message)
    this.#history.settled(exchange.message)
  }

  #unexpected(what: string, packetId: PacketIdentifier): void {
    const { clientId } = this.plan
    this.#history.fault('protocol', `${clientId} was sent ${what} ${packetId} without need`)
  }
}

interface Exchange {
  readonly message: Message
  readonly payload: Uint8Array
  /** PUBREC came: PUBREL is what is sent. */
  received: boolean
}

const TICK_MS = 20
const MESSAGES_MAX = 5_000
const REFUSED = 0x80
const LARGE_SHARE = 0.02
const LARGE_BYTES_MAX = 20_000
const SMALL_BYTES_MAX = 300
