// A client at the mercy of a server, in virtual time, and what came of it. Whatever the server
// does, three things are to hold: the client says what went wrong, it goes on when the server
// behaves, and it can be closed. `recovery` and `ending` tell.

import { VirtualClock } from '@godwit/transport/testing'
import { afterEach, beforeEach, expect } from 'vitest'
import type { Client } from '../src/client.ts'
import type { ClientError } from '../src/errors.ts'
import { open } from '../src/index.ts'
import type { ConnectOptions } from '../src/options.ts'
import type { ConnectionStatus } from '../src/status.ts'
import { ScriptedServer } from './scripted-server.ts'
import type { Script } from './scripted-server.ts'

/** A client and its server. */
export class HostileWorld {
  readonly clock: VirtualClock
  readonly server: ScriptedServer
  readonly client: Client
  /** Where the client stood, one after the other. */
  readonly statuses: ConnectionStatus[] = []

  /** A client that has begun to connect. */
  static async begin(options: ConnectOptions = {}, script: Script = {}): Promise<HostileWorld> {
    const clock = new VirtualClock()
    const world = new HostileWorld(clock, new ScriptedServer(clock, script), options)
    await clock.settled()
    return world
  }

  private constructor(clock: VirtualClock, server: ScriptedServer, options: ConnectOptions) {
    this.clock = clock
    this.server = server
    const { dial } = server
    this.client = open('mqtt://server', { clock, dial, random: () => 0.5, ...options })
    void this.#watch()
  }

  /** The errors that the states have named, one after the other. */
  get failures(): readonly ClientError[] {
    return this.statuses.flatMap((status) =>
      'cause' in status && status.cause !== undefined ? [status.cause] : [],
    )
  }

  /** Lets time pass, and what follows from it happen, step by step. */
  async pass(ms: number, stepMs = 1000): Promise<void> {
    await this.clock.settled()
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(Math.min(stepMs, ms - passed))
      await this.clock.settled()
    }
  }

  /**
   * `recovered` if the client goes on as soon as the server behaves, within two minutes, and can be
   * closed then; else what it did instead.
   */
  async recovery(): Promise<string> {
    for (let step = 0; step < 120 && this.client.status.state !== 'connected'; step++) {
      await this.pass(1000)
    }
    const { state } = this.client.status
    if (state !== 'connected') return `The client is ${state} after two minutes`
    const published = this.client.publish('still/alive', '!', { qos: 1 })
    await this.pass(1000)
    const outcome = await settledNow(published)
    if (outcome !== 0) return `What it publishes comes to ${String(outcome)}`
    const ending = await this.ending()
    return ending === 'closed' ? 'recovered' : ending
  }

  /** `closed` if the client can be closed within ten seconds, and stays so; else what it did. */
  async ending(): Promise<string> {
    const closing = this.client.close().then(() => 'closed')
    await this.pass(10_000)
    const outcome = await settledNow(closing)
    if (outcome !== 'closed') return `Closing comes to ${String(outcome)}`
    const { state } = this.client.status
    if (state !== 'closed') return `The client is ${state} after it was closed`
    const dialed = this.server.dialed.length
    await this.pass(120_000, 10_000)
    return this.server.dialed.length === dialed ? 'closed' : 'It dials after it was closed'
  }

  async #watch(): Promise<void> {
    for await (const status of this.client.statusChanges()) this.statuses.push(status)
  }
}

/** What a promise has come to by now, errors included; `pending` if nothing. */
export function settledNow(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([
    promise.catch((error: unknown) => error),
    new Promise((resolve) => setImmediate(() => resolve('pending'))),
  ])
}

/** Fails a test after which a rejection is left that nobody handles. To be called in `describe`. */
export function rejectionsAreHandled(): void {
  const unhandled: unknown[] = []
  const listener = (reason: unknown): void => void unhandled.push(reason)
  beforeEach(() => {
    unhandled.length = 0
    process.on('unhandledRejection', listener)
  })
  afterEach(async () => {
    // Node tells of it when a turn of the event loop ends.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
  })
}
