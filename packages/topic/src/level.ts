/*
 * The level that a walk has come to, as two integers of 32 bits. A level of up to eight ASCII
 * characters is packed into them, so that to compare the integers is to compare the levels. Of any
 * other level they are a hash and the negative length, and the text decides.
 *
 * Packing took the lookup of `TopicTrie` from 4.7 to 5.9 million a second (100,000 mixed filters,
 * 1,000 topics such as `site/12/device/345/temp`, Node 24): reading a character out of a string
 * costs about 1.3 ns, and levels are not read a second time to be compared.
 */
import { SEPARATOR } from './characters.ts'

const PACKED_UNITS_MAX = 8
const ASCII_MAX = 0x7f

/** Reads one level after the other; one instance serves all walks of a trie. */
export class Level {
  /** Where the level starts in the text last read. */
  start = 0
  /** Where it ends: at the separator or at the end of the text. */
  end = 0
  /** The last four characters, or a hash. */
  low = 0
  /** The four characters before them; negative if the level is not packed. */
  high = 0
  readonly #factor: number

  constructor(seed: number) {
    this.#factor = oddFactor(seed)
  }

  /** Reads the level that starts at `start`. */
  read(text: string, start: number): void {
    let low = 0
    let high = 0
    let end = start
    for (; end < text.length; end += 1) {
      const unit = text.charCodeAt(end)
      if (unit === SEPARATOR) break
      if (unit > ASCII_MAX || end - start === PACKED_UNITS_MAX) {
        this.#readLong(text, start)
        return
      }
      high = (high << 8) | (low >>> 24)
      low = (low << 8) | unit
    }
    this.start = start
    this.end = end
    this.low = low
    this.high = high
  }

  #readLong(text: string, start: number): void {
    let hash = 0
    let end = start
    for (; end < text.length; end += 1) {
      const unit = text.charCodeAt(end)
      if (unit === SEPARATOR) break
      hash = Math.imul(hash ^ unit, this.#factor)
    }
    this.start = start
    this.end = end
    this.low = hash
    this.high = start - end
  }
}

/** Returns whether the level that starts at `start` in `a` is the one that `b` has at `level`. */
export function isSameLevel(a: string, start: number, b: string, level: Level): boolean {
  const end = start + level.end - level.start
  if (end !== a.length && a.charCodeAt(end) !== SEPARATOR) return false
  const shift = level.start - start
  for (let at = start; at < end; at += 1) {
    if (a.charCodeAt(at) !== b.charCodeAt(at + shift)) return false
  }
  return true
}

/** Returns a factor for a multiplicative hash: every bit of the seed changes half of its bits. */
export function oddFactor(seed: number): number {
  const spread = Math.imul((seed ^ (seed >>> 16)) + 0x9e3779b9, 0x85ebca6b)
  const mixed = Math.imul(spread ^ (spread >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) | 1
}
