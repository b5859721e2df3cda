/**
 * A metric family: one name with its help, its type and what was counted, as plain data. Families
 * are made anew for each page, from what the broker counted anyhow: between two pages nothing is
 * kept and nothing is done.
 */

/** One name on the page. Without samples it is left out. */
export type Family = Plain | Distribution

/** Counters and gauges. */
export interface Plain {
  /** In the base unit that it ends in; a counter's ends in `_total`. */
  readonly name: string
  /** A sentence for the HELP line. */
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly Sample[]
}

/** A histogram that was counted elsewhere. */
export interface Distribution {
  readonly name: string
  readonly help: string
  readonly type: 'histogram'
  readonly buckets: readonly Bucket[]
  /** How many there were in all, and what they come to together. */
  readonly count: number
  readonly sum: number
}

/** A value and what tells it from the others of its family. */
export interface Sample {
  readonly value: number
  /** Of few values that operators or the broker chose, never a client. */
  readonly labels?: Readonly<Record<string, string>>
}

/** How many were not above a bound, those of lower bounds included. */
interface Bucket {
  readonly bound: number
  readonly count: number
}

/** A family of counters. */
export function counter(name: string, help: string, ...samples: readonly Sample[]): Plain {
  return { name, help, type: 'counter', samples }
}

/** A family of gauges. */
export function gauge(name: string, help: string, ...samples: readonly Sample[]): Plain {
  return { name, help, type: 'gauge', samples }
}

/** The one sample of a family without labels; none for what is not known. */
export function only(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : [{ value }]
}

/** One sample for each key, which is the value of one label. */
export function by(label: string, counts: Iterable<readonly [string, number]>): readonly Sample[] {
  return Array.from(counts, ([key, value]) => ({ value, labels: { [label]: key } }))
}
