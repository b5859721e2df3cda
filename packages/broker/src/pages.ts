/**
 * Long lists, such as that of all sessions, a page at a time: others have their turns in between,
 * and what is listed may come and go.
 *
 *     page --next--> page --next--> (short, or empty: much was passed over) --next--> page
 *
 * Everything listed has a mark that grows in the order of the list, and `next` is the mark of the
 * last that was looked at. So what is there all the time is in exactly one page, what has gone
 * harms nobody, and a page can be asked for twice. To find the place again is to pass over all
 * before it, 10 ns each (Node 24: 1 ms for 100,000); so the iterators of the last few pages are
 * kept, and who goes on at once pays nothing for it.
 */

/** Which page is wanted. */
export interface PageRequest {
  /** The `next` of the page before; from the beginning where left out. */
  readonly after?: string
  /** How many it has at most: 1 to 1,000; 100 where left out. */
  readonly limit?: number
}

/** A part of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /**
   * Where the next page begins; absent after the last one. A page before the last may be short, or
   * empty, where few of those looked at were wanted.
   */
  readonly next?: string
}

/** What is listed, in the order of its marks. */
export interface Listed<T> {
  /** All that come behind this mark, from then on; all for `undefined`. */
  readonly from: (after: string | undefined) => Iterator<T>
  readonly markOf: (item: T) => string
}

/** Hands out the pages of one list. */
export class Pages<T> {
  readonly #listed: Listed<T>
  /** Iterators by the mark behind which they stand, the last used one last. */
  readonly #kept = new Map<string, Iterator<T>>()

  constructor(listed: Listed<T>) {
    this.#listed = listed
  }

  /**
   * The next page of what `choose` makes of each item, but for `undefined`.
   * @throws {RangeError} for a limit that is none.
   */
  page<R>({ after, limit = LIMIT }: PageRequest, choose: (item: T) => R | undefined): Page<R> {
    checkLimit(limit)
    const items: R[] = []
    const iterator = this.#iterator(after)
    let next = after
    for (let left = LOOKED_AT_MAX; left > 0 && items.length < limit; left--) {
      const { done, value } = iterator.next()
      if (done === true) return { items }
      next = this.#listed.markOf(value)
      const chosen = choose(value)
      if (chosen !== undefined) items.push(chosen)
    }
    if (next === undefined) return { items }
    this.#keep(next, iterator)
    return { items, next }
  }

  #iterator(after: string | undefined): Iterator<T> {
    const kept = after === undefined ? undefined : this.#kept.get(after)
    if (kept === undefined || after === undefined) return this.#listed.from(after)
    this.#kept.delete(after)
    return kept
  }

  #keep(mark: string, iterator: Iterator<T>): void {
    this.#kept.delete(mark)
    this.#kept.set(mark, iterator)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest)
  }
}

/** @throws {RangeError} for how many items nobody gets at once. */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return
  throw new RangeError(`A page has 1 to ${LIMIT_MAX} items: got ${limit}`)
}

/** How many items there are where nobody says it. */
export const LIMIT = 100
const LIMIT_MAX = 1000
/** How many are looked at for one page: 0.1 to 1 ms. */
const LOOKED_AT_MAX = 4096
/** Each may keep the table of a list alive that has grown since. */
const KEPT_MAX = 4
