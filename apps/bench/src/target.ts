/** A number to reach, and whether it was reached. Falling short is said, and is no failure. */

/** What the headline of a row is held against. */
export interface Target {
  readonly bound: 'at least' | 'at most'
  readonly value: number
}

/** How a headline stands to its target. */
export type Verdict = 'reached' | 'falls short'

/** Returns whether a figure is on the right side of its target. */
export function judge(figure: number, { bound, value }: Target): Verdict {
  const reached = bound === 'at least' ? figure >= value : figure <= value
  return reached ? 'reached' : 'falls short'
}

/** The target that wants as much as this. */
export function atLeast(value: number): Target {
  return { bound: 'at least', value }
}

/** The target that allows no more than this. */
export function atMost(value: number): Target {
  return { bound: 'at most', value }
}
