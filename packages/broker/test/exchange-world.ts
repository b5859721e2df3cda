// A broker and clients with lasting sessions: carries out a scenario, lets everything come to rest,
// and demands what must hold then.

import { VirtualClock } from '@godwit/transport/testing'
import { Broker } from '../src/index.ts'
import type { Action } from '../src/guards.ts'
import { DeliveryAccount, demand } from './delivery-account.ts'
import { TOPICS } from './exchange-scenario.ts'
import type { Scenario, Step } from './exchange-scenario.ts'
import { connect, Peer, subscribe, writingTo } from './peer.ts'
import { PersistentClient } from './persistent-client.ts'
import { PortionedListener } from './portioned-line.ts'

/** Lets it all happen. @throws {Error} for a rule that was broken. */
export async function runScenario(scenario: Scenario): Promise<void> {
  const world = await ExchangeWorld.open(scenario)
  for (const step of scenario.steps) await world.carryOut(step)
  await world.finish()
  await world.settle()
}

class ExchangeWorld {
  readonly #clock = new VirtualClock()
  readonly #listener = new PortionedListener(this.#clock)
  readonly #account = new DeliveryAccount()
  readonly #seen: string[] = []
  readonly #broker: Broker
  readonly #scenario: Scenario
  readonly #clients: PersistentClient[] = []
  /** How many questions the guard was asked. */
  #asked = 0

