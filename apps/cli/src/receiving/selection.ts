/** Which of the messages that come are to be printed, as the flags of mosquitto_sub choose. */
import { matches } from '@godwit/topic'

/** What a message is chosen by. */
export interface Candidate {
  readonly topic: string
  readonly retain: boolean
}

/** What the flags say. */
export interface SelectionFlags {
  /** Topic Filters of what is left out. */
  readonly exclude?: readonly string[]
  /** `-R`: nothing that was retained. */
  readonly retained?: boolean
  readonly retainedOnly?: boolean
  /** How many of a hundred messages, by chance. */
  readonly randomFilter?: number
}

/** What is to be done with a message; `end` says that no more are wanted. */
export type Choice = 'print' | 'skip' | 'exclude' | 'end'

/** Chooses. `exclude` is what is not to be touched at all, `skip` what is only not printed. */
export function choose(
  { topic, retain }: Candidate,
  flags: SelectionFlags,
  random: () => number = Math.random,
): Choice {
  const { exclude = [], retained = true, retainedOnly = false, randomFilter } = flags
  if (retainedOnly && !retain) return 'end'
  if (exclude.some((filter) => matches(filter, topic))) return 'exclude'
  if (retain && !retained) return 'skip'
  if (randomFilter !== undefined && random() * 100 >= randomFilter) return 'skip'
  return 'print'
}
