// What a client wants to be sent and what the broker knows of it come to agree, whatever happens on
// the way: subscribing and leaving, with and without a connection, lost answers, lost sessions.

import type { Client, MessageStream } from '@godwit/client'
import type { ProtocolVersion, QoS } from '@godwit/codec'
import { matches } from '@godwit/topic'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import type { World } from '../src/index.ts'

const FILTERS = ['a', 'a/#', '+', 'b', 'a/b', '$share/g/s/x'] as const
// A copy for a group is one of its own: only for s/x are there any.
const TOPICS = ['a', 'a/b', 'b', 'c', 's/x'] as const

type Step =
  | { readonly do: 'subscribe'; readonly filters: readonly string[]; readonly qos: QoS }
  | { readonly do: 'leave'; readonly index: number }
  | { readonly do: 'cut'; readonly from: 'client' | 'broker'; readonly afterBytes: number }
  | { readonly do: 'unplug' | 'plug' | 'restart' }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }

it.each([3, 4, 5] as const)(
  'a client of version %i has the subscriptions that its program wants',
  { timeout: 60_000 },
  async (version) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 40, size: 'max' }), async (steps) => {
        const { wanted, known, got, expected } = await play(version, steps)
        expect(known).toBe(wanted)
        expect(got).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  },
)

interface Outcome {
  /** How many filters the program wants, and the broker knows. */
  readonly wanted: number
  readonly known: number
  /** Which topics come to each stream in the end. */
  readonly got: readonly (readonly string[])[]
  readonly expected: readonly (readonly string[])[]
}

async function play(version: ProtocolVersion, steps: readonly Step[]): Promise<Outcome> {
  await using world = await testBroker()
  const reconnect = { baseMs: 100, capMs: 1_000 }
  await using client = await world.connect({ clientId: 'c', versions: [version], reconnect })
  const reader = new Reader(world, client)
  for (const one of steps) await reader.carryOut(one)
  reader.mend()
  await world.advance(120_000)
  return await reader.outcome()
}

/** The program of the client. */
class Reader {
  readonly #world: World
  readonly #client: Client
  readonly #wanted: { filters: readonly string[]; stream: Promise<MessageStream> }[] = []
  readonly #arrived = new Map<MessageStream, string[]>()
  readonly #cuts: Disposable[] = []

  constructor(world: World, client: Client) {
    this.#world = world
    this.#client = client
  }

  async carryOut(step: Step): Promise<void> {
    const world = this.#world
    switch (step.do) {
      case 'subscribe':
        this.#subscribe(step)
        break
      case 'leave':
        // It may not have been granted yet.
        for (const { stream } of this.#wanted.splice(step.index, 1)) {
          void stream.then((granted) => granted.close())
        }
        break
      case 'cut':
        if (world.clientIds.includes('c')) this.#cuts.push(world.cut('c', step))
        break
      case 'unplug':
      case 'plug':
        world[step.do]('c')
        break
      case 'restart':
        await world.restart()
        break
      case 'turns':
        for (let turn = 0; turn < step.count; turn++) {
          await new Promise((resolve) => void setImmediate(resolve))
        }
        break
      case 'pass':
        await world.advance(step.ms)
        break
    }
  }

  /** Nothing more goes wrong. */
  mend(): void {
    for (const cut of this.#cuts) cut[Symbol.dispose]()
    this.#world.plug('c')
  }

  async outcome(): Promise<Outcome> {
    const known = this.#world.broker.stats().subscriptions
    const wanted = new Set(this.#wanted.flatMap(({ filters }) => filters)).size
    const lists = await Promise.all(
      this.#wanted.map(async ({ stream }) => this.#arrived.get(await stream)),
    )
    for (const list of lists) list?.splice(0)
    for (const topic of TOPICS) this.#world.broker.publish(topic, '', { qos: 1 })
    await this.#world.settled()
    const expected = this.#wanted.map(({ filters }) =>
      TOPICS.filter((topic) => filters.some((filter) => isFor(filter, topic))),
    )
    return { wanted, known, got: lists.map((list) => list ?? []), expected }
  }

  #subscribe({ filters, qos }: Extract<Step, { do: 'subscribe' }>): void {
    const stream = this.#client.subscribe(filters, { qos })
    this.#wanted.push({ filters, stream })
    void stream.then((granted) => this.#read(granted))
  }

  async #read(stream: MessageStream): Promise<void> {
    const list: string[] = []
    this.#arrived.set(stream, list)
    for await (const { topic } of stream) list.push(topic)
  }
}

function isFor(filter: string, topic: string): boolean {
  return matches(filter.replace('$share/g/', ''), topic)
}

function step(): fc.Arbitrary<Step> {
  const subscribe = fc.record({
    do: fc.constant('subscribe' as const),
    filters: fc.uniqueArray(fc.constantFrom(...FILTERS), { minLength: 1, maxLength: 3 }),
    qos: fc.constantFrom<QoS[]>(0, 1, 2),
  })
  const cut = fc.record({
    do: fc.constant('cut' as const),
    from: fc.constantFrom('client' as const, 'broker' as const),
    afterBytes: fc.nat({ max: 40 }),
  })
  const change = fc.record({ do: fc.constantFrom('unplug', 'plug', 'plug', 'restart') })
  return fc.oneof(
    { weight: 8, arbitrary: subscribe },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('leave' as const), index: fc.nat(4) }) },
    { weight: 4, arbitrary: cut },
    { weight: 2, arbitrary: change },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat(6) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(5_000) }) },
  )
}
