/**
 * Asks, for each message to one session, whether its client may have it. What is asked about waits
 * in line, so that the messages keep their order however long a guard takes; nobody else waits.
 *
 *     offer --> line --ask--> asked, at most 32 at a time --the first is decided--> session
 *
 * A guard that decides at once, while nothing waits, costs no more than the question.
 */
import { Backlog } from './backlog.ts'
import type { Sized } from './backlog.ts'
import type { Chore } from './chores.ts'
import { deliveredQoS, sizeOf } from './delivery.ts'
import type { Delivery } from './delivery.ts'
import type { Awaitable } from './guards.ts'
import type { Message } from './message.ts'
import type { ClientInfo } from './observers.ts'
import type { RouteTerms } from './route.ts'
import type { Surroundings } from './surroundings.ts'
import type { ReasonCode } from '@godwit/codec'

/** What stands behind a gate: a session. */
export interface Gated {
  readonly client: ClientInfo
  /** The client may have it. */
  pass(message: Message, terms: RouteTerms, retain: boolean): boolean
  /** It may not, or no longer. */
  turnAway(reason: 'not-authorized' | 'expired'): void
  /** Whether there is room for one more that waits; what could not be taken has been counted. */
  makeRoom(one: Passenger): boolean
  /** There may be room for more. */
  pump(): void
}

/** How many decisions about one session are awaited at a time. */
const ASKED_MAX = 32

/** The gate of one session. */
export class DeliveryGate implements Chore {
  readonly #gated: Gated
  readonly #surroundings: Surroundings
  /** Those that nobody was asked about yet. */
  #line = new Backlog<Passenger>()
  /** Those before them. */
  #asked: Asked[] = []

  constructor(gated: Gated, surroundings: Surroundings) {
    this.#gated = gated
    this.#surroundings = surroundings
  }

  /** How many messages wait. */
  get length(): number {
    return this.#asked.length + this.#line.length
  }

  /** The memory that they take. */
  get bytes(): number {
    return this.#asked.reduce((bytes, { passenger }) => bytes + passenger.bytes, this.#line.bytes)
  }

  /** Whether what is offered is asked about at once. */
  get hasRoom(): boolean {
    return this.#asked.length < ASKED_MAX
  }

  /** All that wait, oldest first. */
  *passengers(): IterableIterator<Passenger> {
    for (const { passenger } of this.#asked) yield passenger
    yield* this.#line
  }

  /** Lets a message through, now or later, or turns it away; false if it cannot be taken. */
  offer(message: Message, terms: RouteTerms, retain: boolean): boolean {
    const decision = this.length > 0 ? undefined : this.#ask(message, terms, retain)
    if (decision !== undefined && !(decision instanceof Promise)) {
      return this.#decided(message, terms, retain, decision)
    }
    const passenger = new Arrival(message, terms, retain)
    if (!this.#gated.makeRoom(passenger)) return false
    this.#surroundings.counters.messagesQueued++
    if (decision === undefined) this.#line.push(passenger)
    else this.#await(passenger, decision)
    this.#goOn()
    return true
  }

  /**
   * Asks about these, which wait already and come before all others; and anew about the others,
   * for the rights have changed again. The queue becomes the gate's own.
   */
  review(waiting: Backlog<Passenger>): void {
    for (const { passenger } of this.#asked) waiting.push(passenger)
    for (const passenger of this.#line) waiting.push(passenger)
    this.#asked = []
    this.#line = waiting
    this.#goOn()
  }

  /** Takes out the oldest that nobody was asked about yet; false if there is none. */
  shift(): boolean {
    if (this.#line.shift() === undefined) return false
    this.#surroundings.counters.messagesQueued--
    return true
  }

  /** Takes those out that are chosen. */
  withdraw(choose: (passenger: Passenger) => boolean): void {
    const before = this.length
    this.#asked = this.#asked.filter(({ passenger }) => !choose(passenger))
    this.#line.withdraw(choose)
    this.#surroundings.counters.messagesQueued -= before - this.length
    this.#goOn()
  }

  /** Takes all out: whatever is decided about them is not heard. */
  clear(): void {
    this.#surroundings.counters.messagesQueued -= this.length
    this.#asked = []
    this.#line.clear()
  }

  /** The first in line goes through, or is turned away. See {@link Chore}. */
  step(): boolean {
    const first = this.#asked[0]
    if (first?.code === undefined) return false
    this.#asked.shift()
    this.#surroundings.counters.messagesQueued--
    this.#goOn() // Before the rest, which may throw.
    const { message, terms, retain } = first.passenger
    if (message.expiresAt <= this.#surroundings.turn.now) {
      this.#gated.turnAway('expired') // [MQTT-3.3.2-5]
    } else {
      this.#decided(message, terms, retain, first.code)
    }
    this.#gated.pump()
    return false
  }

  /** Asks about as many as may be, and sees to it that the first goes through when it may. */
  #goOn(): void {
    while (this.hasRoom) {
      const next = this.#line.shift()
      if (next === undefined) break
      this.#await(next, this.#ask(next.message, next.terms, next.retain))
    }
    if (this.#asked[0]?.code !== undefined) this.#surroundings.chores.add(this)
  }

  #await(passenger: Passenger, decision: Awaitable<ReasonCode>): void {
    const one: Asked = { passenger, code: undefined }
    this.#asked.push(one)
    if (decision instanceof Promise) void this.#hear(one, decision)
    else one.code = decision
  }

  async #hear(one: Asked, decision: Promise<ReasonCode>): Promise<void> {
    one.code = await decision
    if (this.#asked[0] === one) this.#surroundings.chores.add(this)
  }

  #ask(message: Message, terms: RouteTerms, retain: boolean): Awaitable<ReasonCode> {
    const qos = deliveredQoS(message, terms)
    const action = { type: 'deliver', topic: message.topic, qos, retain } as const
    return this.#surroundings.guarding.authorize(action, this.#gated.client)
  }

  #decided(message: Message, terms: RouteTerms, retain: boolean, code: ReasonCode): boolean {
    if (code < 0x80) return this.#gated.pass(message, terms, retain)
    this.#gated.turnAway('not-authorized')
    return true
  }
}

/** A message and how it is to be delivered. */
export interface Passenger extends Sized {
  readonly message: Message
  readonly terms: RouteTerms
  readonly retain: boolean
}

/** Those that are in memory, for a gate. */
export function passengersOf(deliveries: Iterable<Delivery>): Backlog<Passenger> {
  const passengers = new Backlog<Passenger>()
  for (const { message, terms, retain, bytes } of deliveries) {
    if (message !== undefined) passengers.push({ message, terms, retain, bytes })
  }
  return passengers
}

interface Asked {
  readonly passenger: Passenger
  /** `undefined` until it is decided. */
  code: ReasonCode | undefined
}

/** One that has to wait as soon as it comes. */
class Arrival implements Passenger {
  readonly message: Message
  readonly terms: RouteTerms
  readonly retain: boolean
  readonly bytes: number

  /** Takes the message's bytes out of the chunk that they came in. */
  constructor(message: Message, terms: RouteTerms, retain: boolean) {
    this.message = message.own()
    this.terms = terms
    this.retain = retain
    this.bytes = sizeOf(this.message)
  }
}
