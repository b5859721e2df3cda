/**
 * What waits for one session, oldest first, with its bytes counted. It has no bounds of its own:
 * whoever fills it looks at `length` and `bytes`, and drops or refuses.
 *
 *     items  [ gone, gone, | oldest, ..., newest ]
 *                           ^ head
 *
 * What is gone is cut off once it is half of the array, which costs each item one copy at most, so
 * memory follows what really waits.
 */

/** Something of which the bytes are counted. */
export interface Sized {
  readonly bytes: number
}

/** A queue of things that have a size. */
export class Backlog<T extends Sized> implements Iterable<T> {
  #items: (T | undefined)[] = []
  #head = 0
  #bytes = 0

  /** How many wait. */
  get length(): number {
    return this.#items.length - this.#head
  }

  /** The sum of the `bytes` of those that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether none waits. */
  get isEmpty(): boolean {
    return this.length === 0
  }

  /** Adds one behind all others. Its `bytes` stay the same while it waits. */
  push(item: T): void {
    this.#items.push(item)
    this.#bytes += item.bytes
  }

  /** The oldest; `undefined` if none waits. */
  peek(): T | undefined {
    return this.#items[this.#head]
  }

  /** Takes the oldest out; `undefined` if none waits. */
  shift(): T | undefined {
    const item = this.peek()
    if (item === undefined) return undefined
    this.#items[this.#head++] = undefined
    this.#bytes -= item.bytes
    if (this.isEmpty) this.clear()
    else if (this.#head >= GONE_MIN && 2 * this.#head >= this.#items.length) this.#cutOff()
    return item
  }

  /** Takes all out. */
  clear(): void {
    this.#items = []
    this.#head = 0
    this.#bytes = 0
  }

  /** Takes those out that are chosen, and returns them; both lots keep their order. */
  withdraw(choose: (item: T) => boolean): readonly T[] {
    const chosen: T[] = []
    const kept: T[] = []
    let bytes = 0
    for (const item of this) {
      if (choose(item)) chosen.push(item)
      else {
        kept.push(item)
        bytes += item.bytes
      }
    }
    this.#items = kept
    this.#head = 0
    this.#bytes = bytes
    return chosen
  }

  /** Oldest first. It may not be changed meanwhile. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = this.#head; at < this.#items.length; at++) {
      const item = this.#items[at]
      if (item !== undefined) yield item
    }
  }

  #cutOff(): void {
    this.#items = this.#items.slice(this.#head)
    this.#head = 0
  }
}

/** A short queue is not worth cutting. */
const GONE_MIN = 32
