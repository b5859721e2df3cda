/** The world: a broker, its clients, the lines between them, and time. */
import { connect, open } from '@godwit/client'
import type { Client, ConnectOptions, Dial } from '@godwit/client'
import type { PacketType } from '@godwit/codec'
import type { Clock, Listener } from '@godwit/transport'
import { MemoryListener } from '@godwit/transport/testing'
import type { MemoryOptions } from '@godwit/transport/testing'
import { TcpListener } from '@godwit/transport/node'
import { LineListener } from './line-listener.ts'
import { Lines } from './lines.ts'
import { randomFrom } from './random.ts'
import type { Sender, WirePacket } from './wire-packet.ts'
import { WorldBroker } from './world-broker.ts'
import type { WorldBrokerOptions } from './world-broker.ts'
import { WorldClock } from './world-clock.ts'

/** What a test may choose. */
export interface WorldOptions extends WorldBrokerOptions {
  /** A port of 127.0.0.1 to listen at besides, 0 for any: for code that takes a URL only. */
  readonly port?: number
  /** Cuts what is written into segments, such as `byteByByte` of `@godwit/transport/testing`. */
  readonly segment?: NonNullable<MemoryOptions['segment']>
  /** Of everything that is left to chance; 1 if absent. */
  readonly seed?: number
}

/** Which end of the line is meant; both if absent. */
export interface SideOptions {
  readonly from?: Sender
}

/** Where in the stream of bytes a line breaks. */
export interface CutOptions {
  /** When so many more bytes have passed: at once if absent. */
  readonly afterBytes?: number
  /** Whose bytes are counted; the client's if absent. */
  readonly from?: Sender
}

/** Which packets are lost. */
export interface DropOptions extends SideOptions {
  /** How many; 1 if absent. */
  readonly times?: number
}

/** How far to move time. */
export interface AdvanceOptions {
  /** Milliseconds of the world's clock; an hour if absent. */
  readonly withinMs?: number
}

/**
 * A broker and clients in one process. Everything happens by itself, as fast as promises can go on;
 * only time stands still until it is told to advance.
 */
export class World implements AsyncDisposable {
  /** For code under test that connects by itself: a real address only with `port`. */
  readonly url: string
  /** Where time comes from, for code under test. */
  readonly clock: Clock
  /** The broker, and what it took. */
  readonly broker: WorldBroker
  readonly #clock: WorldClock
  readonly #lines: Lines
  readonly #listener: MemoryListener
  readonly #random: () => number
  readonly #clients = new Set<Client>()
  readonly #port: number | undefined
  #names = 0
  #closing: Promise<void> | undefined

  private constructor(parts: Parts, urls: readonly string[]) {
    const [, url = 'mqtt://broker.test'] = urls
    this.url = url
    this.clock = parts.clock
    this.broker = parts.broker
    this.#clock = parts.clock
    this.#lines = parts.lines
    this.#listener = parts.listener
    this.#random = parts.random
    this.#port = urls.length > 1 ? Number(new URL(url).port) : undefined
  }

  /** See `testBroker`. */
  static async open({ port, segment, seed = 1, ...options }: WorldOptions): Promise<World> {
    const clock = new WorldClock()
    const lines = new Lines(clock)
    const listener = new MemoryListener(clock, segment === undefined ? {} : { segment })
    const broker = new WorldBroker(clock, { seed, ...options })
    const urls = await broker.start(listenersOf(listener, port, lines))
    return new World({ clock, lines, listener, broker, random: randomFrom(seed) }, urls)
  }

  /** Milliseconds of the world's clock. */
  get now(): number {
    return this.#clock.now()
  }

