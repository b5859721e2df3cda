/**
 * Brings together what the streams of a client want and what its server has granted: over one
 * connection after the other, with SUBSCRIBE and UNSUBSCRIBE (§3.8 to §3.11).
 *
 * Every change ends in `advance`: what a filter needs next follows from where it stands, and if its
 * answer is not awaited it is sent. Each filter has a SUBSCRIBE of its own: then each can have an
 * identifier, no packet is too large or has more filters than a server takes, and a refusal is one
 * of this filter alone. At most `REQUESTS_MAX` wait for their answers, so that a client with a
 * hundred thousand filters leaves Packet Identifiers for its messages.
 *
 * A second stream on a filter is to get the retained messages, too, so there is another SUBSCRIBE.
 * They are not for the first stream again; but a server may begin its answer to the first anew with
 * the second, so a stream whose own retained messages may not all have come counts as new.
 */
import { isQoS, MqttError, reasonCodeName } from '@godwit/codec'
import type { PropertiesOf, QoS, SubscribePacket, UnsubscribePacket } from '@godwit/codec'
import type { SubscribedEffect, UnsubscribedEffect } from '@godwit/session'
import type { Clock } from '@godwit/transport'
import { adviceFor } from '../advice.ts'
import { ClientError } from '../errors.ts'
import { refusal } from '../failures.ts'
import type { LinkPort } from '../connection/link-port.ts'
import type { UnclaimedMessages } from './unclaimed.ts'
import type { Member, WantedFilter } from './wanted-filter.ts'
import type { WantedFilters } from './wanted-filters.ts'

/** How many requests wait for an answer at most. */
const REQUESTS_MAX = 1024
/** How long no retained message has come when no more are to be expected. */
const REPLAY_QUIET_MS = 10_000

/** What it takes to agree with a server. */
export interface ReconciliationParts {
  readonly filters: WantedFilters
  readonly unclaimed: UnclaimedMessages
  readonly clock: Clock
  /** A member has an answer, its first or one that takes back what it was granted. */
  readonly answered: (member: Member, isFirst: boolean) => void
}

/** Subscribes to what is wanted, and unsubscribes from the rest. */
export class Reconciliation {
  readonly #parts: ReconciliationParts
  /** The filters whose answers are awaited, by their requests. */
  readonly #awaited = new Map<SubscribePacket | UnsubscribePacket, WantedFilter>()
  /** The filters that need something, the longest first. */
  readonly #due = new Set<WantedFilter>()
  #link: LinkPort | undefined

  constructor(parts: ReconciliationParts) {
    this.#parts = parts
  }

  /** The connection that is there. */
  get link(): LinkPort | undefined {
    return this.#link
  }

  /** A stream wants a filter; if what is there is enough for it, it has its answer at once. */
  join(member: Member): void {
    const { wanted } = member
    wanted.members.push(member)
    if (isServed(member)) this.#serve(member)
    this.advance(wanted)
  }

