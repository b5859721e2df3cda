/** A set of page numbers below a bound, one bit each: 32 KiB for a gigabyte of pages of 4 KiB. */

/** Which pages were met. */
export class PageSet {
  readonly #bits: Uint8Array
  readonly #bound: number
  #size = 0
  #highest = -1

  /** Holds numbers from 0 to `bound - 1`. */
  constructor(bound: number) {
    this.#bound = bound
    this.#bits = new Uint8Array(Math.ceil(bound / 8))
  }

  /** How many are in it. */
  get size(): number {
    return this.#size
  }

  /** The highest that is in it; -1 if none is. */
  get highest(): number {
    return this.#highest
  }

  /** Whether it is in it; a number out of bounds never is. */
  has(page: number): boolean {
    return ((this.#bits[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0
  }

  /** Puts it in. False if it was in already or is out of bounds. */
  add(page: number): boolean {
    if (!(page >= 0 && page < this.#bound) || this.has(page)) return false
    this.#bits[page >>> 3] = (this.#bits[page >>> 3] ?? 0) | (1 << (page & 7))
    this.#size++
    this.#highest = Math.max(this.#highest, page)
    return true
  }

  /** The lowest page that is in both, if there is one. */
  commonWith(other: PageSet): number | undefined {
    const at = this.#bits.findIndex((bits, index) => (bits & (other.#bits[index] ?? 0)) !== 0)
    if (at < 0) return undefined
    const first = [0, 1, 2, 3, 4, 5, 6, 7].find((bit) => {
      return this.has(8 * at + bit) && other.has(8 * at + bit)
    })
    return 8 * at + (first ?? 0)
  }
}
