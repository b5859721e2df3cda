/**
 * Work that is too long for one turn, such as all retained messages for a new subscription, done
 * in slices between which everybody else has a turn.
 *
 *     turn | slice | turn: I/O, then the writes | slice | turn ...
 *
 * A slice begins a turn and asks for the next slice behind that turn's end, so what it gathered is
 * written before it goes on, and the event loop looks at its sockets and timers in between: a
 * deferred handler that defers is called in the next round of the loop. The chores go one step
 * each in a circle, so that a short one is done soon, however long the others are.
 *
 * Beside what it does a step costs 35 to 60 ns (Node 24).
 */
import type { Clock } from '@godwit/transport'
import type { BrokerLimits } from './limits.ts'
import type { Turn } from './turn.ts'

/** Work in small pieces. */
export interface Chore {
  /**
   * Does one small piece. False when nothing is left, or nothing can be done now: whoever brings
   * more to do adds the chore again. What it throws is reported, and it is not called again.
   */
  step(): boolean
}

/** What a slice may take. */
export type SliceLimits = Pick<BrokerLimits, 'sliceItemsMax' | 'sliceMs'>

/** Reading the clock costs as much as a small step. */
const STEPS_A_LOOK = 16

/** The chores of one broker, in the order of their next steps. */
export class Chores {
  readonly #clock: Clock
  readonly #turn: Turn
  readonly #limits: SliceLimits
  readonly #fault: (error: unknown) => void
  readonly #waiting = new Set<Chore>()
  #deferred = false

  /** `fault` hears of the errors of chores; it may not throw. */
  constructor(clock: Clock, turn: Turn, limits: SliceLimits, fault: (error: unknown) => void) {
    this.#clock = clock
    this.#turn = turn
    this.#limits = limits
    this.#fault = fault
  }

  /** How many have something left to do. */
  get size(): number {
    return this.#waiting.size
  }

  /** There is something to do for this one, from the next slice on. Nothing new if it waits. */
  add(chore: Chore): void {
    this.#waiting.add(chore)
    this.#deferSlice()
  }

  /**
   * The same, but does its first steps at once, in the turn that this begins: no more than so many,
   * nor for longer than a slice. What is short is done then, however many others wait.
   */
  begin(chore: Chore, stepsMax: number): void {
    this.#turn.begin()
    const until = this.#clock.now() + this.#limits.sliceMs
    for (let left = stepsMax; left > 0; left--) {
      if (!this.#advance(chore)) return
      if (this.#clock.now() >= until) break
    }
    this.add(chore)
  }

  #deferSlice(): void {
    if (this.#deferred) return
    this.#deferred = true
    this.#clock.defer(this.#slice)
  }

  readonly #slice = (): void => {
    // First, so that the end of this turn is deferred before the next slice is.
    this.#turn.begin()
    const until = this.#clock.now() + this.#limits.sliceMs
    let left = this.#limits.sliceItemsMax
    for (const chore of this.#waiting) {
      // Before the step, which may find that there will be more to do, and add it.
      this.#waiting.delete(chore)
      if (this.#advance(chore)) this.#waiting.add(chore)
      left--
      if (left === 0 || (left % STEPS_A_LOOK === 0 && this.#clock.now() >= until)) break
    }
    this.#deferred = false
    if (this.#waiting.size > 0) this.#deferSlice()
  }

  #advance(chore: Chore): boolean {
    try {
      return chore.step()
    } catch (error) {
      this.#fault(error)
      return false
    }
  }
}