  private constructor(scenario: Scenario) {
    this.#scenario = scenario
    const { limits, shareStrategy, guard } = scenario
    this.#broker = new Broker({
      listeners: [this.#listener],
      clock: this.#clock,
      // Time goes by without the promises of a slow guard going on.
      limits: { ...limits, guardTimeoutMs: 1_000_000 },
      shareStrategy,
      observers: writingTo(this.#seen),
      guards: guard === 'none' ? {} : { authorize: (action) => this.#allow(action) },
      systemTopicsEveryMs: 0,
      seed: 1,
    })
  }

  /** All clients are connected, and subscribed to what they want. */
  static async open(scenario: Scenario): Promise<ExchangeWorld> {
    const world = new ExchangeWorld(scenario)
    await world.#broker.start()
    world.#begin()
    return world
  }

  async carryOut(step: Step): Promise<void> {
    if (step.do === 'wait') this.#clock.advance(step.ms)
    else this.#happen(this.#clients[step.client]!, step)
    await this.#settled()
    for (const client of this.#clients) client.work()
    await this.#settled()
  }

  /** Nothing is held up any more, and all connections last, until it has been quiet for a while. */
  async finish(): Promise<void> {
    let quiet = 0
    let before = 0
    for (let round = 0; round < ROUNDS_MAX && quiet < QUIET_ROUNDS; round++) {
      for (const client of this.#clients) client.goOn()
      this.#clock.advance(ROUND_MS)
      await this.#settled()
      const { messagesIn, messagesOut, messagesQueued } = this.#broker.stats()
      const isAtRest = this.#clients.every((client) => client.isAtRest) && messagesQueued === 0
      quiet = isAtRest && messagesIn + messagesOut === before ? quiet + 1 : 0
      before = messagesIn + messagesOut
    }
    demand(
      quiet === QUIET_ROUNDS,
      `all that is left to say is said: ${this.#seen.slice(-6).join()}`,
    )
  }

  /** @throws {Error} for a rule that was broken. */
  async settle(): Promise<void> {
    this.#account.settle()
    await this.#demandRest()
    this.#clock.advance(10_000) // Connections that were given up are gone by then.
    this.#demandStats()
    this.#demandRetained()
    const faults = this.#seen.filter((line) => !EXPECTED.test(line))
    demand(faults.length === 0, `the broker does nothing for a fault: ${faults.join(', ')}`)
  }

  #begin(): void {
    const account = this.#account
    const surroundings = { clock: this.#clock, listener: this.#listener, account }
    for (const [index, plan] of this.#scenario.clients.entries()) {
      account.join(`c${index}`, plan.subscriptions)
      this.#clients.push(new PersistentClient(`c${index}`, plan, surroundings))
    }
    for (const client of this.#clients) client.allow(Infinity, Infinity)
    this.#clock.settle()
  }

  #happen(client: PersistentClient, step: Exclude<Step, { do: 'wait' }>): void {
    switch (step.do) {
      case 'publish':
        client.submit(this.#account.published(client.clientId, step.wording))
        break
      case 'settle':
        client.settleOne(step.index)
        break
      case 'cut':
        client.cut()
        break
      case 'leave':
        client.leave()
        break
      case 'take-over':
      case 'resume':
        if (step.do === 'resume' && client.state !== 'closed') break
        client.connect()
        client.allow(step.forth, step.back)
        break
      case 'anew':
        client.connectAnew()
        break
      case 'review':
        void this.#broker.rightsChanged(({ clientId }) => clientId === client.clientId)
        break
      case 'travel':
        client.allow(step.forth, step.back)
        break
    }
  }

  #allow({ type }: Action): true | Promise<true> {
    if (this.#scenario.guard === 'prompt' || type === 'subscribe') return true
    const delay = 50 * ((this.#asked++ * 5) % 8)
    return new Promise((resolve) => void this.#clock.after(delay, () => resolve(true)))
  }

  async #settled(): Promise<void> {
    if (this.#scenario.guard === 'slow') await this.#clock.settled()
    else this.#clock.settle()
  }

  /** Nothing is in flight: who comes back has nothing to say, and is told nothing. */
  async #demandRest(): Promise<void> {
    const heard = this.#clients.map((client) => client.heard)
    const { messagesIn, messagesOut } = this.#broker.stats()
    for (const client of this.#clients) client.connect()
    await this.finish()
    const { messagesIn: inNow, messagesOut: outNow } = this.#broker.stats()
    const isQuiet = this.#clients.every((client, index) => client.heard === heard[index])
    demand(isQuiet && inNow === messagesIn && outNow === messagesOut, 'what is over is over')
  }

  #demandStats(): void {
    const { clients, guard } = this.#scenario
    const subscriptions = clients.flatMap((plan) => plan.subscriptions)
    const shared = subscriptions.filter(({ filter }) => filter.startsWith('$share/'))
    const stats = this.#broker.stats()
    const dropped = { ...stats.messagesDropped, away: 0, 'slow-receiver': 0, 'session-ended': 0 }
    const plain = {
      connections: stats.connections,
      clients: stats.clients,
      sessions: stats.sessions,
      subscriptions: stats.subscriptions,
      sharedSubscriptions: stats.sharedSubscriptions,
      queued: stats.messagesQueued,
      // What a guard had not decided about when its connection was lost comes again.
      refused: guard === 'slow' ? 0 : stats.publishesRefused,
      dropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
    }
    const wanted = {
      connections: clients.length,
      clients: clients.length,
      sessions: clients.length,
      subscriptions: subscriptions.length,
      sharedSubscriptions: shared.length,
      queued: 0,
      refused: 0,
      dropped: 0,
    }
    const got = JSON.stringify(plain)
    demand(got === JSON.stringify(wanted), `the figures say what there is: ${got}`)
  }

  #demandRetained(): void {
    const line = this.#listener.dial({}, () => {})
    line.allow(Infinity, Infinity)
    const late = new Peer(this.#clock, line.near, 5)
    late.send(connect({ clientId: 'late' }))
    late.send(subscribe('#'))
    const texts: string[] = []
    for (const packet of late.take()) {
      if (packet.type !== 'publish') continue
      demand(packet.retain, 'what was retained says so [MQTT-3.3.1-8]')
      texts.push(new TextDecoder().decode(packet.payload))
    }
    this.#account.settleRetained(TOPICS, texts)
  }
}

const ROUND_MS = 100
const ROUNDS_MAX = 600
/** Longer than a guard takes to decide. */
const QUIET_ROUNDS = 5

/** Whom the broker may send away: taken over, taking nothing, too slow to say who it is. */
const EXPECTED = /^(?:connected|dropped|refused|disconnected \w+ 0x(?:00|8e|97|80))/
