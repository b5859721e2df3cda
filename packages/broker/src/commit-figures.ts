/** What the commits of a journal came to. */
import type { EngineCaps } from '@godwit/store'
import type { LogPages } from './log-pages.ts'
import type { StoreStats } from './stats.ts'

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

  /** One took so long. */
  add(ms: number): void {
    this.#commits++
    this.#commitMs += ms
  }

  /** All there is to tell. */
  stats({ engine, pages, isFull }: JournalState): StoreStats {
    return {
      durability: engine.caps.durability,
      messages: pages.entries,
      bytes: pages.bytes,
      commits: this.#commits,
      commitMs: this.#commitMs,
      isFull,
    }
  }
}
