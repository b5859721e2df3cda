/**
 * One shard of a log in memory: its pages, oldest first, and the position that comes next, which
 * is never given a second time, whatever is released.
 *
 *     pages  | 0: 1 2 ... 255 | 1: 256 ... 511 | 2: 512 ...      of a log with one shard
 */
import { firstOf, type LogEntry, PAGE_ENTRIES, pageOf, type Position } from './engine.ts'

/** A shard. It has no lock and no closing: it is what lies on the disk. */
export class MemoryShard {
  readonly #shards: number
  readonly #lowest: Position
  readonly #pages = new Map<number, Page>()
  #next: Position
  #entries = 0
  #bytes = 0

  /** The shard with this number, from 0 on, of so many. */
  constructor(shard: number, shards: number) {
    this.#shards = shards
    this.#lowest = shard === 0 ? shards : shard
    this.#next = this.#lowest
  }

  /** The position that the next entry will have. */
  get next(): Position {
    return this.#next
  }

  /** The lowest position that an entry may have. */
  get first(): Position {
    const oldest = this.#oldestPage()
    return oldest === undefined ? this.#next : Math.max(this.#lowest, this.#firstOf(oldest))
  }

  /** How many entries there are. */
  get entries(): number {
    return this.#entries
  }

  /** The bytes in them. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes an entry, whose bytes are the shard's from here on. */
  append(bytes: Uint8Array): Position {
    const position = this.#next
    const number = pageOf(position, this.#shards)
    let page = this.#pages.get(number)
    if (page === undefined) this.#pages.set(number, (page = { slots: [], entries: 0, bytes: 0 }))
    page.slots[this.#slotOf(position)] = bytes
    page.entries++
    page.bytes += bytes.length
    this.#entries++
    this.#bytes += bytes.length
    this.#next += this.#shards
    return position
  }

  /** An entry; `undefined` if it is not there. */
  at(position: Position): Uint8Array | undefined {
    return this.#pages.get(pageOf(position, this.#shards))?.slots[this.#slotOf(position)]
  }

  /** The first entries, at most so many, of those from a position on and before another one. */
  entriesFrom(from: Position, until: Position, max: number): readonly LogEntry[] {
    const entries: LogEntry[] = []
    let position = this.#atLeast(Math.max(from, this.first))
    while (position < until && entries.length < max) {
      const page = this.#pages.get(pageOf(position, this.#shards))
      const bytes = page?.slots[this.#slotOf(position)]
      if (bytes !== undefined) entries.push({ position, bytes })
      position = page === undefined ? this.#nextPage(position) : position + this.#shards
    }
    return entries
  }

  /** Lets go what is in a page. */
  release(number: number): void {
    const page = this.#pages.get(number)
    if (page === undefined) return
    this.#pages.delete(number)
    this.#entries -= page.entries
    this.#bytes -= page.bytes
  }

  // A page that was released and filled again is the newest one, so it belongs at the end.
  #oldestPage(): number | undefined {
    return this.#pages.keys().next().value
  }

  #slotOf(position: Position): number {
    return Math.floor(position / this.#shards) % PAGE_ENTRIES
  }

  #firstOf(page: number): Position {
    return firstOf(page, this.#shards)
  }

  #nextPage(position: Position): Position {
    return this.#firstOf(pageOf(position, this.#shards) + this.#shards)
  }

  /** The lowest position of this shard that is not below the given one. */
  #atLeast(position: Position): Position {
    const steps = Math.ceil((position - this.#lowest) / this.#shards)
    return this.#lowest + Math.max(0, steps) * this.#shards
  }
}

interface Page {
  /** By the place in the page; what was released before is missing. */
  readonly slots: (Uint8Array | undefined)[]
  entries: number
  bytes: number
}
