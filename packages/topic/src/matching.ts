/*
 * Does one Topic Filter match one Topic Name (section 4.7)? A single pass over both strings that
 * allocates nothing. The trie and the index use the same pass for what their branches leave open.
 */
import { DOLLAR, HASH, levelEnd, PLUS } from './characters.ts'

/**
 * Returns whether `filter` matches `topicName`. Both must be valid; of a Shared Subscription give
 * the filter inside (`parseSharedFilter`). Allocates nothing and takes time linear in the two
 * lengths.
 */
export function matches(filter: string, topicName: string): boolean {
  // [MQTT-4.7.2-1]
  if (topicName.charCodeAt(0) === DOLLAR && startsWithWildcard(filter)) return false
  return matchesFrom(filter, 0, topicName, 0)
}

/**
 * Returns whether the rest of `filter` from `filterAt` matches the rest of `topicName` from
 * `nameAt`. The two places must be at the same point of the same level; the `$` rule is the
 * caller's.
 */
export function matchesFrom(
  filter: string,
  filterAt: number,
  topicName: string,
  nameAt: number,
): boolean {
  while (filterAt < filter.length) {
    const unit = filter.charCodeAt(filterAt)
    if (unit === HASH) return true
    if (unit === PLUS) {
      nameAt = levelEnd(topicName, nameAt)
    } else if (nameAt < topicName.length && unit === topicName.charCodeAt(nameAt)) {
      // [MQTT-4.7.3-4]
      nameAt += 1
    } else {
      return nameAt === topicName.length && isParentOfHash(filter, filterAt)
    }
    filterAt += 1
  }
  return nameAt === topicName.length
}

function startsWithWildcard(filter: string): boolean {
  const first = filter.charCodeAt(0)
  return first === PLUS || first === HASH
}

/** `#` stands for the parent level too (section 4.7.1.2): what is left of the filter is `/#`. */
function isParentOfHash(filter: string, filterAt: number): boolean {
  return filterAt + 2 === filter.length && filter.charCodeAt(filterAt + 1) === HASH
}
