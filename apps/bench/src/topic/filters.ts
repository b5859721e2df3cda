/**
 * The filters that matchers are measured with: a third exact, a third with `+`, a third with `#`,
 * four or five levels deep. The topic of an index is matched by the filter of that index alone.
 */

/** The filter of an index. */
export function filter(index: number): string {
  const [site, line] = place(index)
  if (index % 3 === 1) return flat(`plant/${site}/+/${index}`)
  if (index % 3 === 2) return flat(`plant/${site}/${line}/${index}/#`)
  return topic(index)
}

/** The topic that this filter matches. */
export function topic(index: number): string {
  const [site, line] = place(index)
  return flat(`plant/${site}/${line}/${index}`)
}

/** A topic that differs from all filters in its last level only. */
export function miss(index: number): string {
  const [site, line] = place(index)
  return flat(`plant/${site}/${line}/none-${index}`)
}

/** Evenly spread indices below `size`. */
export function spreadIndices(size: number, count: number): number[] {
  const step = size / count
  return Array.from({ length: count }, (_, index) => Math.floor(index * step))
}

// Two primes, so that sites and lines combine evenly.
function place(index: number): [number, number] {
  return [index % 97, Math.floor(index / 97) % 89]
}

/** The string as it comes off a wire: of its own bytes, not a rope of what it was put together. */
function flat(text: string): string {
  return Buffer.from(text).toString()
}
