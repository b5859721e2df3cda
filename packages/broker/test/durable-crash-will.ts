// A will that a client has left with a broker that is killed: whether it is to come.

import type { ProtocolVersion, WillMessage } from '@godwit/codec'
import type { Said } from './durable-crash-account.ts'

/** The deadlines of a broker are a second apart at most. */
const MARGIN_MS = 2_000
/** A client that takes nothing hears so much later that a broker which closes has let it go. */
const CLOSING_MS = 10_000

/** The will of one connection. */
export class CrashWill {
  readonly said: Said
  readonly #delayMs: number
  /** Until the client is let in, nobody knows whether the broker has it. */
  #isArmed = false
  #lostAt = Infinity
  #isOver = false
  #hasLeft = false
  #isTried = false

  /** `delay` is in seconds. */
  constructor(said: Said, delay: number) {
    this.said = said
    this.#delayMs = 1000 * delay
  }

  /** As it is said in CONNECT. */
  packet(version: ProtocolVersion): WillMessage {
    const { topic, qos, number } = this.said
    const payload = new TextEncoder().encode(`${number}`)
    const will = { topic, payload, qos, retain: false } as const
    const properties = { willDelayInterval: this.#delayMs / 1000 }
    return version === 5 ? { ...will, properties } : will
  }

  /** The client was let in. */
  arms(): void {
    this.#isArmed = true
  }

  /** The client said goodbye. */
  leaves(): void {
    this.#hasLeft = true
  }

  /** What was said is stored. */
  settled(): void {
    if (this.#hasLeft && !this.#isOver) this.#become('never')
  }

  /** The connection is lost. */
  isLost(now: number): void {
    if (this.#isOver || this.#hasLeft || !this.#isArmed) return
    this.#lostAt = now
    if (this.#delayMs === 0) this.#become('once')
  }

  /** The client says CONNECT: from here on the broker may have given the will up. */
  comesBack(): void {
    this.#isTried = true
  }

  /** The client was let in again. */
  isBack(now: number): void {
    if (this.#isOver || this.#lostAt === Infinity) return
    const dueAt = this.#lostAt + this.#delayMs
    // Close to its time either may be.
    if (now < dueAt - MARGIN_MS - CLOSING_MS) this.#become('never')
    this.#isOver = true
  }

  /** The broker is killed: it may not know what the client has said. */
  crashes(): void {
    if (this.#hasLeft) this.#isOver = true
  }

  /** The session has ended, or will, if the broker hears of it. */
  isEnded(): void {
    this.#isOver = true
  }

  /** The client was away all the time. */
  waited(now: number): void {
    const isDue = this.#lostAt + this.#delayMs + MARGIN_MS < now
    if (!this.#isOver && !this.#isTried && isDue) this.#become('once')
  }

  #become(will: 'never' | 'once'): void {
    this.said.will = will
    this.#isOver = true
  }
}
