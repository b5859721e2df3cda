/**
 * Room 4: the Session State of one client (§4.1), which outlives its connections: subscriptions,
 * what it is sent, what it has published at QoS 2, and the will.
 */
import { ReasonCode } from '@godwit/codec'
import type { AcknowledgementPacket, PacketIdentifier, Subscription } from '@godwit/codec'
import { Receiver } from '@godwit/session'
import type { AcknowledgementSink, Sender } from '@godwit/session'
import { Deliveries } from './deliveries.ts'
import type { Receiving } from './deliveries.ts'
import type { Delivery } from './delivery.ts'
import type { Durability } from './durability.ts'
import type { Reviewed } from './guarding.ts'
import { HeldSubscriptions } from './held-subscriptions.ts'
import type { JournalEntry } from './journal-entry.ts'
import { Keeping } from './keeping.ts'
import type { Kept, Stay } from './keeping.ts'
import type { Link } from './link.ts'
import type { Message } from './message.ts'
import type { ClientInfo } from './observers.ts'
import type { Replay, ReplayTarget } from './replay.ts'
import type { HeldSubscription, RouteTerms } from './route.ts'
import type { StoredProgress } from './stored/index.ts'
import type { Surroundings } from './surroundings.ts'

/** The session of one client, connected or not. */
export class BrokerSession implements Receiving, ReplayTarget, Reviewed, Kept {
  readonly receiver: Receiver = new Receiver()
  /** Who has the session: as it is, or was last, connected. */
  client: ClientInfo
  /** Where acknowledgements go while there is a connection. */
  acknowledgements: AcknowledgementSink | undefined
  readonly #surroundings: Surroundings
  readonly #subscriptions: HeldSubscriptions
  readonly #deliveries: Deliveries
  /** Its records, if it has any. */
  #keeping: Keeping | undefined
  /** Ends the connection that is to have it, until that is told so. */
  #claimed: Link['end'] | undefined

  constructor(client: ClientInfo, surroundings: Surroundings) {
    this.client = client
    this.#surroundings = surroundings
    this.#subscriptions = new HeldSubscriptions(surroundings, this)
    this.#deliveries = new Deliveries(this, surroundings)
  }

  /** What it has sent and is not acknowledged. */
  get sender(): Sender<Delivery> {
    return this.#deliveries.sender
  }

  /** What it is sent, and what is to be. */
  get deliveries(): Deliveries {
    return this.#deliveries
  }

  /** What it is subscribed to. */
  get subscriptions(): HeldSubscriptions {
    return this.#subscriptions
  }

  /** See {@link Subscriber}. */
  get isGone(): boolean {
    return this.#deliveries.ended
  }

  /** See {@link Subscriber}. */
  get isDurable(): boolean {
    return this.#deliveries.isDurable
  }

  /** Its records, if it has any. */
  get keeping(): Keeping | undefined {
    return this.#keeping
  }

  /** Whether it has exchanges of QoS 2 of which a new connection must say what is stored. */
  get isInDoubt(): boolean {
    let isInDoubt = this.#keeping?.hasReceived === true
    if (!this.isDurable) return isInDoubt
    this.sender.forEach((_packetId, { qos }) => {
      if (qos === 2) isInDoubt = true
    })
    return isInDoubt
  }

  /** Its durable side, if it has one. */
  get durability(): Durability | undefined {
    return this.#deliveries.durability
  }

  /** Whether its client is connected. */
  get connected(): boolean {
    return this.#deliveries.link !== undefined
  }

  /** See {@link ShareMember}. */
  get readiness(): 'ready' | 'slow' | 'away' {
    return this.#deliveries.readiness
  }

  /** See {@link ShareMember}. */
  get inFlight(): number {
    return this.#deliveries.inFlight
  }

  /** See {@link ReplayTarget}. */
  get canReplay(): boolean {
    return this.#deliveries.readiness === 'ready'
  }

