/** What a client subscribes to: whether it may, and the answer for each filter. */
import { ReasonCode } from '@godwit/codec'
import type { SubscribePacket, UnsubscribePacket } from '@godwit/codec'
import type { ServerProtocol } from '@godwit/session'
import type { ConnectionHost } from './connection-host.ts'
import { filterRefusal } from './filter-refusal.ts'
import type { Awaitable } from './guards.ts'
import type { BrokerSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** The subscribing side of one connection. */
export class Subscribing {
  readonly #surroundings: Surroundings
  readonly #protocol: ServerProtocol
  readonly #host: ConnectionHost
  /** The filters that were handled since others had a turn. */
  #handled = 0

  constructor(surroundings: Surroundings, protocol: ServerProtocol, host: ConnectionHost) {
    this.#surroundings = surroundings
    this.#protocol = protocol
    this.#host = host
  }

  /** A SUBSCRIBE came. */
  subscribe(packet: SubscribePacket, session: BrokerSession): void {
    const decisions = packet.subscriptions.map((_, index) => this.#decide(packet, index, session))
    const codes = decisions.filter((decision) => typeof decision === 'number')
    if (codes.length === decisions.length) {
      this.#subscribeAll(packet, codes, session)
    } else {
      const all = Promise.all(decisions.map((decision) => Promise.resolve(decision)))
      this.#host.wait(all.then((later) => () => this.#subscribeAll(packet, later, session)))
    }
  }

  /** An UNSUBSCRIBE came. */
  unsubscribe({ packetId, filters }: UnsubscribePacket, session: BrokerSession): void {
    const codes = filters.map((filter) => session.unsubscribe(filter))
    this.#host.run(this.#protocol.unsubscribed(packetId, codes)) // [MQTT-3.10.4-6]
    this.#pauseAfter(filters.length)
  }

  #decide(
    { subscriptions }: SubscribePacket,
    index: number,
    session: BrokerSession,
  ): Awaitable<ReasonCode> {
    const { limits, terms, guarding } = this.#surroundings
    const subscription = subscriptions[index]
    if (subscription === undefined || index >= limits.subscribeFiltersMax) {
      return ReasonCode.QuotaExceeded
    }
    const { filter, qos } = subscription
    return (
      filterRefusal(filter, limits, terms) ??
      guarding.authorize({ type: 'subscribe', filter, qos }, session.client)
    )
  }

  #subscribeAll(
    { packetId, subscriptions, properties }: SubscribePacket,
    decided: readonly ReasonCode[],
    session: BrokerSession,
  ): void {
    if (this.#protocol.state !== 'connected') return
    const identifier = properties?.subscriptionIdentifier
    const codes = subscriptions.map((subscription, index) => {
      const code = decided[index] ?? ReasonCode.UnspecifiedError
      return code >= 0x80 ? code : session.subscribe(subscription, identifier)
    })
    this.#host.run(this.#protocol.subscribed(packetId, codes)) // [MQTT-3.8.4-5]
    this.#pauseAfter(subscriptions.length)
  }

  /**
   * Gives others a turn when this client has asked for much: a read of 64 KiB may hold thousands
   * of filters, and Node.js hands out 32 of them in a row (100,000 filters at once took 450 ms).
   */
  #pauseAfter(filters: number): void {
    const { limits, chores } = this.#surroundings
    this.#handled += filters
    if (this.#handled < limits.sliceItemsMax || this.#protocol.state !== 'connected') return
    this.#handled = 0
    const turnOfOthers = new Promise<() => void>((resolve) => {
      const step = (): boolean => {
        resolve(() => {})
        return false
      }
      chores.add({ step })
    })
    this.#host.wait(turnOfOthers)
  }
}
