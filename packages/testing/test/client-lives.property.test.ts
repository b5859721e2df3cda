// What a client has accepted into a durable outbox is published by a later life of its program,
// wherever the program and its lines break.

import type { Client, Dial, OutboxStore, StoredMessage } from '@godwit/client'
import type { QoS } from '@godwit/codec'
import type { Transport } from '@godwit/transport'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import type { World } from '../src/index.ts'

type Step =
  | { readonly do: 'publish'; readonly qos: QoS }
  | { readonly do: 'cut'; readonly from: 'client' | 'broker'; readonly afterBytes: number }
  | { readonly do: 'unplug' | 'plug' | 'crash' | 'leave' }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'pass'; readonly ms: number }

it.each([4, 5] as const)(
  'what was stored is published in the end, in order, by version %i [MQTT-4.4.0-1]',
  { timeout: 60_000 },
  async (version) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(), { maxLength: 40, size: 'max' }), async (steps) => {
        await using world = await testBroker()
        const program = new Program(world, version)
        for (const one of steps) await program.carryOut(one)
        expect(await program.finish()).toBe(0)
        const firsts = firstsOf(world.broker.messages().map((message) => message.text()))
        expect(firsts).toEqual(program.stored)
      }),
      { numRuns: 100 },
    )
  },
)

/** A program that is started again and again. */
class Program {
  /** The texts of all that were ever in the store, in order. */
  readonly stored: string[] = []
  readonly #disk: StoredMessage[] = []
  readonly #world: World
  readonly #version: 4 | 5
  #client: Client
  #cut: Disposable | undefined
  #kill: () => void = () => {}
  #published = 0

  constructor(world: World, version: 4 | 5) {
    this.#world = world
    this.#version = version
    this.#client = this.#begin()
  }

  async carryOut(step: Step): Promise<void> {
    const world = this.#world
    switch (step.do) {
      case 'publish':
        // Its promise is that of a life that may be over before.
        this.#client.publish('t', String(this.#published++), step).catch(() => {})
        break
      case 'cut':
        if (world.clientIds.includes('c')) this.#cut = world.cut('c', step)
        break
      case 'unplug':
      case 'plug':
        world[step.do]('c')
        break
      case 'crash':
        this.#kill()
        this.#client = this.#begin()
        break
      case 'leave':
        await world.advanceUntil(this.#client.close())
        this.#client = this.#begin()
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

  /** The last life lasts until all is said. Returns how many messages are still in the store. */
  async finish(): Promise<number> {
    this.#cut?.[Symbol.dispose]()
    this.#world.plug('c')
    for (let round = 0; round < 100; round++) await this.#world.advance(1_000)
    this.#kill()
    return this.#disk.length
  }

  #begin(): Client {
    const world = this.#world
    const life = { isOver: false }
    const transports: Transport[] = []
    const dial: Dial = async (url, options) => {
      if (life.isOver) throw new Error('The program is gone')
      const transport = await world.dial(url, options)
      transports.push(transport)
      if (life.isOver) transport.destroy()
      return transport
    }
    this.#kill = () => {
      life.isOver = true
      for (const transport of transports) transport.destroy()
    }
    return world.open({
      clientId: 'c',
      versions: [this.#version],
      cleanStart: false,
      reconnect: { baseMs: 100, capMs: 1_000 },
      outbox: { store: this.#storeOf(life) },
      dial,
    })
  }

  /** A store on a disk that outlives the program, which writes no more when that is gone. */
  #storeOf(life: { readonly isOver: boolean }): OutboxStore {
    const disk = this.#disk
    return {
      load: async () => [...disk],
      append: async (messages) => {
        if (life.isOver) return
        disk.push(...messages)
        for (const { payload } of messages) this.stored.push(new TextDecoder().decode(payload))
      },
      remove: async (sequences) => {
        if (life.isOver) return
        const left = disk.filter(({ sequence }) => !sequences.includes(sequence))
        disk.splice(0, Infinity, ...left)
      },
      close: async () => {},
    }
  }
}

/** Each of these once, where it came first. */
function firstsOf(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)]
}

function step(): fc.Arbitrary<Step> {
  const cut = fc.record({
    do: fc.constant('cut' as const),
    from: fc.constantFrom('client' as const, 'broker' as const),
    afterBytes: fc.nat({ max: 40 }),
  })
  const change = fc.record({
    do: fc.constantFrom('unplug' as const, 'plug' as const, 'plug' as const),
  })
  const end = fc.record({
    do: fc.constantFrom('crash' as const, 'crash' as const, 'leave' as const),
  })
  return fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        do: fc.constant('publish' as const),
        qos: fc.constantFrom<QoS[]>(1, 2, 2),
      }),
    },
    { weight: 3, arbitrary: cut },
    { weight: 2, arbitrary: change },
    { weight: 2, arbitrary: end },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('turns' as const), count: fc.nat(6) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(5_000) }) },
  )
}