  /** Whether somebody who has left a filter has to wait for the server to let go of it. */
  isHeld({ members, standing }: WantedFilter): boolean {
    if (this.#link === undefined || members.length > 0) return false
    return standing !== 'absent' && standing !== 'kept'
  }

  /** Does what a filter needs next, as soon as it can be done. */
  advance(wanted: WantedFilter): void {
    if (wanted.members.length > 0 || this.#link === undefined) wanted.release()
    if (wanted.request !== undefined) return
    if (needOf(wanted) !== undefined) {
      this.#due.add(wanted)
      this.#send()
    } else if (wanted.members.length === 0 && wanted.standing === 'absent') {
      this.#parts.filters.giveUp(wanted)
    }
  }

  /** A server has let the client in. */
  connected(link: LinkPort, sessionPresent: boolean): void {
    const { filters } = this.#parts
    if (!sessionPresent) filters.forgetSession()
    this.#link = link
    for (const wanted of filters) {
      if (wanted.standing === 'kept') wanted.standing = 'unsure'
      this.advance(wanted)
    }
  }

  /** The connection is gone, and what was not answered never will be. */
  lost(): void {
    this.#link = undefined
    this.#due.clear()
    for (const wanted of this.#awaited.values()) {
      const isRenewal = wanted.standing === 'asked' && wanted.standingBefore === 'granted'
      if (isRenewal) for (const member of wanted.askers) member.generation = 0
      wanted.standing = isRenewal ? 'granted' : 'unsure'
      wanted.request = undefined
      wanted.asked = undefined
      wanted.askers = []
    }
    this.#awaited.clear()
    for (const wanted of this.#parts.filters) wanted.release()
  }

  /** A SUBACK came. */
  subscribed({ request, reasonCodes, properties }: SubscribedEffect): void {
    const wanted = this.#answered(request)
    const [reasonCode = 0x80] = reasonCodes
    if (wanted === undefined) return
    if (isQoS(reasonCode)) {
      wanted.standing = 'granted'
      wanted.grantedQoS = reasonCode
      this.#grant(wanted)
    } else {
      const answer = { type: 'suback', reasonCode, properties } as const
      this.#refuse(wanted, refusal('subscribe-refused', tried('Subscribing to', wanted), answer))
    }
    this.#send()
  }

  /** An UNSUBACK came. */
  unsubscribed({ request, reasonCodes, properties }: UnsubscribedEffect): void {
    const wanted = this.#answered(request)
    const [reasonCode = 0] = reasonCodes
    if (wanted === undefined) return
    const answer = { type: 'unsuback', reasonCode, properties } as const
    const isRefused = reasonCode >= 0x80
    const sentence = tried('Unsubscribing from', wanted)
    this.#leave(wanted, isRefused ? refusal('unsubscribe-refused', sentence, answer) : undefined)
    this.#send()
  }

  #send(): void {
    for (const wanted of this.#due) {
      if (this.#link === undefined || this.#awaited.size >= REQUESTS_MAX) return
      this.#due.delete(wanted)
      const need = needOf(wanted)
      if (need === 'subscribe') this.#subscribe(wanted, this.#link)
      else if (need === 'unsubscribe') this.#unsubscribe(wanted, this.#link)
    }
  }

  #subscribe(wanted: WantedFilter, link: LinkPort): void {
    const { filter, qos, terms, userProperty } = wanted
    const isIdentifier = link.terms.subscriptionIdentifierAvailable
    const generation = this.#parts.filters.number(wanted, isIdentifier)
    const properties: PropertiesOf<'subscribe'> = {
      ...(isIdentifier && { subscriptionIdentifier: generation }),
      ...(userProperty !== undefined && { userProperty }),
    }
    const isEmpty = !isIdentifier && userProperty === undefined
    const subscription = { filter, qos, ...terms }
    const isRenewal = wanted.standing === 'granted'
    wanted.standingBefore = wanted.standing
    wanted.askers = wanted.members.filter(({ generation }) => !isRenewal || generation === 0)
    try {
      wanted.request = link.subscribe([subscription], isEmpty ? undefined : properties)
    } catch (error) {
      this.#refuse(wanted, forbidden(tried('Subscribing to', wanted), error))
      return
    }
    this.#awaited.set(wanted.request, wanted)
    wanted.standing = 'asked'
    wanted.asked = subscription
    wanted.isTouched = false
    this.#assign(wanted, generation, isRenewal)
  }

  /** Says whose the retained messages are that will come. What else comes is for all. */
  #assign(wanted: WantedFilter, generation: number, isRenewal: boolean): void {
    const { unclaimed, clock } = this.#parts
    const now = clock.now()
    const isQuiet = now - wanted.replayedAt >= REPLAY_QUIET_MS
    wanted.generation = generation
    wanted.replayedAt = now
    for (const member of wanted.members) {
      const isNew = member.generation === 0
      const hasAll = isRenewal && !isNew && isQuiet && member.stream.waiting === 0
      if (hasAll) continue
      if (isNew || !isRenewal) member.firstGeneration = generation
      member.generation = generation
      if (isNew) unclaimed.release(wanted, member.stream)
    }
  }

  #unsubscribe(wanted: WantedFilter, link: LinkPort): void {
    try {
      wanted.request = link.unsubscribe([wanted.filter])
    } catch (error) {
      this.#leave(wanted, forbidden(tried('Unsubscribing from', wanted), error))
      return
    }
    this.#awaited.set(wanted.request, wanted)
    wanted.standing = 'leaving'
  }

