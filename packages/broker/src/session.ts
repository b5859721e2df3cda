/**
 * Room 4: the Session State of one client (§4.1), which outlives its connections: subscriptions,
 * what was sent and is not acknowledged, what waits to be sent, and the will.
 *
 *     deliver --QoS 0--> link (or dropped and counted)
 *             --QoS 1, 2--> window open: Sender -> link      window closed, or away: Backlog
 *
 * An acknowledgement, a drained outbox and a new connection each call `pump`, which sends again
 * what must be, and then takes from the backlog what the window lets through.
 */
import type { PacketIdentifier, ReasonCode, Subscription } from '@godwit/codec'
import { Receiver, Sender } from '@godwit/session'
import type { Resending, ResendOutcome } from '@godwit/session'
import { Backlog } from './backlog.ts'
import { DeliveryGate } from './delivery-gate.ts'
import type { Gated, Passenger } from './delivery-gate.ts'
import { Delivery, deliveredQoS } from './delivery.ts'
import type { Chore } from './chores.ts'
import type { Link } from './link.ts'
import type { Message } from './message.ts'
import type { ClientInfo } from './observers.ts'
import { HeldSubscriptions } from './held-subscriptions.ts'
import type { Replay, ReplayTarget } from './replay.ts'
import type { HeldSubscription, RouteTerms } from './route.ts'
import type { ShareMember } from './share-group.ts'
import type { DropReason } from './stats.ts'
import type { Surroundings } from './surroundings.ts'

/** The session of one client, connected or not. */
export class BrokerSession implements ShareMember, ReplayTarget, Resending<Delivery>, Gated {
  readonly sender: Sender<Delivery> = new Sender()
  readonly receiver: Receiver = new Receiver()
  /** Who has the session: as it is, or was last, connected. */
  client: ClientInfo
  readonly #surroundings: Surroundings
  readonly #subscriptions: HeldSubscriptions
  #backlog = new Backlog<Delivery>()
  #link: Link | undefined
  /** Asks about each message, once the rights of the client have changed. */
  #gate: DeliveryGate | undefined
  /** Goes on pumping where that took too long. */
  readonly #pumping: Chore = new Pumping(this)
  /** Whether it has ever had a message of a Shared Subscription. */
  #hasShared = false
  #ended = false
  #dropping = false

  constructor(client: ClientInfo, surroundings: Surroundings) {
    this.client = client
    this.#surroundings = surroundings
    this.#subscriptions = new HeldSubscriptions(surroundings, this)
  }

  /** What it is subscribed to. */
  get subscriptions(): Iterable<HeldSubscription> {
    return this.#subscriptions
  }

  /** See {@link Subscriber}. */
  get isGone(): boolean {
    return this.#ended
  }

  /** Whether its client is connected. */
  get connected(): boolean {
    return this.#link !== undefined
  }

  /** See {@link ShareMember}. */
  get readiness(): 'ready' | 'slow' | 'away' {
    const link = this.#link
    if (link === undefined) return 'away'
    const gateHasRoom = this.#gate?.hasRoom ?? true
    const hasRoom = this.#backlog.isEmpty && this.sender.hasRoom && link.hasRoom && gateHasRoom
    return hasRoom ? 'ready' : 'slow'
  }

  /** See {@link ShareMember}. */
  get inFlight(): number {
    return this.sender.inFlight + this.#waiting
  }

  /** See {@link ReplayTarget}. */
  get canReplay(): boolean {
    return this.readiness === 'ready'
  }

  /**
   * Its client is connected and was told so; `sender` and `receiver` were resumed. Sends again
   * what was not acknowledged, and what has waited.
   */
  attach(link: Link): void {
    this.#link = link
    this.#surroundings.counters.clients++
    this.pump()
  }

