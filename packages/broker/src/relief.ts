/**
 * Connections that are not read until the broker can keep up again. They go on one by one, for all
 * at once would be too much again; and none waits for longer than a second, so that clients
 * which speak now and then, and their PINGREQs, are heard however long it takes.
 */
import type { Chore, Chores } from './chores.ts'

/** One that waits. */
interface Waiting {
  readonly until: number
  readonly goOn: () => void
}

/** Those who wait. */
export class Relief implements Chore {
  readonly #chores: Pick<Chores, 'add'>
  /** Oldest first. */
  readonly #waiting = new Set<Waiting>()
  /** Nobody has to wait any more. */
  #isOver = true
  #now = 0

  constructor(chores: Pick<Chores, 'add'>) {
    this.#chores = chores
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Calls back when it is this one's turn to go on. */
  wait(now: number, goOn: () => void): void {
    this.#waiting.add({ until: now + WAIT_MS_MAX, goOn })
  }

  /** Time has gone by; `isOver` says whether anybody still has to wait. */
  look(isOver: boolean, now: number): void {
    this.#isOver = isOver
    this.#now = now
    if (this.#next() !== undefined) this.#chores.add(this)
  }

  /** Lets one go on. See {@link Chore}. */
  step(): boolean {
    const next = this.#next()
    if (next === undefined) return false
    this.#waiting.delete(next)
    next.goOn()
    return this.#next() !== undefined
  }

  /** The one that may go on next. */
  #next(): Waiting | undefined {
    const oldest: Waiting | undefined = this.#waiting.values().next().value
    if (oldest === undefined) return undefined
    return this.#isOver || oldest.until <= this.#now ? oldest : undefined
  }
}

/**
 * Short enough for who waits for an acknowledgement or a PINGRESP. With 5 s 500 publishers at full
 * speed stood still together, and the broker was idle in between.
 */
const WAIT_MS_MAX = 1000
