/**
 * A subscriber with a session that outlives its connections, and everything that a receiver has to
 * remember. What it was not answered it asks again after the next reconnection.
 *
 *     QoS 1   PUBLISH -> delivered, PUBACK
 *     QoS 2   PUBLISH -> delivered unless its Packet Identifier is held; held; PUBREC
 *             PUBREL  -> no longer held; PUBCOMP
 */
import type { ConnackPacket, ConnectPacket, DecodedPacket, Packet } from '@godwit/codec'
import type { PacketIdentifier, PublishFrame, SubackPacket, UnsubackPacket } from '@godwit/codec'
import { keyOf } from '../history.ts'
import type { History, Wish } from '../history.ts'
import { decodePayload } from '../payload.ts'
import type { SubscriberPlan } from '../plan.ts'
import { connectPacketOf } from './connect-packet.ts'
import { Link } from './link.ts'
import type { LinkOwner, Whereabouts } from './link.ts'

/** One subscriber with its session. */
export class Subscriber implements LinkOwner {
  readonly plan: SubscriberPlan
  readonly #history: History
  readonly #link: Link
  /** QoS 2 messages received and not released: their identifiers and names. */
  readonly #held = new Map<PacketIdentifier, string>()
  readonly #wishes = new Map<string, Wish>()
  /** The first was sent if the link is up, the others wait for it. */
  readonly #requests: Request[] = []
  #requestId = 0
  #answers: Packet[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(plan: SubscriberPlan, broker: Whereabouts, history: History) {
    this.plan = plan
    this.#history = history
    this.#link = new Link(broker, history, this)
  }

  /** Whether everything that it asked for was answered. */
  get isAnswered(): boolean {
    return this.#requests.length === 0
  }

  /** Whether it is connected. */
  get isUp(): boolean {
    return this.#link.isUp
  }

  /** Connects, and stays so over all deaths of the broker. */
  come(): void {
    this.#link.open()
  }

  /** Goes away, with DISCONNECT or without. */
  leave(how: 'in order' | 'abruptly'): void {
    this.#link.close(how)
  }

  /** Subscribes to one filter. */
  subscribe(filter: string, qos: 1 | 2): void {
    const wish = this.#history.asked(this.plan.clientId, filter, qos)
    this.#wishes.set(filter, wish)
    this.#request({ type: 'subscribe', wish })
  }

  /** Gives a filter up, or asks for it again. */
  toggle(filter: string, qos: 1 | 2): void {
    const wish = this.#wishes.get(filter)
    if (wish === undefined) return this.subscribe(filter, qos)
    this.#wishes.delete(filter)
    this.#history.advanced(wish, 'endingAt')
    this.#request({ type: 'unsubscribe', wish })
  }

  connectPacket(): ConnectPacket {
    const { clientId, version, receiveMaximum } = this.plan
    return connectPacketOf({ clientId, version, lasting: true, receiveMaximum })
  }

  connected({ sessionPresent }: ConnackPacket): void {
    if (!sessionPresent) this.#held.clear()
    if (!this.isAnswered) this.#sendRequest()
  }

  received(packet: DecodedPacket): void {
    const { type } = packet
    if (type === 'publish') return this.#take(packet)
    if (type === 'pubrel') return this.#letGo(packet.packetId)
    if (type === 'suback' || type === 'unsuback') return this.#answered(packet)
    if (type !== 'disconnect') this.#fault(`was sent ${type.toUpperCase()}`)
  }

  lost(): void {
    // Answers that did not go out are forgotten, as by a client that loses its power.
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#answers = []
  }

  #take(frame: PublishFrame): void {
    const { topic, qos, packetId, retain } = frame
    const mark = decodePayload(frame.payload)
    const whole = mark !== undefined && mark.topic === topic
    const key = whole ? keyOf(mark) : `corrupt ${topic}`
    const held = qos === 2 ? this.#held.get(packetId) : undefined
    if (held !== undefined && held !== key) {
      this.#fault(`was sent ${key} with Packet Identifier ${packetId}, which is that of ${held}`)
    }
    if (!whole) {
      const what = `a damaged payload of ${frame.payload.length} bytes on ${topic}`
      this.#history.fault('corrupt', `${this.plan.clientId} was sent ${what}`)
    } else if (held !== key) this.#history.delivered(this.plan.clientId, mark, { qos, retain })
    if (qos === 2) this.#held.set(packetId, key)
    if (qos > 0) this.#answer({ type: qos === 1 ? 'puback' : 'pubrec', packetId, reasonCode: 0 })
  }

  #letGo(packetId: PacketIdentifier): void {
    const isKnown = this.#held.delete(packetId)
    const reasonCode = isKnown || this.plan.version === 4 ? 0 : NOT_FOUND
    this.#answer({ type: 'pubcomp', packetId, reasonCode })
  }

  #answer(packet: Packet): void {
    const { answerDelayMs } = this.plan
    if (answerDelayMs === 0) return this.#link.send(packet)
    this.#answers.push(packet)
    this.#timer ??= setTimeout(() => this.#answerAll(), answerDelayMs)
  }

  #answerAll(): void {
    this.#timer = undefined
    for (const packet of this.#answers.splice(0)) this.#link.send(packet)
  }

  #request(request: Request): void {
    this.#requests.push(request)
    if (this.#link.isUp && this.#requests.length === 1) this.#sendRequest()
  }

  #sendRequest(): void {
    const [request] = this.#requests
    if (request === undefined) return
    const { filter, qos } = request.wish
    const packetId = (this.#requestId = (this.#requestId % REQUEST_IDS) + 1)
    if (request.type === 'unsubscribe') {
      return this.#link.send({ type: 'unsubscribe', packetId, filters: [filter] })
    }
    const options = { noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
    const subscriptions = [{ filter, qos, ...options }]
    this.#link.send({ type: 'subscribe', packetId, subscriptions })
  }

  #answered({ type, packetId, reasonCodes }: SubackPacket | UnsubackPacket): void {
    const [request] = this.#requests
    const wanted = request?.type === 'subscribe' ? 'suback' : 'unsuback'
    if (request === undefined || type !== wanted || packetId !== this.#requestId) {
      return this.#fault(`was sent ${type.toUpperCase()} ${packetId} without need`)
    }
    this.#requests.shift()
    const { wish } = request
    const [code = 0] = reasonCodes
    if (code > wish.qos && code !== NOT_SUBSCRIBED) {
      this.#fault(`was answered 0x${code.toString(16)} to ${request.type} ${wish.filter}`)
    } else this.#history.advanced(wish, type === 'suback' ? 'grantedAt' : 'endedAt')
    this.#sendRequest()
  }

  #fault(what: string): void {
    this.#history.fault('protocol', `${this.plan.clientId} ${what}`)
  }
}

interface Request {
  readonly type: 'subscribe' | 'unsubscribe'
  readonly wish: Wish
}

const REQUEST_IDS = 1_000
const NOT_FOUND = 0x92
const NOT_SUBSCRIBED = 0x11
