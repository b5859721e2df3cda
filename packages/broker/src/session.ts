/**
 * Room 4: what one client asked for, and what it is sent (§4.1). A session ends with its
 * connection for as long as there is no store: Clean Start is granted always, and MQTT 5.0
 * clients are told that their Session Expiry Interval is 0.
 */
import { publishFirstByte, ReasonCode } from '@godwit/codec'
import type { Publication, Subscription } from '@godwit/codec'
import { topicFilterFault } from '@godwit/topic'
import { fits } from './limits.ts'
import type { ClientInfo } from './observers.ts'
import type { Outbox } from './outbox.ts'
import type { HeldSubscription, Receiver, RouteTerms } from './route.ts'
import type { DropReason } from './stats.ts'
import type { Surroundings } from './surroundings.ts'

/** The session of one connected client. */
export class BrokerSession implements Receiver {
  readonly client: ClientInfo
  readonly #surroundings: Surroundings
  readonly #outbox: Outbox
  readonly #maximumPacketSize: number
  readonly #subscriptions = new Map<string, HeldSubscription>()
  #dropping = false

  constructor(
    client: ClientInfo,
    outbox: Outbox,
    maximumPacketSize: number,
    surroundings: Surroundings,
  ) {
    this.client = client
    this.#outbox = outbox
    this.#maximumPacketSize = maximumPacketSize
    this.#surroundings = surroundings
  }

  /** How many subscriptions it holds. */
  get subscriptions(): number {
    return this.#subscriptions.size
  }

  /** Takes a subscription and says what was granted, or why not. [MQTT-3.8.4-7] */
  subscribe(subscription: Subscription, identifier: number | undefined): ReasonCode {
    const { filter } = subscription
    const { limits, router } = this.#surroundings
    if (filter.startsWith('$share/')) return ReasonCode.SharedSubscriptionsNotSupported
    if (topicFilterFault(filter) !== undefined || !fits(filter, limits)) {
      return ReasonCode.TopicFilterInvalid
    }
    if (!this.#subscriptions.has(filter) && this.#subscriptions.size >= limits.subscriptionsMax) {
      return ReasonCode.QuotaExceeded
    }
    const granted = { ...subscription, qos: ReasonCode.GrantedQoS0 }
    const held = identifier === undefined ? granted : { ...granted, identifier }
    this.#subscriptions.set(filter, held) // [MQTT-3.8.4-3]
    router.subscribe(this, held)
    return granted.qos
  }

  /** Gives a subscription up; exactly this filter, character by character. [MQTT-3.10.4-1] */
  unsubscribe(filter: string): ReasonCode {
    if (!this.#subscriptions.delete(filter)) return ReasonCode.NoSubscriptionExisted
    this.#surroundings.router.unsubscribe(this, filter)
    return ReasonCode.Success
  }

  /** Sends a message to the client, at QoS 0; drops and counts it where it cannot go. */
  deliver(publication: Publication, terms: RouteTerms): void {
    const outbox = this.#outbox
    const layout = publication.layout(this.client.version, false, terms.subscriptionIdentifiers)
    if (layout.length > this.#maximumPacketSize) {
      this.#drop('too-large-for-receiver') // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    } else if (!outbox.hasRoom(layout.length)) {
      this.#drop('slow-receiver')
    } else {
      // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
      const retain = terms.retainAsPublished && publication.retain
      outbox.addPublish(layout, publishFirstByte(0, retain, false))
      this.#surroundings.counters.messagesOut++
      this.#dropping = false
    }
  }

  /** Ends the session: nothing is routed to it any more. */
  end(): void {
    for (const filter of this.#subscriptions.keys()) {
      this.#surroundings.router.unsubscribe(this, filter)
    }
    this.#subscriptions.clear()
  }

  #drop(reason: DropReason): void {
    const { counters, observers } = this.#surroundings
    counters.messagesDropped[reason]++
    const first = !this.#dropping
    this.#dropping = true
    if (first) observers.dropped?.(this.client, reason)
  }
}
