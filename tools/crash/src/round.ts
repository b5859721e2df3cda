/**
 * One round, from the first SUBSCRIBE to the last delivery.
 *
 *     assemble | perform, with strikes | calm | late subscription, last strike | gather | drain
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Cast } from './cast.ts'
import { readRetained } from './clients/retained-reader.ts'
import { History } from './history.ts'
import { isComplete } from './oracles/verdict.ts'
import type { RoundPlan, Strike } from './plan.ts'
import type { Random } from './random.ts'
import type { BrokerProcess } from './server/broker-process.ts'

/** How long to wait for what. */
export interface Patience {
  /** Nothing has happened for so long: then it is looked whether everything is there. */
  readonly idleMs: number
  /** Nothing has happened for so long, though something is missing: it is lost. */
  readonly giveUpMs: number
  /** The longest wait for anything. */
  readonly limitMs: number
}

/** Plays a round against a broker that listens, and leaves one that does unless it failed. */
export async function playRound(
  plan: RoundPlan,
  broker: BrokerProcess,
  random: Random,
  patience: Patience,
): Promise<History> {
  const round = new Round(plan, broker, random, patience)
  await round.play()
  return round.history
}

class Round {
  readonly history = new History()
  readonly #plan: RoundPlan
  readonly #broker: BrokerProcess
  readonly #random: Random
  readonly #patience: Patience
  readonly #cast: Cast
  readonly #readings: Promise<void>[] = []

  constructor(plan: RoundPlan, broker: BrokerProcess, random: Random, patience: Patience) {
    this.#plan = plan
    this.#broker = broker
    this.#random = random
    this.#patience = patience
    this.#cast = new Cast(plan, broker, this.history, random)
  }

  async play(): Promise<void> {
    try {
      await this.#playAll()
    } catch (error) {
      this.history.fault('process', error instanceof Error ? error.message : String(error))
    } finally {
      await this.#cast.dismiss()
    }
  }

  async #playAll(): Promise<void> {
    const { strikes, calmMs, lastStrike } = this.#plan
    const cast = this.#cast
    cast.assemble()
    await this.#until('subscribed', () => cast.isSettled && cast.areWillsHeld)
    cast.perform()
    for (const [index, one] of strikes.entries()) await this.#strike(one, strikes[index + 1])
    await delay(calmMs)
    await cast.calm()
    await this.#until('acknowledged', () => cast.isSettled)
    cast.joinLate()
    await this.#until('subscribed', () => cast.isSettled)
    if (lastStrike) await this.#strike(LAST_STRIKE, undefined)
    this.#read()
    cast.gather()
    await this.#drain()
  }

  /** Ends the broker and starts it; waits until it listens unless the next strike does not. */
  async #strike({ signal, afterMs }: Strike, next: Strike | undefined): Promise<void> {
    await delay(afterMs)
    if (!this.#broker.isAlive) {
      throw new Error(`The broker ended by itself. ${this.#broker.lastWords}`)
    }
    this.history.struck(signal)
    await this.#broker.end(signal)
    await this.#broker.spawn()
    this.history.struck('started')
    if (next?.from === 'spawned') return
    await this.#broker.listening()
    this.history.struck('listening')
    if (this.#random.chance(READING_SHARE)) this.#read()
  }

  #read(): void {
    const { name } = this.#plan
    const clientId = `${name}-reader${this.#readings.length}`
    const reader = { clientId, filter: `${name}/r/#`, patienceMs: this.#patience.giveUpMs }
    this.#readings.push(readRetained(this.#broker, this.history, reader))
  }

  async #drain(): Promise<void> {
    const { idleMs, giveUpMs, limitMs } = this.#patience
    const endAt = performance.now() + limitMs
    let seen = this.history.progress
    let changedAt = performance.now()
    await Promise.all(this.#readings)
    while (performance.now() < endAt) {
      await delay(LOOK_MS)
      if (this.history.progress !== seen) {
        seen = this.history.progress
        changedAt = performance.now()
      }
      const idle = performance.now() - changedAt
      if (idle >= giveUpMs || this.#isHopeless) return
      if (idle >= idleMs && isComplete(this.history)) return
    }
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const { limitMs } = this.#patience
    const endAt = performance.now() + limitMs
    while (!isSo()) {
      if (this.#isHopeless) return
      if (performance.now() > endAt) {
        const waiting = this.#cast.unsettled.join(', ')
        throw new Error(`Not all was ${what} after ${limitMs} ms; there wait ${waiting}`)
      }
      await delay(LOOK_MS)
    }
  }

  /** Whether the broker is gone, so that nothing will come any more. */
  get #isHopeless(): boolean {
    if (this.#broker.isAlive) return false
    throw new Error(`The broker ended by itself. ${this.#broker.lastWords}`)
  }
}

const LOOK_MS = 20
const READING_SHARE = 0.7
const LAST_STRIKE: Strike = { signal: 'SIGKILL', afterMs: 0, from: 'listening' }
