/** The entries that were entered before something, and have no place in the log yet. */
import type { Position } from '@godwit/store'
import type { JournalEntry } from './journal-entry.ts'

/** Some of them, in order. */
export class Predecessors {
  readonly #committing: readonly JournalEntry[]
  readonly #gathered: readonly JournalEntry[]
  readonly #gatheredCount: number
  readonly #shards: number
  #ends: readonly Position[] | undefined

  /** Those of the commit under way, and as many of those that gather as there are at present. */
  constructor(
    committing: readonly JournalEntry[],
    gathered: readonly JournalEntry[],
    shards: number,
  ) {
    this.#committing = committing
    this.#gathered = gathered
    this.#gatheredCount = gathered.length
    this.#shards = shards
  }

  /** Whether these are the same, and no more. */
  isOf(committing: readonly JournalEntry[], gathered: readonly JournalEntry[]): boolean {
    const isSame = this.#committing === committing && this.#gathered === gathered
    return isSame && this.#gatheredCount === gathered.length
  }

  /** For each shard a position behind all of them, 0 where there is none. Once they are durable. */
  get ends(): readonly Position[] {
    return (this.#ends ??= this.#endsOf())
  }

  #endsOf(): readonly Position[] {
    const ends = Array.from({ length: this.#shards }, () => 0)
    for (const { position } of this.#committing) this.#pass(ends, position)
    for (let index = 0; index < this.#gatheredCount; index++) {
      this.#pass(ends, this.#gathered[index]?.position ?? 0)
    }
    return ends
  }

  #pass(ends: Position[], position: Position): void {
    const shard = position % this.#shards
    if (position > 0) ends[shard] = Math.max(ends[shard] ?? 0, position + this.#shards)
  }
}
