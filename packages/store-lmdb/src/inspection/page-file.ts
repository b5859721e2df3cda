/**
 * A data file, read with plain reads. LMDB maps it instead, and a process that touches a mapped
 * page behind the end of the file, or in a bad sector, is killed. A plain read just fails.
 *
 * Pages are asked for in ascending order, so that one read brings many:
 *
 *     page(7, 12) --> reads 7..12 into the window --> page(9, 12), page(12, 12) come from it
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A page, or as much of it as there is. */
export interface Page {
  readonly number: number
  /** All its bytes. They are the file's: valid until the next page is asked for. */
  readonly bytes: Uint8Array
  /** The same bytes. */
  readonly view: DataView
}

/** An open data file. Close it by disposing of it. */
export class PageFile implements Disposable {
  /** The size of the file when it was opened. */
  readonly bytes: number
  readonly #descriptor: number
  #pageBytes = 4096
  #window = new Uint8Array(0)
  #windowFirst = 0
  #windowPages = 0

  /** @throws {Error} from the file system, if it cannot be opened. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r')
    this.bytes = fstatSync(this.#descriptor).size
  }

  /** Bytes of a page. Who knows better sets it, before any page is asked for. */
  get pageBytes(): number {
    return this.#pageBytes
  }

  set pageBytes(pageBytes: number) {
    this.#pageBytes = pageBytes
    this.#windowPages = 0
  }

  /** How many pages the file holds, whole ones only. */
  get pages(): number {
    return Math.floor(this.bytes / this.#pageBytes)
  }

  /**
   * A page; `undefined` if it cannot be read or lies behind the end of the file. The pages up to
   * `until` are about to be asked for too and are read along, up to a megabyte.
   */
  page(number: number, until: number = number): Page | undefined {
    if (!this.#holds(number)) this.#read(number, Math.max(number, until))
    // A bad sector in what was read along must not hide the page itself.
    if (!this.#holds(number) && until > number) this.#read(number, number)
    if (!this.#holds(number)) return undefined
    const from = (number - this.#windowFirst) * this.#pageBytes
    return pageOf(number, this.#window.subarray(from, from + this.#pageBytes))
  }

  /** Bytes anywhere in the file, the reader's to keep; fewer than asked for at its end. */
  read(position: number, bytes: number): Uint8Array {
    const target = new Uint8Array(Math.max(0, Math.min(bytes, this.bytes - position)))
    return target.subarray(0, this.#fill(target, position))
  }

  #holds(number: number): boolean {
    return number >= this.#windowFirst && number < this.#windowFirst + this.#windowPages
  }

  #read(first: number, last: number): void {
    const pages = Math.min(
      last - first + 1,
      Math.max(1, Math.floor(WINDOW_BYTES / this.#pageBytes)),
    )
    const bytes = pages * this.#pageBytes
    if (this.#window.length < bytes) this.#window = new Uint8Array(bytes)
    const got = this.#fill(this.#window.subarray(0, bytes), first * this.#pageBytes)
    this.#windowFirst = first
    this.#windowPages = Math.floor(got / this.#pageBytes)
  }

  /** How many bytes it could read. */
  #fill(target: Uint8Array, position: number): number {
    let got = 0
    try {
      while (got < target.length) {
        const count = readSync(this.#descriptor, target, got, target.length - got, position + got)
        if (count === 0) break
        got += count
      }
    } catch {
      // A bad sector: what is before it counts.
    }
    return got
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

/** A page of these bytes. */
function pageOf(number: number, bytes: Uint8Array): Page {
  return { number, bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

/** A copy of a page, the caller's to keep. */
export function copyPage(page: Page): Page {
  return pageOf(page.number, page.bytes.slice())
}

/** Reads 64 bits, little endian. From 2^53 on it is only about right, which is wrong anyway. */
export function readWord(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000
}

/** How much is read at once at most. */
const WINDOW_BYTES = 1024 * 1024
