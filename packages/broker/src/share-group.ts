/**
 * A Shared Subscription (§4.8.2): one subscriber for the router, which hands each message to one of
 * its members.
 *
 *     first -> A -> B -> C -> D -+      The members are a ring, in order of subscription: to add,
 *              ^         ^       |      to remove or to take the next one costs the same however
 *              |        next     |      many there are.
 *              +-----------------+
 *
 * Members that keep up come before those who are slow, and these before those who are away. Nothing
 * is allocated for a message. `round-robin` and `sticky` ask no further than the first member that
 * is ready: 12 ns a message among 1 or 10,000. Where all are asked, by the other strategies or for
 * want of one that is ready, it is 3 to 6 ns for each of them (Node 24).
 */
import type { Message } from './message.ts'
import { routeOf } from './route.ts'
import type { HeldSubscription, Route, RouteTerms, Subscriber } from './route.ts'

/**
 * How a group chooses among its members.
 *
 * - `round-robin`: in turn, in order of subscription.
 * - `sticky`: always the same one, until it is away, refuses a message or unsubscribes.
 * - `least-in-flight`: the one with the fewest messages in flight; in turn among equals.
 * - `hash-topic`: always the same one for a Topic Name; who comes or goes takes along its own
 *   share of the Topic Names and no others. The slow count as ready.
 */
export type ShareStrategy = 'round-robin' | 'sticky' | 'least-in-flight' | 'hash-topic'

/** A member of a group: a session, as far as the group is concerned. Who is gone is away. */
export interface ShareMember extends Subscriber {
  /** ready: connected and keeps up; slow: connected, but takes no more now; away: the rest. */
  readonly readiness: 'ready' | 'slow' | 'away'
  /** How many messages it has not acknowledged, queued ones included. */
  readonly inFlight: number
}

/** The members of one Share Name and Topic Filter. */
export class ShareGroup implements Subscriber {
  /** The Topic Filter that Topic Names are matched with, without `$share` and the Share Name. */
  readonly filter: string
  /** The whole of it, as it is subscribed to. */
  readonly sharedFilter: string
  readonly #strategy: ShareStrategy
  readonly #seats = new Map<ShareMember, Seat>()
  /** The one that subscribed first. */
  #first: Seat | undefined
  /** Where the turn is: who has it next, or for `sticky` who has it. */
  #next: Seat | undefined
  /** The numbers of members that have left, for those who come next. */
  readonly #numbers: number[] = []
  /** How many times a member has refused a message, or was to be left out. */
  #refusals = 0

  constructor(filter: string, strategy: ShareStrategy, sharedFilter: string = filter) {
    this.filter = filter
    this.sharedFilter = sharedFilter
    this.#strategy = strategy
  }

  /** How many members it has. */
  get size(): number {
    return this.#seats.size
  }

  /** Whether all its members are gone, or it has none. */
  get isGone(): boolean {
    // From where the turn is, for whoever is to be chosen there is not gone.
    let seat = this.#next
    for (let left = this.#seats.size; left > 0 && seat !== undefined; left--) {
      if (seat.member.isGone !== true) return false
      seat = seat.next
    }
    return true
  }

