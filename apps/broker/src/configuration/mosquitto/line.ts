/** A line of a mosquitto.conf, and what a directive does with it. */
import type { Draft } from './draft.ts'

/** A line that was taken apart. */
export interface Line {
  /** Such as `mosquitto.conf:12`. */
  readonly place: string
  readonly directive: string
  readonly value: string
}

/** What a directive means. */
export interface Directive {
  /** How often it may be said before the last one counts. */
  readonly repeats: 'never' | 'listener' | 'access' | 'all'
  /** @throws {ValueFault} for a value that is none. */
  readonly apply: (draft: Draft, line: Line) => void
}