  /**
   * A client is let in, and what is to survive of it is stored from here on, under this number if
   * it has none.
   */
  keep(stay: Stay, newNumber: () => number): void {
    const { journal } = this.#surroundings
    const isWanted = stay.expirySeconds > 0 || stay.will !== undefined
    if (journal === undefined || (this.#keeping === undefined && !isWanted)) return
    const keeping = (this.#keeping ??= new Keeping(journal, newNumber(), this))
    keeping.connected(stay)
    if (!keeping.outlives || this.isDurable) return
    this.#deliveries.keepIn(keeping)
    this.#subscriptions.keepIn(keeping)
    keeping.commit()
  }

  /** It was read from the store. */
  restore(keeping: Keeping): void {
    this.#keeping = keeping
    this.#subscriptions.keepIn(keeping)
    if (keeping.outlives) this.restoreDurability(keeping)
  }

  /** It has messages in the store, though it may be at its end. */
  restoreDurability(keeping: Keeping): Durability | undefined {
    const durability = this.durability ?? this.#deliveries.keepIn(keeping)
    this.review() // What its client may have, may have changed.
    return durability
  }

  /** One of its subscriptions was. */
  restoreSubscription(held: HeldSubscription, replaying: boolean): void {
    this.#subscriptions.restore(held, replaying)
  }

  /** A message in the log was found to be for it. */
  restoreQueued(position: number, bytes: number, terms: RouteTerms): void {
    this.#deliveries.restoreQueued(position, bytes, terms)
  }

  /** A connection is to have it as soon as its client can be told. */
  claim(end: Link['end']): void {
    this.#claimed = end
  }

  /**
   * Its client is connected and was told so; `sender` and `receiver` were resumed. Sends again
   * what was not acknowledged, and what has waited.
   */
  attach(link: Link): void {
    this.#claimed = undefined
    this.#deliveries.attach(link)
  }

  /** The connection is gone. What was shared goes to somebody who is there. */
  detach(): void {
    this.#claimed = undefined
    this.acknowledgements = undefined
    this.#deliveries.detach()
  }

  /**
   * The rights of the client have changed: from here on the guards are asked about each message
   * to it, those included that wait already.
   */
  review(): void {
    this.#deliveries.review()
  }

  /** See {@link Reviewed}. */
  partlyAuthorized(): void {
    if (this.#deliveries.gate === undefined) this.#deliveries.review()
  }

  /** Ends its connection, if it has one, or the one that is about to be told that it has it. */
  endConnection(reasonCode: ReasonCode, cause: string, serverReference?: string): void {
    const end = this.#deliveries.link?.end ?? this.#claimed
    end?.(reasonCode, cause, serverReference)
  }

  /** Takes a checked subscription, and says what was granted or why not. */
  subscribe(subscription: Subscription, identifier: number | undefined): ReasonCode {
    return this.#subscriptions.add(subscription, identifier)
  }

  /** Takes a subscription away, unless the client has changed it or given it up meanwhile. */
  takeAway(held: HeldSubscription): void {
    if (this.isGone) return // Those of an ended session are given up already.
    if (this.#subscriptions.get(held.filter) === held) this.#subscriptions.remove(held.filter)
  }

  /** Gives a subscription up. */
  unsubscribe(filter: string): ReasonCode {
    return this.#subscriptions.remove(filter)
  }

  /** See {@link Subscriber}. */
  deliver(message: Message, terms: RouteTerms): boolean {
    return this.#deliveries.deliver(message, terms)
  }

  /** See {@link ReplayTarget}. */
  deliverRetained(message: Message, terms: RouteTerms): void {
    this.#deliveries.deliverRetained(message, terms)
  }

  /** See {@link ReplayTarget}. */
  replayed(replay: Replay): void {
    this.#subscriptions.replayed(replay)
  }

  /** See {@link Receiving}. */
  wakeReplays(): void {
    this.#subscriptions.wakeReplays()
  }

  /** A PUBLISH of QoS 2 is settled whose connection is gone. It may have come again on the next. */
  abandon(packetId: PacketIdentifier, code: ReasonCode): void {
    this.receiver.abandon(packetId, code, this.acknowledgements)
    // Before MQTT 5.0 there is no way to say so.
    if (code >= 0x80 && this.client.version !== 5) this.endConnection(code, 'A PUBLISH was refused')
  }

  /** The place in the log of what is acknowledged. */
  entryOf(packet: AcknowledgementPacket): JournalEntry | undefined {
    return this.#deliveries.entryOf(packet)
  }

  /** An acknowledgement has ended an exchange; `entry` is the place of its message in the log. */
  settled(entry: JournalEntry | undefined): void {
    this.#deliveries.settled(entry)
  }

  /** There may be room: sends what must be sent again, and what has waited. */
  pump(): void {
    this.#deliveries.pump()
  }

  /** See {@link Kept}. */
  progress(): StoredProgress {
    return this.#deliveries.durability?.progress() ?? { next: [], inFlight: [] }
  }

  /** See {@link Kept}. */
  storeSubscription(filter: string): void {
    this.#subscriptions.store(filter)
  }

  /** See {@link Kept}. */
  fenced(): void {
    this.endConnection(ReasonCode.SessionTakenOver, 'Another broker has taken the session over')
  }

  /** Ends the session: nothing is routed to it any more, and what it held is gone. */
  end(): void {
    this.#claimed = undefined
    this.acknowledgements = undefined
    this.#deliveries.end()
    this.#keeping?.end()
    this.#subscriptions.release()
  }
}
