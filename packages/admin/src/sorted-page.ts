/**
 * A part of a list that has no order to rely on: the first so many behind a name, by code units. So
 * what is there all the time is seen once, whatever comes and goes between two parts.
 */
import type { PageQuery } from './backend.ts'
import { patternMatches } from './pattern.ts'
import { Slices } from './slices.ts'
import type { Page } from './views.ts'

/** The part of the list that is asked for; no two items have the same name. */
export async function sortedPage<T>(
  list: readonly T[],
  { limit, after, match }: Omit<PageQuery, 'signal'>,
  nameOf: (item: T) => string,
): Promise<Page<T>> {
  const slices = new Slices()
  const smallest: { readonly name: string; readonly item: T }[] = []
  for (const [index, item] of list.entries()) {
    if (index % ITEMS_A_LOOK === 0 && slices.isOver) await slices.pause()
    const name = nameOf(item)
    if (after !== undefined && name <= after) continue
    if (match !== undefined && !patternMatches(match, name)) continue
    const last = smallest.at(-1)
    // One more than wanted, to know whether there is a next part.
    if (smallest.length > limit && last !== undefined && name >= last.name) continue
    const place = placeOf(name, smallest)
    smallest.splice(place, 0, { name, item })
    if (smallest.length > limit + 1) smallest.pop()
  }
  const page = smallest.slice(0, limit)
  const items = page.map(({ item }) => item)
  const next = page.at(-1)?.name
  return smallest.length > limit && next !== undefined ? { items, next } : { items }
}

/** Reading the clock costs as much as an item. */
const ITEMS_A_LOOK = 64

function placeOf(name: string, sorted: readonly { readonly name: string }[]): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.name ?? '') < name) low = middle + 1
    else high = middle
  }
  return low
}
