/**
 * Which streams a PUBLISH is for.
 *
 * The server says by Subscription Identifiers which subscriptions it matched (§3.3.2.3.8), where it
 * has them; then the topic need not be looked at, and a server may even have rewritten it. Without,
 * or where none of them is ours, it is for the streams whose filters match its Topic Name.
 *
 * A retained message that a SUBSCRIBE made the server send is for the streams of that SUBSCRIBE,
 * not for others that have wanted the same filter for longer. Its identifier tells which that is.
 * That is not to be told without identifiers, nor with Retain As Published, where RETAIN says how
 * the message was published: there all streams of the filter get what any of them asked for.
 *
 * In a session that an earlier life of the program has begun there may be identifiers of that life,
 * which mean nothing to us: there one counts only if its filter matches.
 */
import type { PublishFrame } from '@godwit/codec'
import type { Clock } from '@godwit/transport'
import type { Claim, Claims } from './claims.ts'
import type { LinkPort } from '../connection/link-port.ts'
import type { SubscriptionStream } from './message-stream.ts'
import { ReceivedMessage } from './received-message.ts'
import type { UnclaimedMessages } from './unclaimed.ts'
import type { Member, WantedFilter } from './wanted-filter.ts'
import { isMatch } from './wanted-filters.ts'
import type { WantedFilters } from './wanted-filters.ts'

/** What a dispatch needs to know. */
export interface DispatchParts {
  readonly filters: WantedFilters
  readonly claims: Claims
  readonly unclaimed: UnclaimedMessages
  readonly clock: Clock
}

/** Hands messages to streams. */
export class Dispatch {
  /** Whether the session may hold identifiers that an earlier life of the program has given. */
  isInherited = false
  readonly #filters: WantedFilters
  readonly #claims: Claims
  readonly #unclaimed: UnclaimedMessages
  readonly #clock: Clock
  /** The streams that the message in hand is for, each once. */
  readonly #receivers: SubscriptionStream[] = []
  /** How many messages there were: marks the streams that one was considered for. */
  #messages = 0

  constructor({ filters, claims, unclaimed, clock }: DispatchParts) {
    this.#filters = filters
    this.#claims = claims
    this.#unclaimed = unclaimed
    this.#clock = clock
  }

  /** Hands a message to all streams that it is for. */
  deliver(frame: PublishFrame, link: LinkPort): void {
    this.#messages++
    const isOurs = this.#findIdentified(frame) || this.#findMatching(frame)
    const receivers = this.#receivers
    if (receivers.length === 0) {
      this.#deliverToNobody(frame, link, isOurs)
      return
    }
    const claim = frame.qos === 0 ? undefined : this.#claimFor(frame, link)
    for (let at = 0; at < receivers.length; at++) {
      const stream = receivers[at]
      if (stream !== undefined) stream.receive(frame, stream.qos === 0 ? undefined : claim)
    }
    receivers.length = 0
  }

  /** Whom it was for is gone; or nobody has ever asked for it. */
  #deliverToNobody(frame: PublishFrame, link: LinkPort, isOurs: boolean): void {
    if (!isOurs) {
      const claim = frame.qos === 0 ? undefined : this.#claims.open(frame, link, 1)
      this.#unclaimed.take(new ReceivedMessage(frame, frame.qos, claim, false))
    } else if (frame.qos !== 0) {
      link.settle(frame, 0)
    }
  }

  /** A stream of QoS 0 is handed the message, and has no say in its acknowledgement. */
  #claimFor(frame: PublishFrame, link: LinkPort): Claim | undefined {
    let takers = 0
    for (const { qos } of this.#receivers) if (qos > 0) takers++
    if (takers > 0) return this.#claims.open(frame, link, takers)
    link.settle(frame, 0)
    return undefined
  }

  /** Returns whether an identifier is ours. */
  #findIdentified(frame: PublishFrame): boolean {
    const only = frame.onlySubscriptionIdentifier
    if (only !== 0) return this.#findIdentifiedBy(only, frame)
    if (!frame.carries('subscriptionIdentifier')) return false
    let isOurs = false
    for (const identifier of frame.properties.subscriptionIdentifier ?? []) {
      if (this.#findIdentifiedBy(identifier, frame)) isOurs = true
    }
    return isOurs
  }

  #findIdentifiedBy(identifier: number, frame: PublishFrame): boolean {
    const wanted = this.#filters.identified(identifier)
    if (wanted === undefined) return false
    if (this.isInherited && !isMatch(wanted, frame.topic)) return false
    this.#addStreams(wanted, frame, identifier)
    return true
  }

  /** Returns whether a filter matches that is, or was, subscribed to. */
  #findMatching(frame: PublishFrame): boolean {
    const found = this.#filters.matching(frame.topic)
    let isOurs = false
    for (let at = 0; at < found.length; at++) {
      const wanted = found[at]
      if (wanted === undefined || wanted.generation === 0) continue
      isOurs = true
      this.#addStreams(wanted, frame, 0)
    }
    return isOurs
  }

  #addStreams(wanted: WantedFilter, frame: PublishFrame, identifier: number): void {
    wanted.isTouched = true
    let generation = 0
    if (frame.retain) {
      wanted.replayedAt = this.#clock.now()
      if (!wanted.terms.retainAsPublished) generation = identifier
    }
    const { members } = wanted
    for (let at = 0; at < members.length; at++) {
      const member = members[at]
      if (member !== undefined && isConcerned(member, generation)) this.#add(member.stream)
    }
  }

  #add(stream: SubscriptionStream): void {
    if (stream.considered === this.#messages || stream.isEnded) return
    stream.considered = this.#messages
    this.#receivers.push(stream)
  }
}

/** `generation` is that of a retained message, and 0 for one that is for all who have asked. */
function isConcerned(member: Member, generation: number): boolean {
  if (member.generation === 0) return false
  if (generation === 0) return true
  return member.firstGeneration <= generation && generation <= member.generation
}
