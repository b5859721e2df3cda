/**
 * What one session is sent: the messages that are routed to it, until they are acknowledged.
 *
 *     deliver --QoS 0--> link (or dropped and counted)
 *             --QoS 1, 2--> window open: Sender -> link     closed, or away: DeliveryQueue
 *
 * Of a durable session all of this is in the store as well, which `Durability` sees to.
 *
 * An acknowledgement, a drained outbox and a new connection each call `pump`, which sends again
 * what must be, and then takes from the queue what the window lets through.
 */
import { ReasonCode } from '@godwit/codec'
import type { AcknowledgementPacket } from '@godwit/codec'
import { Sender } from '@godwit/session'
import { Backlog } from './backlog.ts'
import { makeRoomFor } from './backlog-bounds.ts'
import type { Bounded } from './backlog-bounds.ts'
import type { Chore } from './chores.ts'
import { Delivery, deliveredQoS, formOf } from './delivery.ts'
import { DeliveryGate, passengersOf } from './delivery-gate.ts'
import type { Gated, Passenger } from './delivery-gate.ts'
import { DeliveryInquiry } from './delivery-inquiry.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import type { Dropped } from './delivery-queue.ts'
import { Durability } from './durability.ts'
import type { DurableDeliveries } from './durability.ts'
import { HeldPublish } from './held-publish.ts'
import type { JournalEntry } from './journal-entry.ts'
import type { Keeping } from './keeping.ts'
import type { Link } from './link.ts'
import type { Message } from './message.ts'
import type { ClientInfo } from './observers.ts'
import { passOn } from './passing-on.ts'
import { Pumping } from './pumping.ts'
import { Resends } from './resends.ts'
import type { RouteTerms } from './route.ts'
import type { ShareMember } from './share-group.ts'
import type { DropReason } from './stats.ts'
import type { StoredBacklog } from './stored-backlog.ts'
import { StoredRelease } from './stored-release.ts'
import type { Surroundings } from './surroundings.ts'
import { Tally } from './tally.ts'

/** Whose deliveries they are: a session. */
export interface Receiving extends ShareMember {
  readonly client: ClientInfo
  /** There is room for Retained Messages. */
  wakeReplays(): void
}

/** The deliveries of one session. */
export class Deliveries implements Gated, Bounded, DurableDeliveries {
  /** What was sent and is not acknowledged. */
  readonly sender: Sender<Delivery> = new Sender()
  /** What was not sent. */
  readonly queue: DeliveryQueue
  /** What has become of messages so far. */
  readonly tally: Tally
  readonly #owner: Receiving
  readonly #surroundings: Surroundings
  /** There once the session is to outlive a connection, and there is a store. */
  #durability: Durability | undefined
  #link: Link | undefined
  /** Asks about each message, once the rights of the client have changed. */
  #gate: DeliveryGate | undefined
  /** The same for what is stored: when it is to be sent. */
  #inquiry: DeliveryInquiry | undefined
  /** Goes on pumping where that took too long. */
  readonly #pumping: Chore = new Pumping(this)
  readonly #resends = new Resends(this)
  /** Whether there ever was a message of a Shared Subscription. */
  #hasShared = false
  #ended = false

  constructor(owner: Receiving, surroundings: Surroundings) {
    this.#owner = owner
    this.#surroundings = surroundings
    this.queue = new DeliveryQueue(surroundings.queued)
    this.tally = new Tally(surroundings, owner)
  }

  /** Whose they are. */
  get client(): ClientInfo {
    return this.#owner.client
  }

  /** Whether the session has ended. */
  get ended(): boolean {
    return this.#ended
  }

  /** The way to the client, if it is connected. */
  get link(): Link | undefined {
    return this.#link
  }

  /** See {@link Bounded}. */
  get isDurable(): boolean {
    return this.#durability !== undefined
  }

  /** The durable side, if there is one. */
  get durability(): Durability | undefined {
    return this.#durability
  }

  /** See {@link Bounded}. */
  get gate(): DeliveryGate | undefined {
    return this.#gate
  }

  /** See {@link ShareMember}. */
  get readiness(): 'ready' | 'slow' | 'away' {
    const link = this.#link
    if (link === undefined) return 'away'
    const gateHasRoom = this.#gate?.hasRoom ?? true
    const hasRoom = this.queue.isEmpty && this.sender.hasRoom && link.hasRoom && gateHasRoom
    return hasRoom ? 'ready' : 'slow'
  }

  /** See {@link ShareMember}. */
  get inFlight(): number {
    return this.sender.inFlight + this.#waiting
  }

  /** The client is connected. Sends again what was not acknowledged, and what has waited. */
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
    if (this.#hasShared) passOn(this, this.#owner, this.#surroundings)
    this.#durability?.rest()
  }

