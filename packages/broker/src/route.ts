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
  /** Takes a message; false if it cannot, and the message is not acknowledged on its account. */
  deliver(message: Message, terms: RouteTerms): boolean
}

/** One receiver of a Topic Name. */
export interface Route {
  readonly subscriber: Subscriber
  /** How it gets the messages of others. */
  readonly terms: RouteTerms
  /** How it gets its own, which subscriptions with No Local leave out; `undefined` for not. */
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
  const { qos, noLocal, retainAsPublished, identifier } = subscription
  const subscriptionIdentifiers = identifier === undefined ? undefined : [identifier]
  const terms: RouteTerms = { qos, retainAsPublished, subscriptionIdentifiers, share }
  return { subscriber, terms, ownTerms: noLocal ? undefined : terms }
}

/** All routes of one receiver as one; there is at least one. */
export function mergeRoutes(subscriber: Subscriber, routes: readonly Route[]): Route {
  const terms = mergeTerms(routes.map((route) => route.terms))
  if (routes.every((route) => route.ownTerms !== undefined)) {
    return { subscriber, terms, ownTerms: terms }
  }
  const own = routes.flatMap((route) => route.ownTerms ?? [])
  return { subscriber, terms, ownTerms: own.length === 0 ? undefined : mergeTerms(own) }
}

function mergeTerms(all: readonly RouteTerms[]): RouteTerms {
  const identifiers = all.flatMap((terms) => terms.subscriptionIdentifiers ?? [])
  return {
    qos: all.reduce<QoS>((highest, { qos }) => (qos > highest ? qos : highest), 0),
    retainAsPublished: all.some((terms) => terms.retainAsPublished),
    subscriptionIdentifiers: identifiers.length === 0 ? undefined : identifiers,
    share: undefined, // A group is a receiver of its own, whose routes are never merged.
  }
}
