/**
 * One Topic Filter of a client: the streams that want it, and how things stand with the server.
 *
 *     absent --SUBSCRIBE--> asked --SUBACK--> granted --UNSUBSCRIBE--> leaving --UNSUBACK--> absent
 *
 * One request for a filter is on its way at a time, and what is to be done next follows from where
 * the filter stands, so streams may come and go at any moment. A connection that breaks before the
 * answer leaves the filter `unsure`. `kept` is one that the server would not let go of.
 *
 * Each SUBSCRIBE has a number of its own, its generation, which is its Subscription Identifier,
 * too, where the server takes one. So the retained messages that it makes the server send
 * (§3.3.1.3) can be told from those which an earlier one for the same filter has brought.
 */
import type { QoS, SubscribePacket, Subscription, UnsubscribePacket } from '@godwit/codec'
import { parseSharedFilter } from '@godwit/topic'
import type { Departure } from './departure.ts'
import type { ClientError } from '../errors.ts'
import type { SubscriptionStream } from './message-stream.ts'
import type { SharedTerms } from './subscription-request.ts'

/** What one stream wants of one filter. */
export interface Member {
  readonly stream: SubscriptionStream
  readonly wanted: WantedFilter
  /** The SUBSCRIBEs whose retained messages are for it, from the first to the last. */
  firstGeneration: number
  /** The last of them; 0 before there was one. */
  generation: number
  /** What the server has said: a QoS or why not; nothing yet if `undefined`. */
  answer: QoS | ClientError | undefined
}

/** Where a filter stands with the server. */
export type Standing = 'absent' | 'asked' | 'granted' | 'leaving' | 'unsure' | 'kept'

/** A filter that is, or was, subscribed to. */
export class WantedFilter {
  readonly filter: string
  /** What Topic Names are matched with. */
  readonly matched: string
  readonly isShared: boolean
  /** Those of the streams; meaningless while there is none. */
  terms: SharedTerms
  userProperty: readonly (readonly [name: string, value: string])[] | undefined
  members: Member[] = []
  standing: Standing = 'absent'
  /** How things stood before the SUBSCRIBE that is on its way. */
  standingBefore: Standing = 'absent'
  /** What is on its way. */
  request: SubscribePacket | UnsubscribePacket | undefined
  /** Those whom the answer to a SUBSCRIBE on its way concerns. */
  askers: Member[] = []
  /** What the last SUBSCRIBE asked for, unless it came to nothing. */
  asked: Subscription | undefined
  /** What it was granted. */
  grantedQoS: QoS = 0
  /** The number of the last SUBSCRIBE in this session; 0 if there was none. */
  generation = 0
  /** The identifiers by which messages may come, the oldest first. */
  identifiers: number[] = []
  /** A message has come since the last SUBSCRIBE was sent. */
  isTouched = false
  /** When a retained message came last, or the last SUBSCRIBE left. */
  replayedAt = 0
  /** The streams that wait for the end of the subscription. */
  departures: Departure[] = []

  constructor(filter: string, terms: SharedTerms) {
    const shared = parseSharedFilter(filter)
    this.filter = filter
    this.matched = shared?.filter ?? filter
    this.isShared = shared !== undefined
    this.terms = terms
  }

  /** The QoS to ask for: the highest that a stream wants. */
  get qos(): QoS {
    let qos: QoS = 0
    for (const { stream } of this.members) if (stream.qos > qos) qos = stream.qos
    return qos
  }

  /** Whether each SUBSCRIBE brings the retained messages again. */
  get isReplaying(): boolean {
    return !this.isShared && this.terms.retainHandling === 0
  }

  /** Whether what was asked for last is enough for a stream of this QoS. */
  covers(qos: QoS): boolean {
    const { asked, terms } = this
    return (
      asked !== undefined &&
      asked.qos >= qos &&
      asked.noLocal === terms.noLocal &&
      asked.retainAsPublished === terms.retainAsPublished &&
      asked.retainHandling === terms.retainHandling
    )
  }

  /** There is no session any more, or another one. */
  forgetSession(): void {
    this.standing = 'absent'
    this.generation = 0
    this.identifiers = []
    this.asked = undefined
  }

  /** Nobody waits for the end of the subscription any more. */
  release(error?: ClientError): void {
    const departures = this.departures
    if (departures.length === 0) return
    this.departures = []
    for (const departure of departures) departure.left(error)
  }
}
