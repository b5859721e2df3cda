/**
 * Token buckets by name: of a client, a user, an address. Who comes back finds the bucket as it was
 * left. One that is full and that nobody holds is forgotten, for a new one would be the same.
 */
import { TokenBucket } from './token-bucket.ts'

/** How fast they fill. */
export interface BucketTerms {
  readonly perSecond: number
  /** How many tokens are saved up at most. */
  readonly most: number
}

/** A bucket, and how many hold it. */
interface Entry {
  readonly bucket: TokenBucket
  holders: number
}

/** The buckets of one kind. */
export class BucketTable {
  readonly #terms: BucketTerms
  readonly #entries = new Map<string, Entry>()
  /** With so many there may be some that are full. */
  #sweepAt = SWEEP_MIN

  constructor(terms: BucketTerms) {
    this.#terms = terms
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size
  }

  /** The bucket of this name, for a while. */
  find(name: string, now: number): TokenBucket {
    return this.#entry(name, now).bucket
  }

  /** The bucket of this name, which is kept until it is given back. */
  hold(name: string, now: number): TokenBucket {
    const entry = this.#entry(name, now)
    entry.holders++
    return entry.bucket
  }

  /** Gives back what was held under this name. */
  giveBack(name: string, now: number): void {
    const entry = this.#entries.get(name)
    if (entry === undefined) return
    entry.holders--
    if (entry.holders === 0 && entry.bucket.isFull(now)) this.#entries.delete(name)
  }

  #entry(name: string, now: number): Entry {
    const found = this.#entries.get(name)
    if (found !== undefined) return found
    if (this.#entries.size >= this.#sweepAt) this.#sweep(now)
    const { perSecond, most } = this.#terms
    const entry = { bucket: new TokenBucket(perSecond, most, now), holders: 0 }
    this.#entries.set(name, entry)
    return entry
  }

  /** Forgets those that are full, and if there are too many the oldest that nobody holds. */
  #sweep(now: number): void {
    let excess = -UNHELD_MAX
    for (const [name, { bucket, holders }] of this.#entries) {
      if (holders > 0) continue
      if (bucket.isFull(now)) this.#entries.delete(name)
      else excess++
    }
    for (const [name, { holders }] of this.#entries) {
      if (excess <= 0) break
      if (holders > 0) continue
      this.#entries.delete(name)
      excess--
    }
    this.#sweepAt = Math.max(SWEEP_MIN, 2 * this.#entries.size)
  }
}

const SWEEP_MIN = 1024

/** Some 10 MB. Whoever comes from more addresses than this at once is not stopped by rates. */
const UNHELD_MAX = 50_000
