// A broker that is killed and started again, and its clients: carries out a plan, and then looks
// whether everybody has what was promised.

import { DurableWorld } from './durable-world.ts'
import { CrashAccount } from './durable-crash-account.ts'
import { CrashClient } from './durable-crash-client.ts'
import { FILTERS, TOPICS, WINDOW_V3 } from './durable-crash-plan.ts'
import type { Step, WorldPlan } from './durable-crash-plan.ts'
import { publish, subscribe } from './peer.ts'

/** Longer than all Will Delay Intervals. */
const LONG_MS = 40_000
/** In how many rounds everything comes to an end. */
const ROUNDS_MAX = 200
/** How long `DurableWorld.restart` waits. */
const CLOSING_MS = 10_000

/** Carries out a plan. @throws {Error} that says which rule is broken, and what was said. */
export async function runCrashes(plan: WorldPlan): Promise<void> {
  const world = await DurableWorld.open({
    engine: plan.engine,
    limits: { inFlightMaxV3: WINDOW_V3, receiveMaximum: 20 },
    newClientId: () => 'nobody',
    seed: 1,
  })
  const run = new CrashRun(plan, world)
  try {
    await run.carryOut()
  } finally {
    // Nothing goes on behind the test.
    world.storage.crash()
  }
}

/** One run of a plan. */
class CrashRun {
  readonly #plan: WorldPlan
  readonly #world: DurableWorld
  readonly #account: CrashAccount
  readonly #clients: readonly CrashClient[]
  /** When the present life began. */
  #beganAt = 0
  /** The engine does nothing. */
  #isStopped = false