  /** A stream joins those who were there before it. */
  #serve(member: Member): void {
    const { wanted, stream } = member
    member.firstGeneration = wanted.generation
    member.generation = wanted.generation
    this.#parts.unclaimed.release(wanted, stream)
    if (wanted.standing === 'granted') this.#answer(member, lower(member))
    else wanted.askers.push(member)
  }

  #answered(request: SubscribePacket | UnsubscribePacket): WantedFilter | undefined {
    const wanted = this.#awaited.get(request)
    this.#awaited.delete(request)
    if (wanted !== undefined) wanted.request = undefined
    return wanted
  }

  #grant(wanted: WantedFilter): void {
    const { askers, members } = wanted
    wanted.askers = []
    for (const member of members) {
      if (typeof member.answer === 'number') member.answer = lower(member)
    }
    for (const member of askers) this.#answer(member, lower(member))
    this.advance(wanted)
  }

  /** Those who were there before keep what they have. */
  #refuse(wanted: WantedFilter, error: ClientError): void {
    const { askers } = wanted
    wanted.askers = []
    wanted.asked = undefined
    wanted.standing = wanted.standingBefore
    wanted.members = wanted.members.filter((member) => !askers.includes(member))
    const isNobodys = wanted.members.length === 0 && wanted.standing === 'absent'
    if (isNobodys) this.#parts.filters.remove(wanted)
    for (const member of askers) this.#answer(member, error)
    if (!isNobodys) this.advance(wanted)
  }

  #answer(member: Member, answer: QoS | ClientError): void {
    const isFirst = member.answer === undefined
    member.answer = answer
    if (isFirst || answer instanceof ClientError) this.#parts.answered(member, isFirst)
  }

  #leave(wanted: WantedFilter, error: ClientError | undefined): void {
    wanted.standing = error === undefined ? 'absent' : 'kept'
    wanted.release(error)
    this.advance(wanted)
  }
}

/** What there is to be done for a filter of which no answer is awaited. */
function needOf({ members, standing }: WantedFilter): 'subscribe' | 'unsubscribe' | undefined {
  if (members.length === 0) {
    return standing === 'granted' || standing === 'unsure' ? 'unsubscribe' : undefined
  }
  if (standing !== 'granted') return 'subscribe'
  return members.some(({ generation }) => generation === 0) ? 'subscribe' : undefined
}

/** Whether one more stream needs no SUBSCRIBE, since it has missed nothing of what is there. */
function isServed(member: Member): boolean {
  const { wanted, stream } = member
  if (stream.request.userProperty !== undefined || !wanted.covers(stream.qos)) return false
  if (wanted.standing === 'granted') return !wanted.isReplaying
  return wanted.standing === 'asked' && !(wanted.isReplaying && wanted.isTouched)
}

/** What a stream is granted of what its filter was. */
function lower({ stream, wanted }: Member): QoS {
  return stream.qos < wanted.grantedQoS ? stream.qos : wanted.grantedQoS
}

function tried(doing: string, { filter }: WantedFilter): string {
  return `${doing} ${JSON.stringify(filter)}`
}

/** The error for what the terms of the server, or its version, do not allow. */
function forbidden(sentence: string, error: unknown): ClientError {
  if (!(error instanceof MqttError)) throw error
  const { message, reasonCode, statement } = error
  const advice = adviceFor(reasonCode)
  return new ClientError(`${sentence} is not possible: ${message}.${advice && ` ${advice}`}`, {
    code: 'not-allowed',
    reasonCode,
    reasonName: reasonCodeName(reasonCode),
    ...(statement !== undefined && { statement }),
    cause: error,
  })
}