  /** The connection is gone. What was shared goes to somebody who is there. */
  detach(): void {
    if (this.#link !== undefined) this.#surroundings.counters.clients--
    this.#link = undefined
    this.sender.suspend()
    this.#passOn()
  }

  /**
   * The rights of the client have changed: from here on the guards are asked about each message
   * to it, those included that wait already.
   */
  review(): void {
    if (!this.#surroundings.guarding.authorizes || this.#ended) return
    this.#gate ??= new DeliveryGate(this, this.#surroundings)
    const waiting = this.#backlog
    this.#backlog = new Backlog()
    this.#gate.review(waiting)
  }

  /** Ends its connection, if it has one. */
  endConnection(reasonCode: ReasonCode, cause: string, serverReference?: string): void {
    this.#link?.end(reasonCode, cause, serverReference)
  }

  /** Takes a checked subscription, and says what was granted or why not. */
  subscribe(subscription: Subscription, identifier: number | undefined): ReasonCode {
    return this.#subscriptions.add(subscription, identifier)
  }

  /** Takes a subscription away, unless the client has changed it or given it up meanwhile. */
  takeAway(held: HeldSubscription): void {
    if (this.#ended) return // Those of an ended session are given up already.
    if (this.#subscriptions.get(held.filter) === held) this.#subscriptions.remove(held.filter)
  }

  /** Gives a subscription up. */
  unsubscribe(filter: string): ReasonCode {
    return this.#subscriptions.remove(filter)
  }

  /** See {@link Subscriber}. */
  deliver(message: Message, terms: RouteTerms): boolean {
    // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    const retain = terms.retainAsPublished && message.retain
    if (this.#gate !== undefined) {
      if (terms.share !== undefined) this.#hasShared = true
      return this.#gate.offer(message, terms, retain)
    }
    return this.pass(message, terms, retain)
  }

  /** See {@link ReplayTarget}. */
  deliverRetained(message: Message, terms: RouteTerms): void {
    if (this.#gate === undefined) this.pass(message, terms, true)
    else this.#gate.offer(message, terms, true)
  }

  /** See {@link ReplayTarget}. */
  replayed(replay: Replay): void {
    this.#subscriptions.replayed(replay)
  }

  /** See {@link Gated}: the message is sent, or queued, or dropped and counted. */
  pass(message: Message, terms: RouteTerms, retain: boolean): boolean {
    const qos = deliveredQoS(message, terms)
    if (qos === 0) {
      this.#send(message, terms, retain)
      return true
    }
    if (this.#ended) return false
    const link = this.#link
    const delivery = new Delivery(message, terms, qos, retain)
    if (terms.share !== undefined) this.#hasShared = true
    if (link !== undefined && this.#backlog.isEmpty && this.sender.hasRoom && link.hasRoom) {
      this.#begin(link, delivery)
      return true
    }
    return this.#queue(delivery)
  }

  /** See {@link Gated}. */
  turnAway(reason: DropReason): void {
    this.#drop(reason)
  }

  /** See {@link Gated}. */
  makeRoom({ message, bytes }: Passenger): boolean {
    if (this.#ended) return false
    const { limits, backlogPolicy } = this.#surroundings
    const bytesFree = limits.backlogBytesMax - bytes
    if (bytesFree >= 0) {
      this.#dropExpiredWhileFull(bytesFree)
      if (backlogPolicy === 'drop-oldest') this.#dropWhileFull(bytesFree)
      if (!this.#isFull(bytesFree)) return true
    }
    if (!message.offeredAgain) this.#drop('backlog-full')
    return false
  }

  /** There may be room: sends what must be sent again, and what has waited. */
  pump(): void {
    const link = this.#link
    if (link === undefined) return
    if (this.sender.resending) this.sender.resend(this)
    const { turn, counters, limits, chores } = this.#surroundings
    let left = limits.sliceItemsMax
    while (!this.#backlog.isEmpty && this.sender.hasRoom && link.hasRoom) {
      // Many may be too old or too large to be sent.
      if (left-- === 0) {
        chores.add(this.#pumping)
        return
      }
      const delivery = this.#backlog.shift()
      if (delivery === undefined) return
      counters.messagesQueued--
      // [MQTT-3.3.2-5]
      if (delivery.message.expiresAt <= turn.now) this.#drop('expired')
      else this.#begin(link, delivery)
    }
    this.#subscriptions.wakeReplays()
  }

  /** See {@link Resending}. */
  release(packetId: PacketIdentifier): void {
    this.#link?.release(packetId)
  }

  /** See {@link Resending}. [MQTT-3.3.1-1] */
  publish(packetId: PacketIdentifier, qos: 1 | 2, delivery: Delivery): ResendOutcome {
    const link = this.#link
    if (link === undefined || !link.hasRoom) return 'wait'
    const { message, terms, retain } = delivery
    const layout = link.layout(message, terms, true)
    if (layout === undefined) {
      this.#drop('too-large-for-receiver')
      return 'over' // [MQTT-3.1.2-25]
    }
    link.put(message, layout, qos, retain, true, packetId, this.#surroundings.turn.now)
    return 'sent'
  }

  /** Ends the session: nothing is routed to it any more, and what it held is gone. */
  end(): void {
    this.#ended = true
    this.detach()
    const { counters, observers } = this.#surroundings
    counters.messagesDropped['session-ended'] += this.inFlight
    if (this.inFlight > 0) observers.dropped?.(this.client, 'session-ended')
    counters.messagesQueued -= this.#backlog.length
    this.#backlog.clear()
    this.#gate?.clear()
    this.#subscriptions.release()
  }

  /** QoS 0: at once, or not at all. */
  #send(message: Message, terms: RouteTerms, retain: boolean): void {
    const link = this.#link
    if (link === undefined) {
      this.#surroundings.counters.messagesDropped.away++
      return
    }
    const layout = link.layout(message, terms, false)
    if (layout === undefined) {
      this.#drop('too-large-for-receiver') // [MQTT-3.1.2-25]
    } else if (!link.hasRoomFor(layout)) {
      link.drop(message)
      this.#drop('slow-receiver')
    } else {
      link.put(message, layout, 0, retain, false, 0, this.#surroundings.turn.now)
      this.#surroundings.counters.messagesOut++
      this.#dropping = false
    }
  }

  /** QoS 1 and 2, where the window is open. */
  #begin(link: Link, delivery: Delivery): void {
    const { message, terms, qos, retain } = delivery
    const layout = link.layout(message, terms, true)
    if (layout === undefined) {
      this.#drop('too-large-for-receiver') // [MQTT-3.1.2-25]
      return
    }
    const packetId = this.sender.begin(qos, delivery)
    // [MQTT-3.3.1-3]
    link.put(message, layout, qos, retain, false, packetId, this.#surroundings.turn.now)
    this.#surroundings.counters.messagesOut++
    this.#dropping = false
  }

  #queue(delivery: Delivery): boolean {
    if (!this.makeRoom(delivery)) return false
    this.#backlog.push(delivery)
    this.#surroundings.counters.messagesQueued++
    return true
  }

  get #waiting(): number {
    return this.#backlog.length + (this.#gate?.length ?? 0)
  }

  #isFull(bytesFree: number): boolean {
    const bytes = this.#backlog.bytes + (this.#gate?.bytes ?? 0)
    return this.#waiting >= this.#surroundings.limits.backlogMessagesMax || bytes > bytesFree
  }

  /** Makes room of what nobody is to get any more. [MQTT-3.3.2-5] */
  #dropExpiredWhileFull(bytesFree: number): void {
    const { turn, counters } = this.#surroundings
    while (this.#isFull(bytesFree)) {
      const oldest = this.#backlog.peek()
      if (oldest === undefined || oldest.message.expiresAt > turn.now) return
      this.#backlog.shift()
      counters.messagesQueued--
      this.#drop('expired')
    }
  }

  #dropWhileFull(bytesFree: number): void {
    while (this.#isFull(bytesFree)) {
      if (this.#backlog.shift() !== undefined) this.#surroundings.counters.messagesQueued--
      else if (this.#gate?.shift() !== true) return
      this.#drop('backlog-full')
    }
  }

  /** Hands what was for a share, and need not wait for this client, to another of its members. */
  #passOn(): void {
    if (!this.#hasShared) return
    // [MQTT-4.8.2-4] [MQTT-4.8.2-5] A QoS 2 exchange that has begun is finished here or not at all.
    this.sender.withdraw((delivery) => this.#passedOn(delivery))
    const passedOn = this.#backlog.withdraw((delivery) => this.#passedOn(delivery))
    this.#surroundings.counters.messagesQueued -= passedOn.length
    this.#gate?.withdraw((passenger) => this.#passedOn(passenger))
  }

  #passedOn({ message, terms }: Passenger): boolean {
    return terms.share !== undefined && terms.share.redeliver(message, this, this.#ended)
  }

  #drop(reason: DropReason): void {
    const { counters, observers } = this.#surroundings
    counters.messagesDropped[reason]++
    const first = !this.#dropping
    this.#dropping = true
    if (first) observers.dropped?.(this.client, reason)
  }
}

class Pumping implements Chore {
  readonly #session: BrokerSession

  constructor(session: BrokerSession) {
    this.#session = session
  }

  step(): boolean {
    this.#session.pump()
    return false
  }
}
