// A client and its scripted server in virtual time, for the tests of connecting, staying connected
// and leaving. It counts the timers that wait, so that a test can ask for none.

import type { Clock } from '@godwit/transport'
import { VirtualClock } from '@godwit/transport/testing'
import type { Client } from '../src/client.ts'
import { connect, open } from '../src/index.ts'
import type { ConnectOptions } from '../src/options.ts'
import type { ConnectionStatus } from '../src/status.ts'
import { ScriptedServer } from './scripted-server.ts'
import type { Script } from './scripted-server.ts'

/** Virtual time for one client, which may have its timers held back, as a sleeping tab has. */
export class WatchedClock implements Clock {
  readonly virtual: VirtualClock = new VirtualClock()
  /** How many timers there were so far. */
  armed = 0
  readonly #armed = new Set<object>()
  readonly #late: (() => void)[] = []
  #isAsleep = false

  /** How many timers wait. */
  get waiting(): number {
    return this.#armed.size
  }

  now(): number {
    return this.virtual.now()
  }

  defer(handler: () => void): void {
    this.virtual.defer(handler)
  }

  tick(everyMs: number, handler: () => void): Disposable {
    return this.#watched((ring) => this.virtual.tick(everyMs, ring), handler, false)
  }

  after(ms: number, handler: () => void): Disposable {
    return this.#watched((ring) => this.virtual.after(ms, ring), handler, true)
  }

  /** Lets time pass, and what follows from it happen, step by step. */
  async pass(ms: number, stepMs: number = ms): Promise<void> {
    await this.virtual.settled()
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.virtual.advance(Math.min(stepMs, ms - passed))
      await this.virtual.settled()
    }
  }

  /** Time passes, and no timer rings before the end of it. */
  async sleep(ms: number): Promise<void> {
    await this.doze(ms)
    for (const ring of this.#late.splice(0)) ring()
    await this.virtual.settled()
  }

  /** Time passes, and no timer rings that was set before it. */
  async doze(ms: number): Promise<void> {
    this.#isAsleep = true
    await this.pass(ms)
    this.#isAsleep = false
  }

  #watched(
    arm: (ring: () => void) => Disposable,
    handler: () => void,
    isOnce: boolean,
  ): Disposable {
    const entry = {}
    let isDisposed = false
    const ring = (): void => {
      if (isDisposed) return
      if (this.#isAsleep) {
        this.#late.push(ring)
        return
      }
      if (isOnce) this.#armed.delete(entry)
      handler()
    }
    this.#armed.add(entry)
    this.armed++
    const timer = arm(ring)
    return {
      [Symbol.dispose]: () => {
        isDisposed = true
        this.#armed.delete(entry)
        timer[Symbol.dispose]()
      },
    }
  }
}

/** Where tests take place. */
export class CoreWorld {
  readonly clock: WatchedClock = new WatchedClock()
  readonly server: ScriptedServer
  /** Where the last client stood, one after the other. */
  readonly statuses: ConnectionStatus[] = []

  constructor(script: Script = {}) {
    this.server = new ScriptedServer(this.clock.virtual, script)
  }

  /** Opens a client and lets it do what it can without time passing. */
  async open(options: ConnectOptions = {}, url = 'mqtt://server'): Promise<Client> {
    const client = open(url, this.#completed(options))
    void this.#watch(client)
    await this.clock.virtual.settled()
    return client
  }

  /** Connects, without time passing. */
  connect(options: ConnectOptions = {}, url = 'mqtt://server'): Promise<Outcome<Client>> {
    return this.outcome(connect(url, this.#completed(options)))
  }

  /** What becomes of a promise: as far as it came to without time passing, and then further. */
  async outcome<T>(promise: Promise<T>): Promise<Outcome<T>> {
    const outcome: Outcome<T> = { state: 'pending' }
    promise.then(
      (value) => Object.assign(outcome, { state: 'resolved', value }),
      (error: unknown) => Object.assign(outcome, { state: 'rejected', error }),
    )
    await this.clock.virtual.settled()
    return outcome
  }

  /** The states that were seen, by name. */
  get states(): readonly string[] {
    return this.statuses.map(({ state }) => state)
  }

  #completed(options: ConnectOptions): ConnectOptions {
    const { clock } = this
    return { clock, dial: this.server.dial, random: () => 0.5, clientId: 'tester', ...options }
  }

  async #watch(client: Client): Promise<void> {
    for await (const status of client.statusChanges()) this.statuses.push(status)
  }
}

/** What a promise has come to. */
export interface Outcome<T> {
  readonly state: 'pending' | 'resolved' | 'rejected'
  readonly value?: T
  readonly error?: unknown
}
