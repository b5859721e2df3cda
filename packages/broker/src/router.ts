/**
 * Room 3: who gets a message (§4.7). Subscriptions live in a trie by filter; what a Topic Name
 * matches is remembered until a filter that matches it gains or loses a subscriber: 69 ns instead
 * of 435 a message (100,000 subscriptions, Node 20). Members of a group come and go without that.
 */
import { peerFault, ReasonCode } from '@godwit/codec'
import { matches, parseSharedFilter, TopicTrie } from '@godwit/topic'
import { fits } from './limits.ts'
import type { BrokerLimits } from './limits.ts'
import type { Message } from './message.ts'
import { GROUP_TERMS, RouteGathering } from './route-gathering.ts'
import { routeOf } from './route.ts'
import type { HeldSubscription, Route, RouteTerms, Subscriber } from './route.ts'
import { ShareGroup } from './share-group.ts'
import type { ShareMember, ShareStrategy } from './share-group.ts'

/** How a router works, apart from its limits. */
export interface RouterOptions {
  /** How Shared Subscriptions choose among their members; `round-robin` by default. */
  readonly shareStrategy?: ShareStrategy
  /** 32 bits for the hash of topic levels, random by default. Give one to repeat a simulation. */
  readonly seed?: number
}

/**
 * What became of a message. none: nobody else is subscribed; taken: by one at least; refused: there
 * was somebody, and nobody could take it.
 */
export type RouteOutcome = 'none' | 'taken' | 'refused'

/** The subscriptions to one filter, each as the route it gives where no other matches. */
type Subscribers = Map<Subscriber, Route>

/** The one router of a broker. */
export class Router {
  readonly #filters: TopicTrie<Subscribers>
  /** By the whole filter; each is also among the subscribers of the filter inside. */
  readonly #groups = new Map<string, ShareGroup>()
  readonly #cache = new Map<string, readonly Route[]>()
  #cachedBytes = 0
  readonly #limits: BrokerLimits
  readonly #shareStrategy: ShareStrategy

  constructor(limits: BrokerLimits, options: RouterOptions = {}) {
    this.#limits = limits
    this.#shareStrategy = options.shareStrategy ?? 'round-robin'
    // A random seed: strangers choose the filters, and must not know which of them collide.
    this.#filters = new TopicTrie(options.seed ?? Math.trunc(Math.random() * 0x1_0000_0000))
  }

  /**
   * Adds a subscription, or replaces the one that the subscriber has with this filter. Returns the
   * terms on which it gets retained messages; `undefined` for a shared one, which gets none
   * (§4.8.2). @throws {RangeError} for a filter that is not valid.
   */
  subscribe(subscriber: ShareMember, subscription: HeldSubscription): RouteTerms | undefined {
    const { filter } = subscription
    const shared = parseSharedFilter(filter)
    if (shared === undefined) {
      const route = routeOf(subscriber, subscription)
      this.#add(filter, route)
      return route.terms
    }
    const group = this.#groups.get(filter) ?? this.#addGroup(filter, shared.filter)
    group.add(subscriber, subscription)
    return undefined
  }

  /** Removes a subscription, by the filter as it was given. [MQTT-3.10.4-1] */
  unsubscribe(subscriber: ShareMember, filter: string): void {
    const group = this.#groups.get(filter)
    if (group === undefined) this.#remove(filter, subscriber)
    else if (group.remove(subscriber) && group.size === 0) {
      this.#groups.delete(filter)
      this.#remove(group.filter, group)
    }
  }

  /**
   * Hands a message to everybody who asked for it, but not to its publisher against its will.
   * @throws {MqttError} 0x90 for a Topic Name beyond the limits.
   */
  route(message: Message, publisher: Subscriber | undefined): RouteOutcome {
    let taken = false
    let refused = false
    for (const route of this.routes(message.topic)) {
      // [MQTT-3.8.3-3]
      const terms = isOwn(route, message, publisher) ? route.ownTerms : route.terms
      if (terms === undefined || route.subscriber.isGone === true) continue
      if (route.subscriber.deliver(message, terms)) taken = true
      else refused = true
    }
    if (taken) return 'taken'
    return refused ? 'refused' : 'none'
  }

  /** The receivers of a Topic Name, one route each. @throws {MqttError} beyond the limits. */
  routes(topic: string): readonly Route[] {
    return this.#cache.get(topic) ?? this.#find(topic)
  }

