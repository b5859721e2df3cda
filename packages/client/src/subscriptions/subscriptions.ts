/**
 * The subscriptions of one client, from its beginning to its end, over all connections: streams
 * come and go, messages find them, and the server is told.
 */
import type { PublishFrame } from '@godwit/codec'
import type { SubscribedEffect, UnsubscribedEffect } from '@godwit/session'
import type { Clock } from '@godwit/transport'
import { Claims } from './claims.ts'
import { Departure } from './departure.ts'
import { Dispatch } from './dispatch.ts'
import { ClientError } from '../errors.ts'
import type { LinkPort } from '../connection/link-port.ts'
import { SubscriptionStream } from './message-stream.ts'
import type { MessageStream, StreamOwner } from './message-stream.ts'
import { misuse } from '../misuse.ts'
import type { SubscribeOptions, Unclaimed } from '../options.ts'
import { quietWhenClosed } from '../quiet.ts'
import type { ReceivedMessage } from './received-message.ts'
import { Reconciliation } from './reconciliation.ts'
import type { ReconciliationParts } from './reconciliation.ts'
import type { Counters } from '../statistics.ts'
import { subscriptionRequest } from './subscription-request.ts'
import type { SharedTerms } from './subscription-request.ts'
import { UnclaimedMessages } from './unclaimed.ts'
import type { Member, WantedFilter } from './wanted-filter.ts'
import { WantedFilters } from './wanted-filters.ts'

/** How long `close` of a stream waits for a server that does not answer UNSUBSCRIBE. */
const LEAVE_TIMEOUT_MS = 10_000

/** What the subscriptions of a client need. */
export interface SubscriptionsParts {
  /** What becomes of messages that no stream has asked for. */
  readonly unclaimed: Unclaimed
  readonly clock: Clock
  readonly statistics: Pick<Counters, 'messagesReceived' | 'messagesUnclaimed' | 'messagesDropped'>
}

/** All subscriptions of one client. */
export class Subscriptions implements StreamOwner {
  readonly #parts: SubscriptionsParts
  readonly #filters = new WantedFilters()
  readonly #claims = new Claims()
  readonly #unclaimed: UnclaimedMessages
  readonly #dispatch: Dispatch
  readonly #reconciliation: Reconciliation
  /** Those that are not over. */
  readonly #streams = new Map<SubscriptionStream, Registration>()
  readonly #departures = new Set<Departure>()
  /** Those that have messages in the chunks of this turn. */
  readonly #borrowers: SubscriptionStream[] = []
  /** Who waits for a connection. */
  #waiting: Settling<LinkPort>[] = []
  #wasConnected = false
  #closed: ClientError | undefined
  #end: () => void = () => {}

  /** Resolves when the client is closed. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#end = resolve
  })

  constructor(parts: SubscriptionsParts) {
    this.#parts = parts
    const { clock, statistics } = parts
    const [filters, claims] = [this.#filters, this.#claims]
    const unclaimed = new UnclaimedMessages(parts.unclaimed, statistics, clock)
    const answered: ReconciliationParts['answered'] = (...answer) => this.#answered(...answer)
    this.#unclaimed = unclaimed
    this.#dispatch = new Dispatch({ filters, claims, unclaimed, clock })
    this.#reconciliation = new Reconciliation({ filters, unclaimed, clock, answered })
  }

  /** Why the client is closed, if it is. */
  get closure(): ClientError | undefined {
    return this.#closed
  }

