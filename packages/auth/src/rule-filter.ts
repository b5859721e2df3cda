/**
 * How two Topic Filters lie to each other (section 4.7): whether they have a Topic Name in common,
 * and whether one matches all that the other does. Filters are given as their levels, cut at each
 * `/`, those of Shared Subscriptions without their share.
 */

/** The levels of a filter. */
export type Levels = readonly string[]

/** Cuts a filter into its levels. */
export function levelsOf(filter: string): Levels {
  return filter.split('/')
}

/** Whether some Topic Name is matched by both filters. */
export function overlaps(one: Levels, other: Levels): boolean {
  if (isHiddenFrom(one, other) || isHiddenFrom(other, one)) return false
  for (let at = 0; ; at += 1) {
    const mine = one[at]
    const yours = other[at]
    if (mine === '#' || yours === '#') return true
    if (mine === undefined || yours === undefined) return mine === yours
    if (mine !== yours && mine !== '+' && yours !== '+') return false
  }
}

/** Whether every Topic Name that `inner` matches is matched by `outer` too. */
export function covers(outer: Levels, inner: Levels): boolean {
  // The only other way to write everything that does not start with $.
  if (inner[0] === '#' && outer[0] === '+') return outer[1] === '#'
  if (isHiddenFrom(outer, inner)) return false
  for (let at = 0; ; at += 1) {
    const wide = outer[at]
    const narrow = inner[at]
    if (wide === '#') return true
    if (wide === undefined || narrow === undefined) return wide === narrow
    if (narrow === '#' || (wide !== narrow && wide !== '+')) return false
  }
}

/** A filter that starts with a wildcard matches no Topic Name that starts with $. [MQTT-4.7.2-1] */
function isHiddenFrom(filter: Levels, other: Levels): boolean {
  const first = filter[0]
  return (first === '+' || first === '#') && other[0]?.startsWith('$') === true
}
