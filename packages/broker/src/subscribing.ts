/** What a client subscribes to: whether it may, and the answer for each filter. */
import { ReasonCode, reasonCodeName } from '@godwit/codec'
import type { SubscribePacket, Subscription, UnsubscribePacket } from '@godwit/codec'
import type { Remarks, ServerProtocol } from '@godwit/session'
import { topicFilterFault } from '@godwit/topic'
import type { ConnectionHost } from './connection-host.ts'
import { filterRefusal } from './filter-refusal.ts'
import type { Awaitable } from './guards.ts'
import { Piecework } from './piecework.ts'
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
    const codes: ReasonCode[] = []
    const awaited: Promise<void>[] = []
    const decide = (index: number): void => {
      const decision = this.#decide(packet, index, session)
      if (typeof decision === 'number') codes.push(decision)
      else awaited.push(hear(decision, codes, codes.push(ReasonCode.UnspecifiedError) - 1))
    }
    this.#forEach(packet.subscriptions.length, decide, () => {
      const subscribeAll = (): void => this.#subscribeAll(packet, codes, session)
      if (awaited.length === 0) subscribeAll()
      else this.#host.wait(Promise.all(awaited).then(() => subscribeAll))
    })
  }

  /** An UNSUBSCRIBE came. */
  unsubscribe({ packetId, filters }: UnsubscribePacket, session: BrokerSession): void {
    const codes: ReasonCode[] = []
    const giveUp = (index: number): void => {
      const filter = filters[index]
      if (filter !== undefined) codes.push(session.unsubscribe(filter))
    }
    this.#forEach(filters.length, giveUp, () => {
      this.#whenDurable(session, () => {
        this.#host.run(this.#protocol.unsubscribed(packetId, codes)) // [MQTT-3.10.4-6]
        this.#pauseAfter(filters.length)
      })
    })
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
      guarding.authorizeSubscription({ type: 'subscribe', filter, qos }, session.client, session)
    )
  }

  #subscribeAll(
    { packetId, subscriptions, properties }: SubscribePacket,
    decided: readonly ReasonCode[],
    session: BrokerSession,
  ): void {
    if (this.#protocol.state !== 'connected') return
    const identifier = properties?.subscriptionIdentifier
    const codes: ReasonCode[] = []
    const subscribe = (index: number): void => {
      const subscription = subscriptions[index]
      const code = decided[index]
      if (subscription === undefined || code === undefined) return
      codes.push(code >= 0x80 ? code : session.subscribe(subscription, identifier))
    }
    this.#forEach(subscriptions.length, subscribe, () => {
      const respond = (): void => {
        const remarks = remarksOn(codes, subscriptions)
        this.#host.run(this.#protocol.subscribed(packetId, codes, remarks)) // [MQTT-3.8.4-5]
        this.#pauseAfter(subscriptions.length)
      }
      if (codes.some((code) => code < 0x80)) this.#whenDurable(session, respond)
      else respond()
    })
  }

  /** An answer to a durable session waits for the store, and the client with it. */
  #whenDurable(session: BrokerSession, act: () => void): void {
    const { journal } = this.#surroundings
    if (journal === undefined || !session.isDurable) act()
    else this.#host.wait(journal.durable().then(() => act))
  }

  /**
   * Does something for each filter of a packet, and then something else: at once where they are
   * few, else a few at a time, in which this client waits and others have their turns. A client
   * that is gone meanwhile gets no more of it.
   */
  #forEach(filters: number, piece: (index: number) => void, then: () => void): void {
    const { limits, chores } = this.#surroundings
    if (filters <= limits.sliceItemsMax) {
      for (let index = 0; index < filters; index++) piece(index)
      then()
      return
    }
    const isWanted = (): boolean => this.#protocol.state === 'connected'
    const work = new Piecework(filters, piece, isWanted, then)
    chores.add(work)
    this.#host.wait(work.done)
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

/** Puts a decision in its place. */
async function hear(decision: Promise<ReasonCode>, codes: ReasonCode[], at: number): Promise<void> {
  codes[at] = await decision
}

/** Why the first filter that was refused was, for whoever reads the SUBACK of MQTT 5.0. */
function remarksOn(
  codes: readonly ReasonCode[],
  subscriptions: readonly Subscription[],
): Remarks | undefined {
  const refused = codes.findIndex((code) => code >= 0x80)
  const subscription = subscriptions[refused]
  const code = codes[refused]
  if (subscription === undefined || code === undefined) return undefined
  const why = topicFilterFault(subscription.filter)?.reason ?? reasonCodeName(code, 'suback')
  return { reasonString: `Filter ${refused + 1} of ${codes.length}: ${why}` }
}
