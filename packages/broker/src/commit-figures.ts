/** What the commits of a journal came to. */
import type { EngineCaps } from '@godwit/store'
import type { LogPages } from './log-pages.ts'
import type { CommitBucket, StoreStats } from './stats.ts'

/** How it stands apart from its commits. */
export interface JournalState {
  readonly engine: { readonly caps: EngineCaps }
  readonly pages: LogPages
  readonly isFull: boolean
}

/** Counts them. */
export class CommitFigures {
  #commits = 0
  #commitMs = 0
  /** How many are in each bucket and in none before it. */
  readonly #counts = BOUNDS_MS.map(() => 0)

  /** One took so long. */
  add(ms: number): void {
    this.#commits++
    this.#commitMs += ms
    const bucket = BOUNDS_MS.findIndex((bound) => ms <= bound)
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
  }

  /** All there is to tell. */
  stats({ engine, pages, isFull }: JournalState): StoreStats {
    return {
      durability: engine.caps.durability,
      messages: pages.entries,
      bytes: pages.bytes,
      commits: this.#commits,
      commitMs: this.#commitMs,
      commitBuckets: this.#buckets(),
      isFull,
    }
  }

  #buckets(): readonly CommitBucket[] {
    let count = 0
    return BOUNDS_MS.map((boundMs, index) => {
      count += this.#counts[index] ?? 0
      return { boundMs, count }
    })
  }
}

/** From a disk that has a battery to one that is dying. */
const BOUNDS_MS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]
