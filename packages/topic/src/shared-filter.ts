/*
 * The two parts of a filter of a Shared Subscription (section 4.8.2).
 */
import { levelEnd } from './characters.ts'
import { requireValid, SHARE_PREFIX, topicFilterFault } from './validity.ts'

/** `$share/{ShareName}/{filter}`, taken apart. */
export interface SharedFilter {
  readonly shareName: string
  /** The Topic Filter that Topic Names are matched with. */
  readonly filter: string
}

/**
 * Returns the parts of a shared filter, or `undefined` if the text does not start `$share/` and so
 * asks for an ordinary subscription.
 *
 * @throws {RangeError} if it does start `$share/` and is malformed (`topicFilterFault` says how).
 */
export function parseSharedFilter(filter: string): SharedFilter | undefined {
  if (!filter.startsWith(SHARE_PREFIX)) return undefined
  requireValid(filter, topicFilterFault(filter))
  const nameStart = SHARE_PREFIX.length
  const nameEnd = levelEnd(filter, nameStart)
  return { shareName: filter.slice(nameStart, nameEnd), filter: filter.slice(nameEnd + 1) }
}
