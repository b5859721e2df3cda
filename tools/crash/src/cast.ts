/** Everybody who takes part in a round, and what they do by themselves. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Whereabouts } from './clients/link.ts'
import { Publisher } from './clients/publisher.ts'
import { Subscriber } from './clients/subscriber.ts'
import { WillClient } from './clients/will-client.ts'
import type { History } from './history.ts'
import type { RoundPlan } from './plan.ts'
import type { Random } from './random.ts'

/** The clients of one round. */
export class Cast {
  readonly publishers: readonly Publisher[]
  readonly subscribers: readonly Subscriber[]
  readonly #wills: readonly WillClient[]
  readonly #plan: RoundPlan
  readonly #random: Random
  readonly #acting = new AbortController()
  readonly #acts: Promise<void>[] = []

  constructor(plan: RoundPlan, broker: Whereabouts, history: History, random: Random) {
    this.#plan = plan
    this.#random = random
    const { publishers, subscribers, wills } = plan
    this.publishers = publishers.map((one) => new Publisher(one, broker, history, random))
    this.subscribers = subscribers.map((one) => new Subscriber(one, broker, history))
    this.#wills = wills.map((one) => new WillClient(one, broker, history))
  }

  /** What everybody waits for. */
  get isSettled(): boolean {
    return this.unsettled.length === 0
  }

  /** Who waits for an answer of the broker, and how many. */
  get unsettled(): readonly string[] {
    const publishers = this.publishers.flatMap(({ plan, unfinished: { length } }) =>
      length === 0 ? [] : [`${plan.clientId} for ${length} acknowledgements`],
    )
    const subscribers = this.subscribers.flatMap(({ plan, isAnswered }) =>
      isAnswered ? [] : [`${plan.clientId} for SUBACK or UNSUBACK`],
    )
    return [...publishers, ...subscribers]
  }

  /** Has all that subscribe before the load come and subscribe. */
  assemble(): void {
    for (const subscriber of this.subscribers) {
      const { filters, qos } = subscriber.plan
      for (const filter of filters) subscriber.subscribe(filter, qos)
      subscriber.come()
    }
    for (const client of this.#wills) client.come()
  }

  /** Whether all that hold a Will are there. */
  get areWillsHeld(): boolean {
    return this.#wills.every(({ isUp }) => isUp)
  }

  /** Begins the load: some leave, some publish, some come and go. */
  perform(): void {
    for (const subscriber of this.subscribers) {
      const { presence, changing } = subscriber.plan
      if (presence === 'away') subscriber.leave('in order')
      if (presence === 'restless') this.#act(() => this.#comeAndGo(subscriber))
      if (changing.length > 0) this.#act(() => this.#changeMind(subscriber))
    }
    this.#act(() => this.#dropWills())
    for (const publisher of this.publishers) publisher.start()
  }

  /** Ends the load. All subscribers that are not away stay from here on. */
  async calm(): Promise<void> {
    for (const publisher of this.publishers) publisher.stop()
    await this.#stopActing()
    for (const subscriber of this.subscribers) {
      if (subscriber.plan.presence !== 'away') subscriber.come()
    }
  }

  /** Has somebody subscribe to what is retained, when nothing is published any more. */
  joinLate(): void {
    for (const subscriber of this.subscribers) {
      const { filters, changing, qos } = subscriber.plan
      if (filters.length + changing.length > 0) continue
      subscriber.subscribe(`${this.#plan.name}/r/#`, qos)
    }
  }

  /** Has all subscribers come, to get what they have missed. */
  gather(): void {
    for (const subscriber of this.subscribers) subscriber.come()
  }

  /** Sends all away, whatever they do. */
  async dismiss(): Promise<void> {
    await this.#stopActing()
    for (const one of [...this.publishers, ...this.#wills]) one.leave()
    for (const subscriber of this.subscribers) subscriber.leave('in order')
  }

  async #stopActing(): Promise<void> {
    this.#acting.abort()
    await Promise.all(this.#acts)
  }

  #act(act: () => Promise<void>): void {
    this.#acts.push(act())
  }

  async #comeAndGo(subscriber: Subscriber): Promise<void> {
    while (await this.#pause(100, 700)) {
      subscriber.leave(this.#random.chance(0.5) ? 'in order' : 'abruptly')
      await this.#pause(10, 500)
      subscriber.come()
    }
  }

  async #changeMind(subscriber: Subscriber): Promise<void> {
    const { changing, qos } = subscriber.plan
    for (const filter of changing) subscriber.subscribe(filter, qos)
    while (await this.#pause(50, 400)) subscriber.toggle(this.#random.pick(changing), qos)
  }

  async #dropWills(): Promise<void> {
    while (await this.#pause(500, 2_000)) this.#random.pick(this.#wills).drop()
  }

  /** Waits for a while; false if the load is over. */
  async #pause(leastMs: number, mostMs: number): Promise<boolean> {
    const { signal } = this.#acting
    const ms = this.#random.between(leastMs, mostMs)
    await delay(ms, undefined, { signal }).catch(() => {})
    return !signal.aborted
  }
}
