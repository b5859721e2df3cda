/**
 * Watches many deadlines with one tick. Nothing happens when a deadline moves further away, which
 * it does with every packet: it is looked at when its old time comes, and put off then. 100,000
 * timers of the host would take 289 ms to make (Node 20).
 *
 *     bucket n: all that must be looked at between n x 50 ms and (n + 1) x 50 ms
 *
 * What is forgotten is let go at once: a Keep Alive may be 18 hours, and the connection of a
 * client that came and went must not wait for it in memory.
 */
import type { Clock } from '@godwit/transport'

/** Something with a deadline. */
export interface Watched {
  /** When `expire` is due, as things stand; Infinity for never. */
  deadline(now: number): number
  /** The deadline has come. May move it, and must if it is to be watched further. */
  expire(now: number): void
}

/**
 * The width of a bucket, in milliseconds. A deadline is noticed at most two of them late: the tick
 * drifts, so it may come anywhere in a bucket. A Keep Alive of 1 s has to be noticed before 1.7 s.
 * Twenty ticks a second are 0.3 % of a core where nothing else happens, and 0.7 % with 100,000
 * deadlines within 90 s, which ticks of 200 ms cost as well (Node 20, a small virtual machine).
 */
const PRECISION_MS = 50

/** The wheel. */
export class Deadlines implements Disposable {
  readonly #clock: Clock
  readonly #tick: Disposable
  /** In which bucket each stands; Infinity for one that has no deadline at present. */
  readonly #bucketOf = new Map<Watched, number>()
  readonly #buckets = new Map<number, Set<Watched>>()
  /** The first bucket that was not looked at. */
  #next: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#next = bucketAt(clock.now())
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

  [Symbol.dispose](): void {
    this.#tick[Symbol.dispose]()
    this.#bucketOf.clear()
    this.#buckets.clear()
  }

  #look(): void {
    const now = this.#clock.now()
    // A bucket is due when all of it is in the past.
    for (const due = bucketAt(now); this.#next < due;) {
      const bucket = this.#next++
      for (const watched of this.#buckets.get(bucket) ?? []) this.#examine(watched, now)
      this.#buckets.delete(bucket)
    }
  }

  #examine(watched: Watched, now: number): void {
    if (watched.deadline(now) <= now) watched.expire(now)
    if (!this.#bucketOf.has(watched)) return
    this.forget(watched)
    this.#put(watched, bucketAt(watched.deadline(now)))
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