  /**
   * Subscribes, as soon as there is a connection; resolves when the server has granted everything,
   * or with `allowPartial` something.
   * @throws {TypeError} for misuse; {ClientError} `subscribe-refused`, `not-allowed` or `closed`;
   * what the signal says.
   */
  subscribe(
    filters: string | readonly string[],
    options: SubscribeOptions = {},
  ): Promise<MessageStream> {
    return quietWhenClosed(this.#subscribe(filters, options))
  }

  /** The connection, when there is one. @throws {ClientError} `closed` */
  connection(): Promise<LinkPort> {
    const { link } = this.#reconciliation
    if (link !== undefined) return Promise.resolve(link)
    return new Promise((resolve, reject) => {
      if (this.#closed === undefined) this.#waiting.push({ resolve, reject })
      else reject(this.#closed)
    })
  }

  /**
   * A server has let the client in: what is wanted and what is granted are brought together. A
   * session may have been resumed although the server cannot say so, in MQTT 3.1.
   */
  connected(link: LinkPort, sessionPresent: boolean, isResumed: boolean = sessionPresent): void {
    if (this.#closed !== undefined) return
    if (!isResumed) {
      this.#claims.sessionLost()
      this.#dispatch.isInherited = false
    } else if (!this.#wasConnected) {
      this.#dispatch.isInherited = true
    }
    this.#wasConnected = true
    for (const stream of this.#streams.keys()) stream.loosen()
    this.#unclaimed.loosen()
    this.#reconciliation.connected(link, sessionPresent)
    for (const { resolve } of this.#waiting.splice(0)) resolve(link)
  }

  /** A SUBACK came. */
  subscribed(effect: SubscribedEffect): void {
    this.#reconciliation.subscribed(effect)
  }

  /** An UNSUBACK came. */
  unsubscribed(effect: UnsubscribedEffect): void {
    this.#reconciliation.unsubscribed(effect)
  }

  /** A PUBLISH came that is to be delivered. It is settled once, if that is due. */
  deliver(frame: PublishFrame, link: LinkPort): void {
    if (this.#closed !== undefined) return
    if (frame.qos === 1 && this.#claims.isKnown(frame, link)) return
    this.#parts.statistics.messagesReceived++
    this.#dispatch.deliver(frame, link)
  }

  /** The connection is gone. */
  lost(): void {
    this.#claims.lost()
    this.#reconciliation.lost()
  }

  /**
   * The client is closed: streams end, with an error if something has failed; nothing is
   * acknowledged any more.
   */
  close(cause: ClientError): void {
    if (this.#closed !== undefined) return
    this.#closed = cause
    this.#claims.close()
    this.#unclaimed.close()
    const isOurWill = cause.code === 'closed' && cause.cause === undefined
    for (const [stream, { joining, forget }] of this.#streams) {
      forget()
      if (isOurWill || joining !== undefined) stream.end()
      else stream.fail(cause)
      joining?.reject(cause)
    }
    this.#streams.clear()
    for (const departure of this.#departures) departure.giveUp()
    for (const { reject } of this.#waiting.splice(0)) reject(cause)
    this.#end()
  }

  /** See {@link StreamOwner}. */
  leave(stream: SubscriptionStream, unread: readonly ReceivedMessage[]): Promise<void> {
    const departure = this.#depart(stream, unread)
    const { done } = departure
    if (!departure.isWaiting) return done
    const timer = this.#parts.clock.after(LEAVE_TIMEOUT_MS, () => departure.giveUp())
    const over = (): void => {
      this.#departures.delete(departure)
      timer[Symbol.dispose]()
    }
    this.#departures.add(departure)
    done.then(over, over)
    return done
  }

  /** See {@link StreamOwner}. */
  dropped(messages: number): void {
    this.#parts.statistics.messagesDropped += messages
  }

  /** See {@link StreamOwner}. */
  borrows(stream: SubscriptionStream): void {
    if (this.#borrowers.push(stream) === 1) this.#parts.clock.defer(this.#keep)
  }

  /** The turn is over. */
  readonly #keep = (): void => {
    for (const stream of this.#borrowers.splice(0)) stream.keep()
  }

  async #subscribe(
    filters: string | readonly string[],
    options: SubscribeOptions,
  ): Promise<MessageStream> {
    const request = subscriptionRequest(filters, options)
    request.signal?.throwIfAborted()
    if (this.#closed !== undefined) throw this.#closed
    for (const filter of request.filters) checkTerms(this.#filters.get(filter), request.terms)
    const stream = new SubscriptionStream(request, this)
    return new Promise<MessageStream>((resolve, reject) => {
      this.#register(stream, { resolve, reject })
      this.#join(stream)
    })
  }

  #register(stream: SubscriptionStream, joining: Settling<MessageStream>): void {
    const { signal } = stream.request
    const abort = (): void => this.#abort(stream, signal?.reason)
    const forget = (): void => signal?.removeEventListener('abort', abort)
    signal?.addEventListener('abort', abort)
    const unanswered = stream.request.filters.length
    this.#streams.set(stream, { joining, forget, unanswered, refused: 0 })
  }

  #join(stream: SubscriptionStream): void {
    const { filters, terms, userProperty } = stream.request
    stream.members = filters.map((filter) => {
      const wanted = this.#filters.obtain(filter, terms)
      if (wanted.members.length === 0 || userProperty !== undefined) {
        wanted.terms = terms
        wanted.userProperty = userProperty
      }
      return { stream, wanted, firstGeneration: 0, generation: 0, answer: undefined }
    })
    for (const member of stream.members) {
      if (!stream.isEnded) this.#reconciliation.join(member)
    }
  }

  /** The server has said something: is it enough to begin, or to end? */
  #answered({ stream, answer }: Member, isFirst: boolean): void {
    const registration = this.#streams.get(stream)
    if (registration === undefined) return
    if (isFirst) registration.unanswered--
    if (answer instanceof ClientError) {
      registration.refused++
      const isLast = registration.refused === stream.members.length
      if (isLast || !stream.request.allowPartial) this.#refuse(stream, registration, answer)
    }
    if (registration.unanswered > 0) return
    registration.joining?.resolve(stream)
    registration.joining = undefined
  }

  #refuse(stream: SubscriptionStream, { joining }: Registration, refusal: ClientError): void {
    if (joining !== undefined) {
      this.#turnAway(stream, joining, refusal)
      return
    }
    stream.fail(refusal)
    this.#depart(stream, [])
  }

  #abort(stream: SubscriptionStream, reason: unknown): void {
    const joining = this.#streams.get(stream)?.joining
    if (joining === undefined) this.#depart(stream, stream.end({ error: reason }))
    else this.#turnAway(stream, joining, reason)
  }

  /** A call of `subscribe` has failed. What came for it meanwhile is nobody's. */
  #turnAway(stream: SubscriptionStream, joining: Settling<MessageStream>, reason: unknown): void {
    const unread = stream.end()
    this.#depart(stream, [])
    for (const message of unread) this.#unclaimed.disown(message)
    joining.reject(reason)
  }

  /** A stream wants nothing any more. */
  #depart(stream: SubscriptionStream, unread: readonly ReceivedMessage[]): Departure {
    this.#streams.get(stream)?.forget()
    this.#streams.delete(stream)
    const wanted = stream.members.map((member) => {
      const { wanted } = member
      wanted.members = wanted.members.filter((other) => other !== member)
      wanted.askers = wanted.askers.filter((other) => other !== member)
      return wanted
    })
    const held = wanted.filter((each) => this.#reconciliation.isHeld(each))
    const departure = new Departure(unread, held.length)
    departure.done.catch(() => {}) // Who waits for it has a promise of their own.
    for (const each of held) each.departures.push(departure)
    for (const each of wanted) this.#reconciliation.advance(each)
    return departure
  }
}

interface Settling<T> {
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

interface Registration {
  /** The call of `subscribe`, while that waits. */
  joining: Settling<MessageStream> | undefined
  /** Of how many filters the server has said nothing. */
  unanswered: number
  /** Of how many it has said that it will not. */
  refused: number
  /** Listens to the signal no more. */
  readonly forget: () => void
}

/** Streams on one filter share one subscription. @throws {TypeError} unless they can. */
function checkTerms(wanted: WantedFilter | undefined, terms: SharedTerms): void {
  if (wanted === undefined || wanted.members.length === 0) return
  const { noLocal, retainAsPublished, retainHandling } = wanted.terms
  checkTerm(wanted, 'noLocal', noLocal, terms.noLocal)
  checkTerm(wanted, 'retainAsPublished', retainAsPublished, terms.retainAsPublished)
  checkTerm(wanted, 'retainHandling', retainHandling, terms.retainHandling)
}

function checkTerm({ filter }: WantedFilter, name: string, was: unknown, is: unknown): void {
  if (was === is) return
  const sentence = `${JSON.stringify(filter)} has a stream with ${name} ${String(was)} already`
  throw misuse(sentence, is)
}
