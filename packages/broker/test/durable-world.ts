// A broker with a store in memory, which can be killed and started again.

import { MemoryEngine, MemoryStorage } from '@godwit/store'
import type { MemoryEngineOptions, Survivors } from '@godwit/store'
import { setImmediate } from 'node:timers/promises'
import { connect, openWorld } from './peer.ts'
import type { Peer, World } from './peer.ts'
import type { BrokerLimits, BrokerOptions } from '../src/index.ts'
import type { ConnectPacket, Packet } from '@godwit/codec'

/** What a durable world can be told. */
export type DurableOptions = Partial<Omit<BrokerOptions, 'limits' | 'store'>> & {
  readonly limits?: Partial<BrokerLimits>
  readonly engine?: MemoryEngineOptions
}

/** One broker after the other on the same storage. */
export class DurableWorld {
  readonly storage: MemoryStorage = new MemoryStorage()
  readonly #options: DurableOptions
  /** Milliseconds since 1970 at the beginning of the present life. */
  #began = 1_000_000_000_000
  #world: World | undefined
  #engine: MemoryEngine | undefined

  private constructor(options: DurableOptions) {
    this.#options = options
  }

  /** Starts the first. */
  static async open(options: DurableOptions = {}): Promise<DurableWorld> {
    const world = new DurableWorld(options)
    await world.start()
    return world
  }

  /** The broker of the present life, and what surrounds it. */
  get now(): World {
    if (this.#world === undefined) throw new Error('It is not started')
    return this.#world
  }

  /** Lets everything happen that is due: what waits for the store included. */
  async settle(): Promise<void> {
    for (let round = 0; round < 8; round++) {
      this.now.clock.settle()
      await setImmediate()
    }
    this.now.clock.settle()
  }

  /** Sends packets, lets everything happen, and returns what came back. */
  async say(peer: Peer, ...packets: readonly Packet[]): Promise<readonly Packet[]> {
    if (packets.length > 0) peer.send(...packets)
    await this.settle()
    return peer.take()
  }

  /** Connects, and returns all that comes, CONNACK first. */
  async client(
    clientId: string,
    fields: Partial<ConnectPacket> = {},
  ): Promise<{ peer: Peer; taken: readonly Packet[] }> {
    const peer = this.now.dial(fields.version)
    return { peer, taken: await this.say(peer, connect({ clientId, ...fields })) }
  }

  /** The process is killed: what was not synced may survive in part. Starts the next one. */
  async crash(survivors: Survivors = {}, awayMs = 0): Promise<void> {
    this.#began += this.now.clock.now() + awayMs
    this.storage.crash(survivors)
    await this.start()
  }

  /** The broker is closed in order, and the next one started. */
  async restart(awayMs = 0): Promise<void> {
    const { broker, clock } = this.now
    const closed = broker.close()
    for (let round = 0; round < 20; round++) {
      clock.settle()
      await setImmediate()
    }
    clock.advance(10_000)
    await closed
    await this.#engine?.close()
    this.#began += clock.now() + awayMs
    await this.start()
  }

  /** Starts a broker on what the storage holds. */
  async start(): Promise<void> {
    const { engine: engineOptions, ...options } = this.#options
    const engine = await MemoryEngine.open(this.storage, engineOptions)
    const began = this.#began
    let clock: { now(): number } = { now: () => 0 }
    const timeOfDay = (): number => began + clock.now()
    this.#engine = engine
    this.#world = await openWorld({
      systemTopicsEveryMs: 0,
      ...options,
      store: { engine, timeOfDay },
    })
    clock = this.#world.clock
  }
}
