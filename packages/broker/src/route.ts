/**
 * What a receiver gets of the messages on one Topic Name: all its matching subscriptions taken
 * together, for overlapping ones give one copy (§3.3.4).
 */
import type { QoS, Subscription } from '@godwit/codec'
import type { Message } from './message.ts'
import type { ShareGroup } from './share-group.ts'

/** A subscription as it is held: what was asked for, and its Subscription Identifier. */
export interface HeldSubscription extends Subscription {
  /** 1 to 268,435,455; absent before MQTT 5.0 and where the client gave none. */
  readonly identifier?: number
}

/** What messages are routed to: a session, as far as the router is concerned. */
export interface Subscriber {
  /** Whose it is, if it is a client's. */
  readonly client?: { readonly clientId: string }
  /** Whether it outlives the process, so that what it takes is to be stored. `false` if absent. */
  readonly isDurable?: boolean
  /** It is to be unsubscribed, and as good as is: nothing is delivered to it. `false` if absent. */
  readonly isGone?: boolean
  /** Takes a message; false if it cannot, and the message is not acknowledged on its account. */
  deliver(message: Message, terms: RouteTerms): boolean
}

/** One receiver of a Topic Name. */
export interface Route {
  readonly subscriber: Subscriber
  /** How it gets the messages of others. */
  readonly terms: RouteTerms
  /**
   * How it gets its own, which subscriptions with No Local leave out; `undefined` for not. The same
   * object as `terms` where that makes no difference.
   */
  readonly ownTerms: RouteTerms | undefined
}

/** How a receiver gets a message. */
export interface RouteTerms {
  /** The highest QoS of the matching subscriptions. [MQTT-3.3.4-2] */
  readonly qos: QoS
  /** Whether any of them wants RETAIN as it was published. */
  readonly retainAsPublished: boolean
  /** The identifiers of all that have one. [MQTT-3.3.4-4] */
  readonly subscriptionIdentifiers: readonly number[] | undefined
  /** The group that the message was for, if it is one of a Shared Subscription. */
  readonly share: ShareGroup | undefined
}

/** The route of a receiver that one subscription matches. */
export function routeOf(
  subscriber: Subscriber,
  subscription: HeldSubscription,
  share?: ShareGroup,
): Route {
  const terms = termsOf(subscription, share)
  return { subscriber, terms, ownTerms: subscription.noLocal ? undefined : terms }
}

function termsOf(subscription: HeldSubscription, share: ShareGroup | undefined): RouteTerms {
  const { qos, retainAsPublished, identifier } = subscription
  if (share === undefined && identifier === undefined) {
    return (retainAsPublished ? TERMS_AS_PUBLISHED : TERMS)[qos]
  }
  const subscriptionIdentifiers = identifier === undefined ? undefined : [identifier]
  return { qos, retainAsPublished, subscriptionIdentifiers, share }
}

/** Nearly all have the same ones by QoS: less memory, and quicker to read when many are merged. */
const TERMS = [plainTerms(0, false), plainTerms(1, false), plainTerms(2, false)] as const
const TERMS_AS_PUBLISHED = [plainTerms(0, true), plainTerms(1, true), plainTerms(2, true)] as const

function plainTerms(qos: QoS, retainAsPublished: boolean): RouteTerms {
  return { qos, retainAsPublished, subscriptionIdentifiers: undefined, share: undefined }
}
