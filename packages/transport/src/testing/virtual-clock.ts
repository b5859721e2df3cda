// A Clock whose time moves only when a test says so.
//
// It plays the event loop too. A turn takes the deliveries (what arrived from a network) that were
// waiting when it began, in the order in which they were handed in, and then the deferred handlers
// that were waiting when those were done. What any of them adds waits for the next turn, as with a
// real socket and setImmediate. Timers come between turns, by time, then by age.

import type { Clock } from '../clock.ts'

/** Virtual time and a virtual event loop. Starts at 0 ms. */
export class VirtualClock implements Clock {
  #now = 0
  #timers: Timer[] = []
  #deliveries: Handler[] = []
  #deferred: Handler[] = []

  now(): number {
    return this.#now
  }

  tick(everyMs: number, handler: () => void): Disposable {
    if (!(everyMs > 0)) throw new RangeError(`A tick needs a period above 0 ms, not ${everyMs} ms`)
    return this.#arm({ at: this.#now + everyMs, everyMs, handler })
  }

  // As in Node, a delay is at least 1 ms: one that is armed again and again lets time move.
  after(ms: number, handler: () => void): Disposable {
    if (!(ms >= 0 && ms <= DELAY_MS_MAX)) {
      throw new RangeError(`A delay is 0 to ${DELAY_MS_MAX} ms, not ${ms} ms`)
    }
    return this.#arm({ at: this.#now + Math.max(ms, 1), everyMs: undefined, handler })
  }

  defer(handler: () => void): void {
    this.#deferred.push(handler)
  }

  /** Hands in something that arrived from outside; it is handled in the next turn. */
  deliver(handler: () => void): void {
    this.#deliveries.push(handler)
  }

  /** Whether something is to be handled in the next turn. */
  get isBusy(): boolean {
    return this.#deliveries.length + this.#deferred.length > 0
  }

  /** When the next timer is due; Infinity if there is none. */
  get nextTimerAt(): number {
    return this.#timers.reduce((at, timer) => Math.min(at, timer.at), Infinity)
  }

  /** Runs one turn: what is waiting at its beginning, and not what that adds. */
  turn(): void {
    const deliveries = this.#deliveries
    this.#deliveries = []
    for (const handler of deliveries) handler()
    const deferred = this.#deferred
    this.#deferred = []
    for (const handler of deferred) handler()
  }

  /**
   * Runs turns until nothing is waiting. Time does not move, and promises do not continue: see
   * `settled`.
   *
   * @throws Error after 100,000 turns: something sends or defers without end.
   */
  settle(): void {
    for (let turn = 0; this.isBusy; turn++) {
      if (turn === TURNS_MAX) {
        throw new Error(
          `The virtual clock did not come to rest in ${TURNS_MAX} turns: each adds to the ` +
            `${this.#deliveries.length} deliveries and ${this.#deferred.length} deferred handlers`,
        )
      }
      this.turn()
    }
  }

  /**
   * Settles, lets promises continue, and so on until neither has anything to do. A promise that
   * waits for something outside of this clock, such as a real timer, is not waited for.
   *
   * @throws Error like `settle`, also after 100,000 rounds.
   */
  async settled(): Promise<void> {
    for (let round = 0; round < TURNS_MAX; round++) {
      this.settle()
      await new Promise((resolve) => setImmediate(resolve))
      if (!this.isBusy) return
    }
    throw new Error(`Promises kept the virtual clock busy for ${TURNS_MAX} rounds`)
  }

  /**
   * Settles, then moves time on by `ms`: stops at each instant at which timers are due, runs them,
   * and settles again.
   *
   * @throws RangeError if `ms` is negative; Error like `settle`.
   */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`Time moves on by 0 ms or more, not by ${ms} ms`)
    const until = this.#now + ms
    this.settle()
    while (this.nextTimerAt <= until) {
      this.jump()
      this.settle()
    }
    this.#now = until
  }

  /** Moves time on to the next timer, if there is one, and runs those due there; settles not. */
  jump(): void {
    if (this.#timers.length === 0) return
    this.#now = this.nextTimerAt
    this.#fire()
  }

  #arm(timer: Timer): Disposable {
    this.#timers.push(timer)
    return {
      [Symbol.dispose]: () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
      },
    }
  }

  /** Runs the timers due at this instant, none twice: a handler may arm and disarm others. */
  #fire(): void {
    for (const timer of this.#timers.filter(({ at }) => at <= this.#now)) {
      if (!this.#timers.includes(timer)) continue
      if (timer.everyMs === undefined) this.#timers.splice(this.#timers.indexOf(timer), 1)
      else timer.at += timer.everyMs
      timer.handler()
    }
  }
}

type Handler = () => void

interface Timer {
  at: number
  readonly everyMs: number | undefined
  readonly handler: Handler
}

const TURNS_MAX = 100_000

// As the platform's timers have it, so that a test finds out who asks for more.
const DELAY_MS_MAX = 2 ** 31 - 1
