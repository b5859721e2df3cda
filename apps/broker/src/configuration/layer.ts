/**
 * The places that a configuration comes from, one above the other: a file, the environment, flags.
 * Each is a tree of keys as it was written, and knows where in it something stands.
 */
import { isMapping } from './structure.ts'
import type { Path } from './wording.ts'

/** One of them. */
export interface Layer {
  readonly type: 'dev' | 'file' | 'environment' | 'flags'
  /** The words for advice; our own where left out. */
  readonly dialect?: 'mosquitto'
  readonly tree: unknown
  /** The directory that relative paths start from. */
  readonly base: string
  /** Where something stands, such as `godwit.yaml:12:3` or `GODWIT_BROKER_DATA`. */
  readonly placeOf: (path: Path) => string
}

/** Keys of later layers take the place of those before. A list is replaced as a whole. */
export function merged(layers: readonly Layer[]): unknown {
  return layers.reduce<unknown>((below, { tree }) => {
    return tree === undefined ? below : mergedTree(below, tree)
  }, {})
}

function mergedTree(below: unknown, above: unknown): unknown {
  if (!isMapping(above)) return above
  if (isPatch(above)) return patched(Array.isArray(below) ? below : [], above)
  const under = isMapping(below) ? below : {}
  const names = new Set([...Object.keys(under), ...Object.keys(above)])
  // Keys such as __proto__ become keys like any other in this way.
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      name in above && Object.hasOwn(above, name)
        ? mergedTree(own(under, name), above[name])
        : under[name],
    ]),
  )
}

/** Whether all keys are places in a list: `{ 0: ... }`, as the environment and flags have it. */
function isPatch(tree: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(tree)
  return names.length > 0 && names.every((name) => /^\d{1,4}$/.test(name))
}

function patched(below: readonly unknown[], above: Readonly<Record<string, unknown>>): unknown {
  const items = [...below]
  for (const [name, value] of Object.entries(above)) {
    items[Number(name)] = mergedTree(items[Number(name)], value)
  }
  return items
}

/** The layer that says what stands at a path; or, if nothing does, what stands above it. */
export function layerOf(layers: readonly Layer[], path: Path): Layer | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const steps = path.slice(0, length)
    const found = layers.findLast(({ tree }) => valueAt(tree, steps) !== undefined)
    if (found !== undefined) return found
  }
  return layers.findLast(({ type }) => type === 'file') ?? layers.at(-1)
}

/** What stands at a path of a tree. */
export function valueAt(tree: unknown, path: Path): unknown {
  let value = tree
  for (const step of path) value = own(value, String(step))
  return value
}

function own(tree: unknown, name: string): unknown {
  if (Array.isArray(tree)) return /^\d+$/.test(name) ? tree[Number(name)] : undefined
  return isMapping(tree) && Object.hasOwn(tree, name) ? tree[name] : undefined
}
