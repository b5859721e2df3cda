/**
 * What waits in the log for one session, oldest first, in about three bytes each: for a session
 * that is away for a week that may be a million.
 *
 *     chunk   | gone, gone | item | item | item |  -->  | item | item |  room  |
 *                          ^ head                                     ^ tail
 *
 *     item    difference to the position before | size | index of its terms
 *
 * Numbers are written as in `stored/stored-writer.ts`. The first chunk has 16 bytes, room for five
 * items, each further one twice as many as that before, up to 8 KiB; a chunk is let go with its
 * last item. Terms are told apart by identity, and few objects should stand for many items.
 *
 * Measured on Node 24: of a million items each takes 2.8 bytes where positions are less than 64
 * apart and messages less than 128 bytes long, 5.2 where they are 100 apart and 200 long. A queue
 * takes 144 bytes when nothing has come yet, 448 with one to five items. `push` takes 26 ns,
 * `shift` 20.
 */
import { differenceLength, lengthOf, writeDifference, writeWhole } from './stored/stored-writer.ts'
import { checkWhole, POSITION } from './stored/whole-field.ts'
import type { WholeField } from './stored/whole-field.ts'

/** One that waits. */
export interface QueuedPosition<T> {
  readonly position: number
  /** Of the message, in bytes. */
  readonly size: number
  readonly terms: T
}

/** A queue of positions, each with the size of its message and the terms on which it is sent. */
export class PositionQueue<T extends object> implements Iterable<QueuedPosition<T>> {
  #length = 0
  #bytes = 0
  #head: Chunk | undefined
  #headAt = 0
  #tail: Chunk | undefined
  /** The position to which the first difference is, and the newest one. */
  #before = 0
  #newest = 0
  #terms: T[] = []
  /** Where each of the terms is, once they are many. */
  #indexes: Map<T, number> | undefined
  /** How many terms there may be until those in use are counted. */
  #termsMax = TERMS_MIN

  /** How many wait. */
  get length(): number {
    return this.#length
  }