  /** From here on they are stored. */
  keepIn(keeping: Keeping): Durability | undefined {
    const { journal } = this.#surroundings
    if (journal === undefined) return undefined
    this.#durability = new Durability(journal, keeping, this)
    this.queue.keepIn(journal, this.#durability)
    return this.#durability
  }

  /** A message in the log was found to be for the session. */
  restoreQueued(position: number, bytes: number, terms: RouteTerms): void {
    this.queue.pushStored(position, bytes, terms)
    this.#surroundings.counters.messagesQueued++
    if (terms.share !== undefined) this.#hasShared = true
  }

  /** From here on the guards are asked about each message, those included that wait already. */
  review(): void {
    if (!this.#surroundings.guarding.authorizes || this.#ended) return
    this.#gate ??= new DeliveryGate(this, this.#surroundings)
    this.#inquiry ??= new DeliveryInquiry(this, this.#surroundings.guarding)
    this.#inquiry.renew()
    const isStored = this.#durability !== undefined
    this.#gate.review(isStored ? new Backlog() : passengersOf(this.queue.takeRecent()))
  }

  /** The session has ended: nothing is sent any more, and what it held is gone. */
  end(): void {
    this.#ended = true
    this.detach()
    const { counters, observers } = this.#surroundings
    counters.messagesDropped['session-ended'] += this.inFlight
    if (this.inFlight > 0) observers.dropped?.(this.client, 'session-ended')
    counters.messagesQueued -= this.queue.length
    this.#gate?.clear()
    this.#durability?.end()
    this.queue.clear()
  }

  /** Takes a message; false if it cannot. */
  deliver(message: Message, terms: RouteTerms): boolean {
    // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    const retain = terms.retainAsPublished && message.retain
    if (terms.share !== undefined) this.#hasShared = true
    if (this.#durability !== undefined) {
      const qos = deliveredQoS(message, terms)
      if (qos > 0) return this.#store(new Delivery(message, formOf(qos, terms, retain)), false)
    }
    if (this.#gate !== undefined) return this.#gate.offer(message, terms, retain)
    return this.pass(message, terms, retain)
  }

  /** Takes a Retained Message. */
  deliverRetained(message: Message, terms: RouteTerms): void {
    const isStored = this.#durability !== undefined && deliveredQoS(message, terms) > 0
    if (this.#gate === undefined || isStored) this.pass(message, terms, true)
    else this.#gate.offer(message, terms, true)
  }

  /** See {@link Gated}: the message is sent, or queued, or dropped and counted. */
  pass(message: Message, terms: RouteTerms, retain: boolean): boolean {
    const qos = deliveredQoS(message, terms)
    if (qos === 0) {
      this.#send(message, terms, retain)
      return true
    }
    if (this.#ended) return false
    const delivery = new Delivery(message, formOf(qos, terms, retain))
    if (this.#durability !== undefined) return this.#store(delivery, true)
    const link = this.#link
    if (link !== undefined && this.queue.isEmpty && this.sender.hasRoom && link.hasRoom) {
      this.#begin(link, delivery, message)
      return true
    }
    if (!this.makeRoom({ message, bytes: delivery.bytes })) return false
    this.#queue(delivery)
    return true
  }

  /** The instant of this turn. */
  get now(): number {
    return this.#surroundings.turn.now
  }

  /** See {@link Gated}. */
  turnAway(reason: DropReason): void {
    this.tally.dropped(reason)
  }

  /** See {@link Bounded}. */
  lost(dropped: Dropped, reason: DropReason): void {
    this.#surroundings.counters.messagesQueued--
    this.#durability?.taken(dropped)
    this.tally.dropped(reason)
  }

  /** See {@link DurableDeliveries}. */
  notStored(messages: number): void {
    this.#surroundings.counters.messagesQueued -= messages
    if (messages > 0) this.tally.dropped('store-full')
  }

  /** See {@link DurableDeliveries}. */
  takeBack(deliveries: readonly Delivery[]): void {
    if (this.#ended) return
    for (const delivery of deliveries) this.#queue(delivery)
    this.pump()
  }

  /** See {@link DurableDeliveries}. */
  leaves(stored: StoredBacklog): void {
    const { journal, chores } = this.#surroundings
    if (journal !== undefined) chores.add(new StoredRelease(journal, chores, this.#owner, stored))
  }

  /** See {@link Gated}. */
  makeRoom({ message, bytes }: Pick<Passenger, 'message' | 'bytes'>): boolean {
    if (this.#ended) return false
    if (makeRoomFor(bytes, this, this.#surroundings)) return true
    if (!message.offeredAgain) this.tally.dropped('backlog-full')
    return false
  }

  /** The place in the log of what is acknowledged. */
  entryOf({ packetId }: AcknowledgementPacket): JournalEntry | undefined {
    return this.#durability === undefined ? undefined : this.sender.message(packetId)?.entry
  }

  /** An acknowledgement has ended an exchange; `entry` is the place of its message in the log. */
  settled(entry: JournalEntry | undefined): void {
    this.#durability?.letGo(entry)
    this.pump()
  }

  /** There may be room: sends what must be sent again, and what has waited. */
  pump(): void {
    const link = this.#link
    if (link === undefined) return
    if (this.sender.resending) this.sender.resend(this.#resends)
    const { turn, counters, limits, chores } = this.#surroundings
    let left = limits.sliceItemsMax
    while (!this.queue.isEmpty && this.sender.hasRoom && link.hasRoom) {
      // Many may be too old or too large to be sent.
      if (left-- === 0) {
        chores.add(this.#pumping)
        return
      }
      const delivery = this.queue.peek()
      const decision = delivery === undefined ? undefined : this.#decide(delivery)
      if (delivery === undefined || decision === undefined) return
      this.queue.shift()
      counters.messagesQueued--
      this.#durability?.taken(delivery)
      const { message } = delivery
      // [MQTT-3.3.2-5]
      if (message === undefined) this.#give(delivery, 'not-in-store')
      else if (message.expiresAt <= turn.now) this.#give(delivery, 'expired')
      else if (decision >= 0x80) this.#give(delivery, 'not-authorized')
      else this.#begin(link, delivery, message)
    }
    this.#owner.wakeReplays()
  }

  /** QoS 0: at once, or not at all. */
  #send(message: Message, terms: RouteTerms, retain: boolean): void {
    if (this.#link === undefined) {
      this.tally.missed()
      return
    }
    const refusal = this.#link.send(message, terms, retain, this.now)
    if (refusal === undefined) this.tally.sent()
    else this.tally.dropped(refusal)
  }

  /** QoS 1 and 2, where the window is open. */
  #begin(link: Link, delivery: Delivery, message: Message): void {
    const { terms, qos, retain } = delivery
    if (qos === 2 && this.#durability !== undefined) {
      this.#beginDurably(this.#durability, link, delivery, message)
      return
    }
    const layout = link.layout(message, terms, true)
    if (layout === undefined) {
      this.#give(delivery, 'too-large-for-receiver') // [MQTT-3.1.2-25]
      return
    }
    const packetId = this.sender.begin(qos, delivery)
    // [MQTT-3.3.1-3]
    link.put(message, layout, qos, retain, false, packetId, this.now)
    this.tally.sent()
  }

  /** After a crash it is to be sent under the same Packet Identifier, so that is stored first. */
  #beginDurably(durability: Durability, link: Link, delivery: Delivery, message: Message): void {
    if (!link.fits(message, delivery.terms)) {
      this.#give(delivery, 'too-large-for-receiver') // [MQTT-3.1.2-25]
      return
    }
    const packetId = this.sender.begin(2, delivery)
    durability.afterProgress(new HeldPublish(this, packetId, delivery))
  }

  /** Takes a message above QoS 0 into the log, and sends or queues it. */
  #store(delivery: Delivery, addressed: boolean): boolean {
    const durability = this.#durability
    const { message } = delivery
    if (this.#ended || durability === undefined || message === undefined) return false
    if (!durability.hasRoom) {
      if (!message.offeredAgain) this.tally.dropped('store-full')
      return false
    }
    const link = delivery.qos === 1 && this.#inquiry === undefined ? this.#link : undefined
    const goes = link !== undefined && this.queue.isEmpty && this.sender.hasRoom && link.hasRoom
    if (!goes && !this.makeRoom({ message, bytes: delivery.bytes })) return false
    delivery.entry = addressed
      ? durability.address(message, delivery)
      : durability.enter(message, delivery)
    if (goes) {
      durability.taken(delivery)
      this.#begin(link, delivery, message)
    } else {
      this.#queue(delivery)
      durability.queued()
    }
    return true
  }

  #queue(delivery: Delivery): void {
    this.queue.push(delivery)
    this.#surroundings.counters.messagesQueued++
  }

  /** Whether a message may be sent; `undefined` until that is decided. */
  #decide(delivery: Delivery): ReasonCode | undefined {
    if (this.#inquiry === undefined || this.#durability === undefined) return ReasonCode.Success
    return this.#inquiry.decisionOn(delivery)
  }

  /** A message that was taken from the queue is not sent after all. */
  #give(delivery: Delivery, reason: DropReason): void {
    this.#durability?.letGo(delivery.entry)
    this.tally.dropped(reason)
  }

  get #waiting(): number {
    return this.queue.length + (this.#gate?.length ?? 0)
  }
}
