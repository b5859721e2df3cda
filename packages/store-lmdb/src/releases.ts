/**
 * The pages that nobody wants any more, until they are deleted along with a later group.
 */
import { firstOf } from '@godwit/store'
import type { Counters } from './counters.ts'
import type { Tree } from './environment.ts'
import { FRAME_HEAD, framed, frameEnd, hasFrame } from './frames.ts'
import { envelopeKey, envelopePosition } from './keys.ts'
import type { DueRelease } from './sealing.ts'

/** How many pages one group deletes at most: 64 pages are 16,384 entries. */
export const PAGES_AT_ONCE: number = 64

/** The pages that are to be deleted. */
export class Releases {
  #due: DueRelease[] = []

  /** How many there are. */
  get pages(): number {
    return this.#due.length
  }

  /** Adds some. */
  add(releases: readonly DueRelease[]): void {
    for (const release of releases) this.#due.push(release)
  }

  /**
   * Finds what is to be deleted with the next group, and takes it out of the counters. Once that is
   * written, `done` forgets it.
   */
  plan(environment: Tree, counters: Counters): { removals: Uint8Array[]; done: () => void } {
    const releases = this.#due.slice(0, PAGES_AT_ONCE)
    const keys = new Map<number, Uint8Array>()
    for (const { page, before } of releases) {
      const end = Math.min(before, firstOf(page + 1, 1))
      for (const key of environment.keys(envelopeKey(firstOf(page, 1)), envelopeKey(end), 256)) {
        keys.set(envelopePosition(key) ?? 0, key)
      }
    }
    for (const key of keys.values()) discount(counters, environment.get(key))
    const done = (): void => {
      this.#due = this.#due.slice(releases.length)
    }
    return { removals: [...keys.values()], done }
  }
}

/** Takes the entries of an envelope out of the counters, as far as they can be counted. */
function discount(counters: Counters, envelope: Uint8Array | undefined): void {
  if (envelope === undefined) return
  const frames = framed(envelope)
  counters.envelopes--
  for (let at = 0; hasFrame(frames, at); at = frameEnd(frames.view, at)) {
    counters.entries--
    counters.bytes -= frameEnd(frames.view, at) - at - FRAME_HEAD
  }
}