  /** The sum of the sizes of those that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether none waits. */
  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Adds one behind all others. @throws {RangeError} if a number is not whole or below 0. */
  push(position: number, size: number, terms: T): void {
    checkWhole(POSITION, position)
    checkWhole(SIZE, size)
    const index = this.#indexOf(terms)
    if (this.#length === 0) this.#before = this.#newest = position
    const difference = position - this.#newest
    const chunk = this.#chunkFor(difference, size, index)
    const { bytes } = chunk
    const sizeAt = writeDifference(difference, bytes, chunk.end)
    chunk.end = writeWhole(index, bytes, writeWhole(size, bytes, sizeAt))
    this.#newest = position
    this.#length++
    this.#bytes += size
  }

  /** The position of the oldest; 0 if none waits. */
  peekPosition(): number {
    if (this.#head === undefined || this.#length === 0) return 0
    return this.#before + differenceAt(this.#head.bytes, this.#headAt)
  }

  /** Takes the oldest out; `undefined` if none waits. */
  shift(): QueuedPosition<T> | undefined {
    const chunk = this.#head
    if (chunk === undefined || this.#length === 0) return undefined
    const item = itemAt(chunk.bytes, this.#headAt, this.#before, this.#terms)
    this.#before = item.position
    this.#headAt = behind
    this.#length--
    this.#bytes -= item.size
    if (this.#length === 0) this.#empty(chunk)
    else if (behind === chunk.end) {
      this.#head = chunk.next
      this.#headAt = 0
    }
    return item
  }

  /** Takes all out. */
  clear(): void {
    this.#takeOver(new PositionQueue())
  }

  /** Takes those out that are chosen, and returns them; both lots keep their order. */
  withdraw(choose: (item: QueuedPosition<T>) => boolean): readonly QueuedPosition<T>[] {
    const chosen: QueuedPosition<T>[] = []
    const kept = new PositionQueue<T>()
    for (const item of this) {
      if (choose(item)) chosen.push(item)
      else kept.push(item.position, item.size, item.terms)
    }
    if (chosen.length > 0) this.#takeOver(kept)
    return chosen
  }

  /** Oldest first. It may not be changed meanwhile. */
  *[Symbol.iterator](): IterableIterator<QueuedPosition<T>> {
    let chunk = this.#head
    let at = this.#headAt
    let before = this.#before
    for (let left = this.#length; left > 0 && chunk !== undefined; left--) {
      const item = itemAt(chunk.bytes, at, before, this.#terms)
      before = item.position
      at = behind
      if (at === chunk.end) {
        chunk = chunk.next
        at = 0
      }
      yield item
    }
  }

  /** The chunk that an item goes to, with room for it. */
  #chunkFor(difference: number, size: number, index: number): Chunk {
    const tail = this.#tail
    const room = tail === undefined ? 0 : tail.bytes.length - tail.end
    if (tail !== undefined && room >= ITEM_BYTES_MAX) return tail
    const needed = differenceLength(difference) + lengthOf(size) + lengthOf(index)
    if (tail !== undefined && room >= needed) return tail
    const wanted = tail === undefined ? CHUNK_BYTES_MIN : 2 * tail.bytes.length
    const bytes = new Uint8Array(Math.max(needed, Math.min(wanted, CHUNK_BYTES_MAX)))
    const chunk: Chunk = { bytes, end: 0, next: undefined }
    if (tail === undefined) this.#head = chunk
    else tail.next = chunk
    this.#tail = chunk
    return chunk
  }

  /** A small chunk and few terms are kept, for a session that is there takes what comes at once. */
  #empty(last: Chunk): void {
    this.#headAt = 0
    last.end = 0
    if (last.bytes.length > CHUNK_BYTES_KEPT) this.#head = this.#tail = undefined
    if (this.#terms.length > TERMS_KEPT) this.#forgetTerms()
  }

  #forgetTerms(): void {
    this.#terms = []
    this.#indexes = undefined
    this.#termsMax = TERMS_MIN
  }

  #indexOf(terms: T): number {
    const index = this.#indexes?.get(terms) ?? this.#searched(terms)
    if (index !== -1) return index
    // An array made like this has room for one, which is all that most need.
    if (this.#terms.length === 0) {
      this.#terms = [terms]
      return 0
    }
    if (this.#terms.length >= this.#termsMax) this.#dropUnusedTerms()
    this.#indexes?.set(terms, this.#terms.length)
    return this.#terms.push(terms) - 1
  }

  /** A few are found quicker without a Map; -1 if they are not there. */
  #searched(terms: T): number {
    if (this.#terms.length <= TERMS_SEARCHED) return this.#terms.indexOf(terms)
    this.#indexes ??= new Map(this.#terms.map((known, index) => [known, index]))
    return this.#indexes.get(terms) ?? -1
  }

  /** Writes all that waits anew, which pays if it happens once in eight times as many pushes. */
  #dropUnusedTerms(): void {
    const kept = new PositionQueue<T>()
    kept.#termsMax = Infinity
    for (const { position, size, terms } of this) kept.push(position, size, terms)
    this.#takeOver(kept)
    this.#termsMax = this.#terms.length + Math.max(TERMS_MIN, this.#length / 8)
  }

  #takeOver(other: PositionQueue<T>): void {
    this.#length = other.#length
    this.#bytes = other.#bytes
    this.#head = other.#head
    this.#headAt = other.#headAt
    this.#tail = other.#tail
    this.#before = other.#before
    this.#newest = other.#newest
    this.#terms = other.#terms
    this.#indexes = other.#indexes
    this.#termsMax = Math.max(TERMS_MIN, other.#terms.length)
  }
}

/** A piece of the queue. */
interface Chunk {
  readonly bytes: Uint8Array
  /** The offset behind its last item. */
  end: number
  next: Chunk | undefined
}

const CHUNK_BYTES_MIN = 16
const CHUNK_BYTES_KEPT = 64
const CHUNK_BYTES_MAX = 8192
/** Three whole numbers of eight bytes. */
const ITEM_BYTES_MAX = 24

const TERMS_KEPT = 4
const TERMS_SEARCHED = 16
const TERMS_MIN = 64

const SIZE: WholeField = { name: 'a size in bytes', min: 0, max: Number.MAX_SAFE_INTEGER }

/** The offset behind the number or item that was read last. */
let behind = 0

function itemAt<T extends object>(
  bytes: Uint8Array,
  at: number,
  before: number,
  list: readonly T[],
): QueuedPosition<T> {
  const position = before + differenceAt(bytes, at)
  const size = numberAt(bytes, behind, 1)
  const index = numberAt(bytes, behind, 1)
  const terms = list[index]
  if (terms !== undefined) return { position, size, terms }
  throw new RangeError(`There are ${list.length} terms, so not terms ${index}`)
}

function differenceAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  behind = at + 1
  let size = (first >> 1) & 0x3f
  if (first >= 0x80) size += numberAt(bytes, behind, 0x40)
  return (first & 1) === 0 ? size : -size - 1
}

/** A whole number, times a unit. */
function numberAt(bytes: Uint8Array, start: number, unit: number): number {
  let at = start
  let byte = bytes[at++] ?? 0
  let value = (byte & 0x7f) * unit
  for (let scale = unit * 0x80; byte >= 0x80; scale *= 0x80) {
    byte = bytes[at++] ?? 0
    value += (byte & 0x7f) * scale
  }
  behind = at
  return value
}