  /** Makes a connection to the broker, for code under test: the option `dial` of a client. */
  readonly dial: Dial = async (_url, { signal }) => {
    signal.throwIfAborted()
    if (this.#lines.isDown) throw new Error('The network is down: world.plug() mends it')
    return this.#listener.dial()
  }

  /** Connects a client, which is called `client-1`, `client-2` ... if it has no name. */
  async connect(options: ConnectOptions = {}): Promise<Client> {
    const client = await connect(this.url, this.#optionsWith(options))
    this.#clients.add(client)
    return client
  }

  /** Opens a client that connects in the background. */
  open(options: ConnectOptions = {}): Client {
    const client = open(this.url, this.#optionsWith(options))
    this.#clients.add(client)
    return client
  }

  /**
   * Resolves when nothing is under way. Sockets and files are not waited for.
   * @throws {Error} if the world does not come to rest.
   */
  settled(): Promise<void> {
    return this.#clock.settled()
  }

  /** Moves time on, and lets happen what is due, in order. @throws {RangeError} below 0 ms. */
  async advance(ms: number): Promise<void> {
    await this.#clock.pass(ms)
  }

  /**
   * Moves time on, from one thing that is due to the next, until the promise is settled, and gives
   * what it gives. @throws {Error} if it is not after `withinMs`.
   */
  async advanceUntil<T>(
    promise: Promise<T>,
    { withinMs = WITHIN_MS }: AdvanceOptions = {},
  ): Promise<T> {
    let isOver = false
    const over = (): void => {
      isOver = true
    }
    promise.then(over, over)
    if (await this.#clock.passUntil(() => isOver, withinMs)) return promise
    throw new Error(`It has not happened in ${withinMs} ms of the world's time`)
  }

  /**
   * Breaks the line of a client: both ends are told at once, and what is under way is lost. The
   * client may connect again. What is still to come can be disposed of.
   * @throws {Error} if it is not connected.
   */
  cut(clientId: string, { afterBytes = 0, from = 'client' }: CutOptions = {}): Disposable {
    return this.#lines.of(clientId).cutAfter(from, afterBytes)
  }

  /**
   * The line of a client goes still: what its ends say waits, and neither is told. With `from` only
   * one of them is not heard: with `broker`, the client reads nothing.
   * @throws {Error} if it is not connected.
   */
  freeze(clientId: string, { from }: SideOptions = {}): void {
    const line = this.#lines.of(clientId)
    for (const side of sidesOf(from)) line.freeze(side)
  }

  /** The line goes on, first with what has waited. @throws {Error} if it is not connected. */
  thaw(clientId: string, { from }: SideOptions = {}): void {
    const line = this.#lines.of(clientId)
    for (const side of sidesOf(from)) line.thaw(side)
  }

  /**
   * The next packet of a type, or the next one that a function chooses, is lost on its way from or
   * to a client, on whichever connection that is. Disposing of the result ends it.
   */
  drop(
    clientId: string,
    what: PacketType | ((packet: WirePacket) => boolean),
    { from, times = 1 }: DropOptions = {},
  ): Disposable {
    const isMeant = typeof what === 'string' ? ({ type }: WirePacket) => type === what : what
    const matches = (packet: WirePacket): boolean =>
      (from === undefined || packet.from === from) && isMeant(packet)
    return this.#lines.lose({ clientId, matches, left: times })
  }

  /** Cuts the line of a client, and all that it dials, until it is plugged in; of all if absent. */
  unplug(clientId?: string): void {
    this.#lines.unplug(clientId)
  }

  /** Ends `unplug`: of one client, or of all. */
  plug(clientId?: string): void {
    this.#lines.plug(clientId)
  }

  /** Who is connected. */
  get clientIds(): readonly string[] {
    return this.#lines.clientIds
  }

  /** What went over the wire from and to a client, the oldest first; only of a type if given. */
  packets<T extends PacketType = PacketType>(clientId: string, type?: T): readonly WirePacket<T>[] {
    return this.#lines.packets(clientId, type)
  }

  /** The broker crashes, forgets everything, and is there again. All lines are cut. */
  async restart(): Promise<void> {
    const retired = this.broker.retire()
    this.#lines.cutAll()
    await retired.close()
    await this.broker.start(listenersOf(this.#listener, this.#port, this.#lines))
  }

  /**
   * Lets arrive what is under way, then cuts all lines and closes everything, clients made by
   * others excepted. Every call gets the same promise.
   * @throws {AggregateError} of faults that the broker reported, which are bugs.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  /** @see close */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    // Nobody is cut off for nothing; but some talk without end.
    await this.#clock.settledWithin(CLOSING_ROUNDS)
    this.#lines.cutAll()
    await Promise.all([...this.#clients].map((client) => client.close()))
    await this.broker.close()
  }

  #optionsWith(options: ConnectOptions): ConnectOptions {
    const { dial, clock } = this
    const clientId = options.clientId ?? `client-${++this.#names}`
    return { dial, clock, random: this.#random, ...options, clientId }
  }
}

const WITHIN_MS = 3_600_000
const CLOSING_ROUNDS = 1_000

interface Parts {
  readonly clock: WorldClock
  readonly lines: Lines
  readonly listener: MemoryListener
  readonly broker: WorldBroker
  readonly random: () => number
}

function listenersOf(
  memory: MemoryListener,
  port: number | undefined,
  lines: Lines,
): readonly Listener[] {
  const real = port === undefined ? [] : [new TcpListener({ host: '127.0.0.1', port })]
  return [memory, ...real].map((listener) => new LineListener(listener, lines))
}

function sidesOf(from: Sender | undefined): readonly Sender[] {
  return from === undefined ? ['client', 'broker'] : [from]
}
