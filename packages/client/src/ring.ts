/** A queue in a ring of slots: to put in and to take out at either end moves nothing. */

/** First in, first out; the last in can be taken back. */
export class Ring<T> implements Iterable<T> {
  /** As many slots as a power of two. */
  #slots: (T | undefined)[] = emptySlots(SLOTS_MIN)
  #head = 0
  #length = 0

  /** How many are in it. */
  get length(): number {
    return this.#length
  }

  /** The oldest; `undefined` if there is none. */
  get first(): T | undefined {
    return this.#slots[this.#head]
  }

  /** Adds one behind all others. */
  push(item: T): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = item
    this.#length++
  }

  /** Takes out the oldest; `undefined` if there is none. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#slots.length - 1)
    this.#taken()
    return item
  }

  /** Takes out the newest; `undefined` if there is none. */
  pop(): T | undefined {
    if (this.#length === 0) return undefined
    const at = (this.#head + this.#length - 1) & (this.#slots.length - 1)
    const item = this.#slots[at]
    this.#slots[at] = undefined
    this.#taken()
    return item
  }

  /** Takes out all, oldest first. */
  drain(): T[] {
    const items = [...this]
    this.#slots = emptySlots(SLOTS_MIN)
    this.#head = 0
    this.#length = 0
    return items
  }

  /** Oldest first. It may not be changed meanwhile. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let at = 0; at < this.#length; at++) {
      const item = this.#slots[(this.#head + at) & (this.#slots.length - 1)]
      if (item !== undefined) yield item
    }
  }

  /** What was needed for a flood is given back when it is over. */
  #taken(): void {
    this.#length--
    if (this.#length === 0 && this.#slots.length > SLOTS_KEPT) this.drain()
  }

  #grow(): void {
    const items = [...this]
    this.#slots = emptySlots(2 * this.#slots.length)
    this.#head = 0
    for (const [at, item] of items.entries()) this.#slots[at] = item
  }
}

const SLOTS_MIN = 8
const SLOTS_KEPT = 1024

function emptySlots<T>(count: number): (T | undefined)[] {
  return Array.from({ length: count }, () => undefined)
}
