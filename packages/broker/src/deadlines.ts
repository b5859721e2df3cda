/**
 * Watches many deadlines with one tick. Nothing happens when a deadline moves further away, which
 * it does with every packet: it is looked at when its old time comes, and put off then. 100,000
 * timers of the host would take 289 ms to make (Node 20).
 *
 *     bucket n: all that must be looked at between n x 50 ms and (n + 1) x 50 ms
 *
 * Of what is due a little is looked at within the tick, so that it is never late, and the rest as a
 * chore: 20,000 sessions that end together take as long as they take, but nobody waits for them.
 *
 * What is forgotten is let go at once: a Keep Alive may be 18 hours, and the connection of a
 * client that came and went must not wait for it in memory.
 */
import type { Clock } from '@godwit/transport'
import type { Chore, Chores } from './chores.ts'

/** Something with a deadline. */
export interface Watched {
  /** When `expire` is due, as things stand; Infinity for never. */
  deadline(now: number): number
  /**
   * The deadline has come. May move it, and must if it is to be watched further. What it throws is
   * reported, and it is forgotten.
   */
  expire(now: number): void
}

/**
 * The width of a bucket, in milliseconds. A deadline is noticed at most two of them late: the tick
 * drifts, so it may come anywhere in a bucket. A Keep Alive of 1 s has to be noticed before 1.7 s.
 * Twenty ticks a second are 0.3 % of a core where nothing else happens, and 0.7 % with 100,000
 * deadlines within 90 s, which ticks of 200 ms cost as well (Node 20, a small virtual machine).
 */
const PRECISION_MS = 50

/** The steps of a tick, what a few dozen connections that are lost together need. */
const STEPS_AT_ONCE = 64

/** A look at a deadline that has moved away takes 0.3 us, as much as the way to the next step. */
const LOOKS_A_STEP = 16

/** The wheel. */
export class Deadlines implements Chore, Disposable {
  readonly #clock: Clock
  readonly #chores: Pick<Chores, 'begin'>
  readonly #fault: (error: unknown) => void
  readonly #tick: Disposable
  /** In which bucket each stands; Infinity for one that has no deadline at present. */
  readonly #bucketOf = new Map<Watched, number>()
  readonly #buckets = new Map<number, Set<Watched>>()
  /** The first bucket that is not due. */
  #next: number
  /** The first one that may hold something; it and those up to `#next` only lose what they hold. */
  #oldest: number
  /** What is left of that one. */
  #rest: Iterator<Watched> | undefined

  /** `fault` hears of the errors of what is watched; it may not throw. */
  constructor(clock: Clock, chores: Pick<Chores, 'begin'>, fault: (error: unknown) => void) {
    this.#clock = clock
    this.#chores = chores
    this.#fault = fault
    this.#next = bucketAt(clock.now())
    this.#oldest = this.#next
    this.#tick = clock.tick(PRECISION_MS, () => this.#look())
  }

  /** Watches this from here on, or looks again because its deadline has come nearer. */
  watch(watched: Watched): void {
    const bucket = bucketAt(watched.deadline(this.#clock.now()))
    const former = this.#bucketOf.get(watched)
    if (former !== undefined && former <= bucket) return
    this.forget(watched)
    this.#put(watched, bucket)
  }

  /** Stops watching. */
  forget(watched: Watched): void {
    const bucket = this.#bucketOf.get(watched)
    if (bucket === undefined) return
    this.#bucketOf.delete(watched)
    const there = this.#buckets.get(bucket)
    there?.delete(watched)
    if (there?.size === 0) this.#buckets.delete(bucket)
  }

  /** Looks at a few that are due, of which it lets one expire. See {@link Chore}. */
  step(): boolean {
    const now = this.#clock.now()
    for (let left = LOOKS_A_STEP; left > 0 && this.#isBehind(); left--) {
      this.#rest ??= this.#buckets.get(this.#oldest)?.values()
      const watched = this.#rest?.next().value
      if (watched === undefined || this.#examine(watched, now)) break
    }
    return this.#isBehind()
  }

  [Symbol.dispose](): void {
    this.#tick[Symbol.dispose]()
    this.#bucketOf.clear()
    this.#buckets.clear()
  }

  #look(): void {
    // A bucket is due when all of it is in the past.
    this.#next = bucketAt(this.#clock.now())
    if (this.#isBehind()) this.#chores.begin(this, STEPS_AT_ONCE)
  }

  /** Goes on to the first bucket that is due and holds something; false if there is none. */
  #isBehind(): boolean {
    for (; this.#oldest < this.#next; this.#oldest++) {
      if (this.#buckets.has(this.#oldest)) return true
      this.#rest = undefined
    }
    return false
  }

  /** Returns whether it was due. */
  #examine(watched: Watched, now: number): boolean {
    try {
      const isDue = watched.deadline(now) <= now
      if (isDue) watched.expire(now)
      if (!this.#bucketOf.has(watched)) return isDue
      const bucket = bucketAt(watched.deadline(now))
      this.forget(watched)
      this.#put(watched, bucket)
      return isDue
    } catch (error) {
      this.forget(watched)
      this.#fault(error)
      return true
    }
  }

  /** A deadline that is past is looked at next. */
  #put(watched: Watched, deadlineBucket: number): void {
    const bucket = Math.max(deadlineBucket, this.#next)
    this.#bucketOf.set(watched, bucket)
    if (bucket === Infinity) return
    const there = this.#buckets.get(bucket)
    if (there === undefined) this.#buckets.set(bucket, new Set([watched]))
    else there.add(watched)
  }
}

function bucketAt(instant: number): number {
  return Math.floor(instant / PRECISION_MS)
}
