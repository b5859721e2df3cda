// A broker and clients of ours: carries out a scenario, lets everything come to rest, and demands
// what must hold then.

import type { Client, MessageStream } from '@godwit/client'
import type { QoS } from '@godwit/codec'
import { testBroker } from '../src/index.ts'
import type { World } from '../src/index.ts'
import type { Plan, Scenario, Step } from './cut-scenario.ts'

/** Lets it all happen. @throws {Error} for a promise that was broken. */
export async function runScenario(scenario: Scenario): Promise<void> {
  const { limits, segmentBytes, plans, steps } = scenario
  const segment = ({ length }: Uint8Array): readonly number[] =>
    Array<number>(Math.floor(length / segmentBytes)).fill(segmentBytes)
  const brokerLimits = { ...limits, inFlightMaxV3: limits.inFlightMax }
  await using world = await testBroker({ limits: brokerLimits, segment })
  const ledger: Entry[] = []
  const parties: Party[] = []
  for (const [index, plan] of plans.entries()) {
    parties.push(await Party.join(world, `c${index}`, plan, ledger))
  }
  for (const step of steps) await carryOut(step, world, parties)
  for (const party of parties) party.mend()
  const isAtRest = (): boolean => parties.every((party) => party.isAtRest)
  for (let round = 0; round < ROUNDS_MAX && !isAtRest(); round++) await world.advance(1_000)
  await world.advance(10_000)
  demand(
    isAtRest(),
    `everything comes to rest: ${parties.map((party) => party.inWords).join('; ')}`,
  )
  for (const party of parties) party.settle()
}

async function carryOut(step: Step, world: World, parties: readonly Party[]): Promise<void> {
  if (step.do === 'pass') await world.advance(step.ms)
  else if (step.do === 'turns') {
    for (let turn = 0; turn < step.count; turn++) {
      await new Promise((resolve) => void setImmediate(resolve))
    }
  } else parties[step.client]?.happen(step)
}

/** A message, and what has become of it. */
interface Entry {
  readonly number: number
  readonly publisher: string
  readonly topic: string
  readonly qos: QoS
  outcome: 'pending' | 'published' | 'failed'
}

/** A client, and the program that has it. */
class Party {
  readonly #world: World
  readonly #name: string
  readonly #client: Client
  readonly #plan: Plan
  readonly #ledger: Entry[]
  readonly #arrived: number[] = []
  readonly #failures: unknown[] = []
  readonly #cuts: Disposable[] = []
  /** How many messages the program still takes. */
  #appetite = 0
  #hungry: (() => void) | undefined

  private constructor(
    world: World,
    client: Client,
    plan: Plan,
    ledger: Entry[],
    stream: MessageStream,
  ) {
    this.#world = world
    this.#name = client.clientId
    this.#client = client
    this.#plan = plan
    this.#ledger = ledger
    void this.#read(stream).catch((error: unknown) => this.#failures.push(error))
  }

  /** Connects, and subscribes. */
  static async join(world: World, clientId: string, plan: Plan, ledger: Entry[]): Promise<Party> {
    const { version, qos, messagesMax, ...limits } = plan
    const client = await world.connect({
      clientId,
      versions: [version],
      // Before MQTT 5.0 only such a session outlives its connection.
      cleanStart: version === 5,
      sessionExpirySeconds: 0xffff_ffff,
      reconnect: { baseMs: 100, capMs: 2_000 },
      limits: { ...limits, inFlightMaxV3: limits.inFlightMax },
    })
    const stream = await client.subscribe('t/#', { qos, messagesMax })
    return new Party(world, client, plan, ledger, stream)
  }

  happen(step: Exclude<Step, { do: 'pass' | 'turns' }>): void {
    const world = this.#world
    const isConnected = world.clientIds.includes(this.#name)
    switch (step.do) {
      case 'publish':
        this.#publish(step)
        break
      case 'read':
        this.#appetite += step.count
        this.#hungry?.()
        break
      case 'cut':
        if (isConnected) this.#cuts.push(world.cut(this.#name, step))
        break
      case 'unplug':
      case 'plug':
        world[step.do](this.#name)
        break
      case 'freeze':
      case 'thaw':
        if (isConnected) world[step.do](this.#name)
        break
    }
  }

  /** Nothing is in its way any more. */
  mend(): void {
    for (const cut of this.#cuts) cut[Symbol.dispose]()
    this.#world.plug(this.#name)
    if (this.#world.clientIds.includes(this.#name)) this.#world.thaw(this.#name)
    this.#appetite = Infinity
    this.#hungry?.()
  }

  get isAtRest(): boolean {
    return this.#missing.length === 0 && this.#client.status.state === 'connected'
  }

  get inWords(): string {
    const { state } = this.#client.status
    return `${this.#name} is ${state} and lacks ${this.#missing.join()} ${this.#failures.join()}`
  }

  /** @throws {Error} for a promise that was broken. */
  settle(): void {
    demand(this.#failures.length === 0, `nothing fails: ${String(this.#failures[0])}`)
    const highest = new Map<string, number>()
    const seen = new Set<number>()
    for (const number of this.#arrived) {
      const entry = this.#ledger[number]
      demand(entry !== undefined, `${number} was published`)
      const { publisher, topic, qos } = entry
      const granted = Math.min(qos, this.#plan.qos)
      demand(granted === 1 || qos === 1 || !seen.has(number), `${number} at QoS ${qos} comes once`)
      if (seen.has(number)) continue
      seen.add(number)
      const stream = `${publisher} ${topic} ${qos}`
      const former = highest.get(stream) ?? -1
      demand(number > former, `${number} comes to ${this.#name} before ${former}`)
      highest.set(stream, number)
    }
  }

  /** What it published that is not over, and what has not come to it. */
  get #missing(): readonly string[] {
    const arrived = new Set(this.#arrived)
    return this.#ledger.flatMap(({ number, publisher, qos, outcome }) => {
      if (publisher === this.#name && outcome !== 'published') return [`${number} ${outcome}`]
      return qos > 0 && !arrived.has(number) ? [`${number} at QoS ${qos}`] : []
    })
  }

  #publish({ topic, qos, padding }: Extract<Step, { do: 'publish' }>): void {
    const number = this.#ledger.length
    const entry: Entry = { number, publisher: this.#name, topic, qos, outcome: 'pending' }
    this.#ledger.push(entry)
    this.#client.publish(topic, `${number} ${'.'.repeat(padding)}`, { qos }).then(
      () => (entry.outcome = 'published'),
      (error: unknown) => {
        entry.outcome = 'failed'
        this.#failures.push(error)
      },
    )
  }

  async #read(stream: MessageStream): Promise<void> {
    await this.#appetiteFor()
    for await (const message of stream) {
      this.#arrived.push(Number.parseInt(message.text(), 10))
      this.#appetite--
      await this.#appetiteFor()
    }
  }

  async #appetiteFor(): Promise<void> {
    while (this.#appetite === 0) {
      await new Promise<void>((resolve) => {
        this.#hungry = resolve
      })
    }
  }
}

const ROUNDS_MAX = 300

function demand(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${promise}`)
}
