/**
 * The subscriptions of one session, and the Retained Messages that are on their way to new ones.
 */
import { ReasonCode } from '@godwit/codec'
import type { Subscription } from '@godwit/codec'
import type { Keeping } from './keeping.ts'
import type { ClientInfo } from './observers.ts'
import { Replay } from './replay.ts'
import type { ReplayTarget } from './replay.ts'
import { Replays } from './replays.ts'
import type { HeldSubscription, RouteTerms } from './route.ts'
import type { ShareMember } from './share-group.ts'
import type { Surroundings } from './surroundings.ts'

/** Whose subscriptions they are: a session. */
export interface SubscriptionHolder extends ShareMember, ReplayTarget {
  readonly client: ClientInfo
}

/** What one session is subscribed to. */
export class HeldSubscriptions {
  readonly #surroundings: Surroundings
  readonly #holder: SubscriptionHolder
  readonly #held = new Map<string, HeldSubscription>()
  readonly #replays: Replays
  /** How many are Shared Subscriptions. */
  #shared = 0
  /** Where they are stored, if they are. */
  #keeping: Keeping | undefined

  constructor(surroundings: Surroundings, holder: SubscriptionHolder) {
    this.#surroundings = surroundings
    this.#holder = holder
    this.#replays = new Replays(holder, surroundings.chores)
  }

  /** How many there are. */
  get size(): number {
    return this.#held.size
  }

  /** Every one of them. */
  [Symbol.iterator](): IterableIterator<HeldSubscription> {
    return this.#held.values()
  }

  /** The one with this filter. */
  get(filter: string): HeldSubscription | undefined {
    return this.#held.get(filter)
  }

  /** They are to be stored here. There are none. */
  keepIn(keeping: Keeping): void {
    this.#keeping = keeping
  }

  /** One is to be stored again. */
  store(filter: string): void {
    const held = this.#held.get(filter)
    if (held !== undefined) this.#keeping?.subscribed(held, this.#replays.get(filter) !== undefined)
  }

  /** One was read. If its Retained Messages were still on their way they come again. */
  restore(held: HeldSubscription, replaying: boolean): void {
    this.#held.set(held.filter, held)
    this.#count(held.filter, 1)
    const terms = this.#surroundings.router.subscribe(this.#holder, held)
    if (terms !== undefined && replaying) this.#replay(held, terms, true)
  }

  /** Takes a checked subscription, and says what was granted or why not. [MQTT-3.8.4-7] */
  add(subscription: Subscription, identifier: number | undefined): ReasonCode {
    const { filter, retainHandling } = subscription
    const { limits, router } = this.#surroundings
    const isNew = !this.#held.has(filter)
    if (isNew && this.#held.size >= limits.subscriptionsMax) return ReasonCode.QuotaExceeded
    const isFull = this.#keeping !== undefined && this.#surroundings.journal?.isFull === true
    if (isFull) return ReasonCode.QuotaExceeded
    const held = this.#granted(subscription, identifier)
    this.#held.set(filter, held) // [MQTT-3.8.4-3]
    if (isNew) this.#count(filter, 1)
    const terms = router.subscribe(this.#holder, held)
    // [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]
    const wanted = retainHandling === 0 || (retainHandling === 1 && isNew)
    if (terms !== undefined) this.#replay(held, terms, wanted)
    this.#keeping?.subscribed(held, this.#replays.get(filter) !== undefined)
    return held.qos
  }

  /** Gives one up; exactly this filter, character by character. [MQTT-3.10.4-1] */
  remove(filter: string): ReasonCode {
    if (!this.#held.delete(filter)) return ReasonCode.NoSubscriptionExisted
    this.#surroundings.router.unsubscribe(this.#holder, filter)
    this.#count(filter, -1)
    this.#replays.cancel(filter)
    this.#keeping?.unsubscribed(filter)
    return ReasonCode.Success
  }

  /**
   * Gives all up: at once, so that nobody asks the holder any more, and a few at a time where they
   * are many, or many sessions end together.
   */
  release(): void {
    const { subscriptionRelease, counters } = this.#surroundings
    this.#replays.clear()
    counters.subscriptions -= this.#held.size
    counters.sharedSubscriptions -= this.#shared
    subscriptionRelease.add(this.#holder, this.#held.keys())
  }

  /** The holder has room: what was interrupted goes on. */
  wakeReplays(): void {
    this.#replays.wake()
  }

  /** A replay has come to its end. */
  replayed(replay: Replay): void {
    this.#replays.ended(replay)
    const held = this.#held.get(replay.filter)
    if (held !== undefined) this.#keeping?.subscribed(held, false)
  }

  #granted(subscription: Subscription, identifier: number | undefined): HeldSubscription {
    const { maximumQoS } = this.#surroundings.terms
    const qos = subscription.qos < maximumQoS ? subscription.qos : maximumQoS
    const granted = { ...subscription, qos }
    return identifier === undefined ? granted : { ...granted, identifier }
  }

  /** What was on its way to a subscription that is replaced is not lost. [MQTT-3.8.4-4] */
  #replay({ filter, noLocal }: HeldSubscription, terms: RouteTerms, wanted: boolean): void {
    const { retained, turn } = this.#surroundings
    const own = noLocal ? this.#holder.client.clientId : undefined // [MQTT-3.8.3-3]
    if (!wanted) this.#replays.get(filter)?.goOnWith(terms, own)
    else this.#replays.add(new Replay(this.#holder, retained, filter, terms, () => turn.now, own))
  }

  #count(filter: string, by: 1 | -1): void {
    const { counters } = this.#surroundings
    counters.subscriptions += by
    if (!filter.startsWith('$share/')) return
    counters.sharedSubscriptions += by
    this.#shared += by
  }
}