  /**
   * Calls `visit` with every subscription that matches a Topic Name: its filter, and the route that
   * it gives on its own. Members of a group follow each other.
   * @throws {MqttError} beyond the limits.
   */
  matching(topic: string, visit: (filter: string, route: Route) => void): void {
    this.#check(topic)
    this.#filters.match(topic, (subscribers, filter) => {
      for (const route of subscribers.values()) {
        const { subscriber } = route
        if (!(subscriber instanceof ShareGroup)) visit(filter, route)
        else for (const seat of subscriber.routes()) visit(subscriber.sharedFilter, seat)
      }
    })
  }

  /** The terms on which a member of a Shared Subscription gets messages, if it is one. */
  termsOfShare(filter: string, member: ShareMember): RouteTerms | undefined {
    return this.#groups.get(filter)?.termsOf(member)
  }

  /** Whether a message on this topic would have to be stored. @throws {MqttError} */
  isDurable(topic: string): boolean {
    return this.routes(topic).some(({ subscriber }) => subscriber.isDurable === true)
  }

  #add(filter: string, route: Route): void {
    const subscribers = this.#filters.get(filter)
    if (subscribers === undefined) this.#filters.set(filter, new Map([[route.subscriber, route]]))
    else subscribers.set(route.subscriber, route) // [MQTT-3.8.4-3]
    this.#forget(filter)
  }

  #remove(filter: string, subscriber: Subscriber): void {
    const subscribers = this.#filters.get(filter)
    if (subscribers === undefined || !subscribers.delete(subscriber)) return
    if (subscribers.size === 0) this.#filters.delete(filter)
    this.#forget(filter)
  }

  #addGroup(filter: string, inner: string): ShareGroup {
    const group = new ShareGroup(inner, this.#shareStrategy, filter)
    this.#add(inner, { subscriber: group, terms: GROUP_TERMS, ownTerms: GROUP_TERMS })
    this.#groups.set(filter, group)
    return group
  }

  #find(topic: string): readonly Route[] {
    this.#check(topic)
    const gathering = new RouteGathering()
    this.#filters.match(topic, (subscribers) => gathering.add(subscribers))
    const routes = gathering.finish()
    this.#remember(topic, routes)
    return routes
  }

  #check(topic: string): void {
    if (fits(topic, this.#limits)) return
    throw peerFault('A Topic Name is too long or too deep', ReasonCode.TopicNameInvalid)
  }

  #remember(topic: string, routes: readonly Route[]): void {
    const bytes = bytesOf(topic, routes)
    if (bytes > this.#limits.routesCachedBytesMax) return
    if (this.#cachedBytes + bytes > this.#limits.routesCachedBytesMax) this.#forgetAll()
    this.#cache.set(topic, routes)
    this.#cachedBytes += bytes
  }

  /** Forgets the Topic Names that a filter matches: its subscriptions have changed. */
  #forget(filter: string): void {
    if (!hasWildcard(filter)) {
      this.#forgetTopic(filter)
      return
    }
    let left = SEARCH_MAX
    for (const topic of this.#cache.keys()) {
      left -= SEARCH_TOPIC + topic.length
      if (left < 0) {
        this.#forgetAll()
        return
      }
      if (matches(filter, topic)) this.#forgetTopic(topic)
    }
  }

  #forgetTopic(topic: string): void {
    const routes = this.#cache.get(topic)
    if (routes === undefined) return
    this.#cache.delete(topic)
    this.#cachedBytes -= bytesOf(topic, routes)
  }

  #forgetAll(): void {
    this.#cache.clear()
    this.#cachedBytes = 0
  }
}

/**
 * How far a change looks for the Topic Names that it concerns, in their UTF-16 units.
 * Where more is remembered, it takes less to find again what is needed.
 */
const SEARCH_MAX = 2_048
/** What each of them costs beside its length. */
const SEARCH_TOPIC = 64

function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#')
}

/** Whether a route leads back to the publisher, and that makes a difference. */
function isOwn(
  { subscriber, terms, ownTerms }: Route,
  message: Message,
  publisher: Subscriber | undefined,
): boolean {
  if (ownTerms === terms) return false
  if (subscriber === publisher) return true
  // Its session may be another one by now, for a will comes late.
  return message.publisher !== undefined && subscriber.client?.clientId === message.publisher
}

/** What it takes to remember these routes, rather more than less. */
function bytesOf(topic: string, routes: readonly Route[]): number {
  let bytes = 200 + 2 * topic.length
  for (const { terms } of routes) bytes += 100 + 16 * (terms.subscriptionIdentifiers?.length ?? 0)
  return bytes
}