  /** Whether one of them is durable. */
  get isDurable(): boolean {
    for (const member of this.#seats.keys()) if (member.isDurable === true) return true
    return false
  }

  /** Its members, each as the route that it would have on its own. */
  *routes(): IterableIterator<Route> {
    for (const [subscriber, { terms }] of this.#seats) {
      yield { subscriber, terms, ownTerms: terms }
    }
  }

  /** The terms of a member; `undefined` if it is none. */
  termsOf(member: ShareMember): RouteTerms | undefined {
    return this.#seats.get(member)?.terms
  }

  /** Adds a member at the end, or changes the terms of one, which keeps its place. */
  add(member: ShareMember, held: HeldSubscription): void {
    const { terms } = routeOf(member, held, this)
    const seat = this.#seats.get(member)
    if (seat === undefined) this.#seat(member, terms)
    else seat.terms = terms
  }

  /** Removes a member; returns whether it was one. */
  remove(member: ShareMember): boolean {
    const seat = this.#seats.get(member)
    if (seat === undefined) return false
    this.#seats.delete(member)
    this.#numbers.push(seat.number)
    const { next } = seat
    seat.leave()
    const heir = next === seat ? undefined : next
    if (this.#first === seat) this.#first = heir
    if (this.#next === seat) this.#next = heir
    return true
  }

  /**
   * Hands a message to one member, on the terms of that member; if it refuses to another, each
   * once. False if all refuse. A message that can only be lost, at QoS 0 to a group whose members
   * are all away, still goes to one of them, who counts it.
   */
  deliver(message: Message): boolean {
    return this.#offerDownTo(LOST, message, this.#refusals)
  }

  /**
   * Hands a message that a member left unacknowledged to another one that is connected, or keeps it
   * though it is away where the member is gone for good; false if nobody is, or takes it. Not for a
   * QoS 2 exchange that has begun: it ends where it began.
   */
  redeliver(message: Message, except: ShareMember, isGone = false): boolean {
    const since = this.#refusals
    const seat = this.#seats.get(except)
    if (seat !== undefined) this.#passOver(seat)
    return this.#offerDownTo(isGone ? AWAY : SLOW, message, since)
  }

  #seat(member: ShareMember, terms: RouteTerms): void {
    const number = this.#numbers.pop() ?? this.#seats.size
    const seat = new Seat(member, terms, number)
    this.#seats.set(member, seat)
    if (this.#first === undefined) this.#first = seat
    else seat.enterBefore(this.#first)
    this.#next ??= seat
  }

  /** Looks for a taker among all whose rank is not worse than `worst`. */
  #offerDownTo(worst: Rank, message: Message, since: number): boolean {
    for (let choice = 0; choice < CHOICES_MAX; choice++) {
      const seat = this.#choose(message, since)
      if (seat === undefined) return false
      const rank = seat.rank(message)
      if (rank > worst) return false
      if (this.#offer(seat, message)) return true
      // It would be lost on the others too, and counted by each of them.
      if (rank === LOST) return false
    }
    return this.#offerInTurn(worst, message, since)
  }

  #choose(message: Message, since: number): Seat | undefined {
    if (this.#strategy === 'hash-topic') return this.#byTopic(message, since)
    if (this.#strategy !== 'sticky') return this.#nextInTurn(message, since)
    return this.#sameAgain(since) ?? this.#nextInTurn(message, since)
  }

  #sameAgain(since: number): Seat | undefined {
    const seat = this.#next
    if (seat === undefined || seat.refusedAt > since) return undefined
    return seat.member.readiness === 'away' ? undefined : seat
  }

  /** The next of the best rank; for `least-in-flight` the next with the fewest messages. */
  #nextInTurn(message: Message, since: number): Seat | undefined {
    const counting = this.#strategy === 'least-in-flight'
    let chosen: Seat | undefined
    let chosenRank: Rank = GONE
    let fewest = 0
    let seat = this.#next
    for (let left = this.#seats.size; left > 0 && seat !== undefined; left--) {
      if (seat.refusedAt <= since) {
        const rank = seat.rank(message)
        const count = counting ? seat.member.inFlight : 0
        if (rank === READY && count === 0) return seat
        const better = rank === chosenRank ? count < fewest : rank < chosenRank
        if (chosen === undefined || better) {
          chosen = seat
          chosenRank = rank
          fewest = count
        }
      }
      seat = seat.next
    }
    return chosen
  }

  /** Rendezvous hashing: the highest weight of Topic Name and member together. */
  #byTopic(message: Message, since: number): Seat | undefined {
    const topic = hashOf(message.topic)
    let chosen: Seat | undefined
    let chosenRank: Rank = GONE
    let highest = 0
    let seat = this.#first
    for (let left = this.#seats.size; left > 0 && seat !== undefined; left--) {
      if (seat.refusedAt <= since) {
        const own = seat.rank(message)
        const rank = own === READY ? SLOW : own
        const weight = mixed(topic ^ seat.key)
        const better = rank === chosenRank ? weight > highest : rank < chosenRank
        if (chosen === undefined || better) {
          chosen = seat
          chosenRank = rank
          highest = weight
        }
      }
      seat = seat.next
    }
    return chosen
  }

  /** A round for each rank, so that n members who refuse are not looked at n times n times. */
  #offerInTurn(worst: Rank, message: Message, since: number): boolean {
    for (const rank of RANKS) {
      if (rank > worst) break
      for (let left = this.#seats.size; left > 0; left--) {
        const seat = this.#next
        if (seat === undefined) return false
        if (seat.refusedAt <= since && seat.rank(message) === rank) {
          if (this.#offer(seat, message)) return true
          if (rank === LOST) return false
        }
        if (this.#next === seat) this.#next = seat.next
      }
    }
    return false
  }

  #offer(seat: Seat, message: Message): boolean {
    // Before it is told, for it may unsubscribe then.
    this.#next = this.#strategy === 'sticky' ? seat : seat.next
    if (seat.member.deliver(message, seat.terms)) return true // [MQTT-4.8.2-3]
    this.#passOver(seat)
    return false
  }

  /** Marks a member for the deliveries under way. */
  #passOver(seat: Seat): void {
    this.#refusals += 1
    seat.refusedAt = this.#refusals
  }
}

/** A member's place in the ring. */
class Seat {
  readonly member: ShareMember
  terms: RouteTerms
  /** Unlike all others in the group; who leaves and comes back finds its Topic Names again. */
  readonly number: number
  /** The number, spread over 32 bits. */
  readonly key: number
  /** The count of refusals in the group when it last refused. */
  refusedAt = 0
  next: Seat = this
  previous: Seat = this

  constructor(member: ShareMember, terms: RouteTerms, number: number) {
    this.member = member
    this.terms = terms
    this.number = number
    this.key = mixed(number + 1)
  }

  /** How good it is to hand it this message; less is better. */
  rank(message: Message): Rank {
    const { readiness } = this.member
    if (readiness === 'ready') return READY
    if (readiness === 'slow') return SLOW
    if (this.member.isGone === true) return GONE
    return message.qos > 0 && this.terms.qos > 0 ? AWAY : LOST
  }

  enterBefore(other: Seat): void {
    this.next = other
    this.previous = other.previous
    other.previous.next = this
    other.previous = this
  }

  leave(): void {
    this.previous.next = this.next
    this.next.previous = this.previous
  }
}

const READY = 0
const SLOW = 1
/** Away, and its session keeps the message. */
const AWAY = 2
/** Away, and the message is one of QoS 0 for it. */
const LOST = 3
/** Away for good: it is offered nothing. */
const GONE = 4
type Rank = typeof READY | typeof SLOW | typeof AWAY | typeof LOST | typeof GONE

const RANKS = [READY, SLOW, AWAY, LOST] as const

/** How often a strategy chooses anew after refusals before the others are asked in turn. */
const CHOICES_MAX = 4

/** FNV-1a over UTF-16 units. */
function hashOf(topic: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < topic.length; at++) {
    hash = Math.imul(hash ^ topic.charCodeAt(at), 0x01000193)
  }
  return hash
}

/** MurmurHash3's last step: every bit of the input changes half of the bits. */
function mixed(bits: number): number {
  const once = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}