  constructor(plan: WorldPlan, world: DurableWorld) {
    this.#plan = plan
    this.#world = world
    this.#account = new CrashAccount(plan)
    this.#clients = plan.clients.map(
      (client) =>
        new CrashClient(client, {
          account: this.#account,
          now: () => this.#now,
          dial: () => world.now.listener.dial(),
        }),
    )
  }

  async carryOut(): Promise<void> {
    for (const client of this.#plan.isBegun ? this.#clients : this.#clients.slice(0, 1)) {
      client.connect()
    }
    await this.#settle()
    for (const step of this.#plan.steps) {
      this.#account.note(`-- ${JSON.stringify(step)}`)
      try {
        await this.#do(step)
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('Broken')) throw error
        this.#account.demand(false, `it does not throw ${String(error)}`)
      }
    }
    this.#account.note('-- the end')
    await this.#end()
    this.#account.settle()
    await this.#crash({ do: 'crash', units: 0, parts: 0, awayMs: 0 })
    await this.#drain()
    await this.#settleRetained()
    await this.#settleSubscriptions()
    await this.#settleStore()
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'hold':
        return this.#hold()
      case 'release':
        return this.#release(step.groups)
      case 'turns':
        return this.#turns(step.turns)
      case 'settle':
        return this.#settle()
      case 'wait':
        return this.#wait(step.ms)
      case 'crash':
        return this.#crash(step)
      case 'restart':
        return this.#restart(step.awayMs)
      case 'publish':
      case 'connect':
      case 'cut':
      case 'leave':
      case 'clean':
      case 'freeze':
      case 'subscribe':
      case 'unsubscribe':
      case 'acknowledge':
        this.#say(step)
    }
  }

  #say(
    step: Exclude<Step, { do: 'hold' | 'release' | 'turns' | 'settle' | 'wait' | 'crash' }>,
  ): void {
    if (step.do === 'restart') return
    const client = this.#clients[step.who]
    if (client === undefined) return
    if (step.do === 'publish') {
      const { qos, retain, empty } = step
      const topic = TOPICS[step.topic] ?? ''
      const said = { topic, qos, retain, isEmpty: retain && empty }
      for (let count = 0; count < step.count; count++) client.publish(said)
    } else if (step.do === 'acknowledge') client.acknowledge(step.count)
    else if (step.do === 'subscribe' || step.do === 'unsubscribe') {
      const filter = FILTERS[step.filter]
      const isFixed = client.plan.filters.some((one) => one.filter === filter?.filter)
      if (filter === undefined || isFixed) return
      if (filter.noLocal && client.plan.version !== 5) return
      if (step.do === 'subscribe') client.subscribe(filter)
      else client.unsubscribe(filter.filter)
    } else client[step.do]()
  }

  get #now(): number {
    return this.#beganAt + this.#world.now.clock.now()
  }

  async #settle(): Promise<void> {
    await this.#world.now.clock.settled()
    if (this.#isStopped) return
    for (const client of this.#clients) client.settled()
  }

  async #turns(turns: number): Promise<void> {
    const { clock } = this.#world.now
    for (let turn = 0; turn < turns; turn++) {
      clock.turn()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async #hold(): Promise<void> {
    if (this.#isStopped) return
    await this.#settle()
    this.#world.storage.faults.hold()
    this.#isStopped = true
    this.#account.isHeld = true
  }

  async #release(groups: number): Promise<void> {
    if (!this.#isStopped) return
    this.#account.isHeld = false
    this.#isStopped = groups < 1000
    this.#world.storage.faults.release(groups < 1000 ? groups : Infinity)
    await new Promise((resolve) => setImmediate(resolve))
  }

  async #wait(ms: number): Promise<void> {
    const { clock } = this.#world.now
    await this.#settle()
    for (let left = ms; left > 0; left -= STEP_MS) {
      clock.advance(Math.min(left, STEP_MS))
      await this.#settle()
    }
  }

  async #crash({ units, parts, awayMs }: Extract<Step, { do: 'crash' }>): Promise<void> {
    this.#see()
    const { now } = this.#world
    const at = now.clock.now()
    await this.#world.crash({ units, parts }, awayMs)
    this.#account.isHeld = false
    this.#account.wasTorn ||= units + parts > 0
    this.#isStopped = false
    this.#account.note('== killed and started again')
    for (const client of this.#clients) client.crashed()
    this.#beganAt += at + awayMs
  }

  async #restart(awayMs: number): Promise<void> {
    await this.#release(1000)
    await this.#settle()
    this.#see()
    const { clock } = this.#world.now
    await this.#world.restart(awayMs)
    this.#account.note('== closed and started again')
    for (const client of this.#clients) client.cut()
    this.#account.demand(clock.now() >= CLOSING_MS, 'closing takes its time')
    this.#beganAt += clock.now() + awayMs
  }

  /** What the observers of the present life saw. */
  #see(): void {
    const bad = this.#world.now.seen.filter((line) =>
      /fault|failed|store full|backlog|not-in/.test(line),
    )
    this.#account.demand(bad.length === 0, `the broker saw ${bad.join(', ')}`)
  }

  /** Lets everything come to its end. */
  async #end(): Promise<void> {
    await this.#release(1000)
    await this.#wait(LONG_MS)
    for (const client of this.#clients) client.waited()
    for (const client of this.#clients) client.connect()
    await this.#drain()
    this.#see()
  }

  async #drain(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      await this.#settle()
      for (const client of this.#clients) {
        if (!client.isIn) client.connect()
        client.acknowledge(1000)
      }
      await this.#settle()
      if (this.#clients.every(({ isDone }) => isDone)) break
    }
    await this.#wait(3000)
    for (const client of this.#clients)
      this.#account.demand(client.isDone, `it ends: ${client.rest}`)
    const { messagesQueued, store } = this.#world.now.broker.stats()
    this.#account.demand(messagesQueued === 0, `nothing waits, got ${messagesQueued}`)
    this.#account.demand(store?.messages === 0, `the log is empty, got ${store?.messages}`)
  }

  async #settleRetained(): Promise<void> {
    const peer = this.#world.now.client('late')
    await this.#settle()
    peer.take()
    peer.send(subscribe('#'))
    await this.#settle()
    const found = new Map<string, string>()
    for (const packet of peer.take()) {
      if (packet.type === 'publish')
        found.set(packet.topic, new TextDecoder().decode(packet.payload))
    }
    peer.transport.cut()
    await this.#settle()
    this.#account.settleRetained(found, TOPICS)
  }

  /** What everybody is subscribed to is seen from what comes. */
  async #settleSubscriptions(): Promise<void> {
    const peer = this.#world.now.client('probe')
    await this.#settle()
    const isHere = this.#account.trace.length
    for (const topic of TOPICS) {
      const { number } = this.#account.say({
        publisher: 'probe',
        topic,
        qos: 2,
        retain: false,
        isEmpty: false,
        will: undefined,
      })
      this.#account.note(`probe > ${number} on ${topic}`)
      peer.send(publish(topic, `${number}`, { qos: 2, packetId: 1 + number }))
      await this.#settle()
      const said = this.#account.said[number]
      const [answer] = peer.take()
      this.#account.demand(answer?.type === 'pubrec', 'the probe is taken')
      if (said !== undefined) this.#account.acknowledged(said)
    }
    await this.#drain()
    this.#account.demand(this.#account.trace.length > isHere, 'it was written')
    this.#account.settle()
  }

  /** Once all is over, nothing is left that a next life would take up. */
  async #settleStore(): Promise<void> {
    await this.#crash({ do: 'crash', units: 0, parts: 0, awayMs: 0 })
    await this.#settle()
    const { messagesQueued, store } = this.#world.now.broker.stats()
    this.#account.demand(messagesQueued === 0, `nothing waits afterwards, got ${messagesQueued}`)
    this.#account.demand(store?.messages === 0, `the log stays empty, got ${store?.messages}`)
    this.#see()
  }
}

const STEP_MS = 500
