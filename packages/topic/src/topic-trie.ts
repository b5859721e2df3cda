/*
 * Topic Filters -> values, looked up by Topic Name (section 4.7): who gets a PUBLISH.
 *
 *   filters a/b, a/+/c, a/#, x/y        Branch (root) --a--> Branch --b--> Leaf a/b
 *                                              |               |----+--> Leaf a/+/c
 *                                              '--x--> Leaf    '----#--> Leaf a/#
 *
 * A leaf keeps the whole filter and hangs as near to the root as no other filter shares its levels;
 * what is left of the filter is compared in place. A branch is made only when a second filter comes
 * by: where 100,000 devices have one filter each, branches are few and leaves are 100,000.
 * Children with a literal level are not in a Map for each branch but in one hash table for all,
 * keyed by branch and level; levels are hashed and compared without being cut out. A lookup goes
 * down level by level and links the branches it has reached through `Branch.next`: no recursion, no
 * stack, and no allocation.
 *
 * Measured on 100,000 filters, a third each exact, with + and with # (Node 24, CPU time, looked up
 * among 8,192 topics): 4.8 million lookups a second and 90 bytes of heap for each filter; qlobber
 * 8.0.1 does 0.7 million with 361 bytes. The same trie with a Map for each branch, and a Map of
 * exact filters beside it, did about twice what qlobber does: each topic cost three lookups of
 * strings in large Maps, most of them cache misses.
 */
import { DOLLAR } from './characters.ts'
import { Branch, type Leaf, type Node } from './filter-node.ts'
import { FilterTree } from './filter-tree.ts'
import { matchesFrom } from './matching.ts'
import { matchedFilterFault, requireValid } from './validity.ts'

/** The lookups that found more than this give the memory for their finds back. */
const KEPT_FOUND_MAX = 1_024

/**
 * Topic Filters and a value for each; looked up by Topic Name. Several subscribers of one filter
 * are one value that is a list.
 */
export class TopicTrie<T> {
  readonly #tree: FilterTree<T>
  #size = 0
  #generation = 0
  /** What the lookups under way have found; a lookup made by a visitor adds at the end. */
  readonly #found: (Leaf<T> | undefined)[] = []
  #foundCount = 0
  /** The branches reached on the level below the one being looked at, linked by `next`. */
  #below: Branch<T> | undefined = undefined

  /**
   * `seed` is an integer of 32 bits for the hash of topic levels. Where strangers may subscribe,
   * give a random one: who knows it can choose levels that collide, which makes lookups slow.
   */
  constructor(seed = 0) {
    this.#tree = new FilterTree<T>(seed)
  }

  /** How many filters there are. */
  get size(): number {
    return this.#size
  }

  /** Grows with every `set` and every `delete` that removed something: older results are stale. */
  get generation(): number {
    return this.#generation
  }

  /**
   * Gives a filter its value and returns the value it had. A shared filter is taken as it stands:
   * give the filter inside (`parseSharedFilter`).
   *
   * @throws {RangeError} if the filter is not valid.
   */
  set(filter: string, value: T): T | undefined {
    requireValid(filter, matchedFilterFault(filter))
    this.#generation += 1
    const leaf = this.#tree.find(filter)
    if (leaf === undefined) {
      this.#tree.add(filter, value)
      this.#size += 1
      return undefined
    }
    const previous = leaf.value
    leaf.value = value
    return previous
  }

  /** Returns the value of exactly this filter. */
  get(filter: string): T | undefined {
    return this.#tree.find(filter)?.value
  }

  /** Removes exactly this filter; returns whether it was there. */
  delete(filter: string): boolean {
    const leaf = this.#tree.find(filter)
    if (leaf === undefined) return false
    this.#tree.remove(leaf)
    this.#size -= 1
    this.#generation += 1
    return true
  }

  /**
   * Calls `visit` with the value of every filter that matches the Topic Name and that filter, in
   * no particular order. All filters are found before the first call, so a visitor may call
   * `match`, `set` and `delete`: filters that it adds are not visited, filters that it removes
   * still are, and a value that it replaces is visited as replaced. What it throws ends the visit
   * and passes through.
   */
  match(topicName: string, visit: (value: T, filter: string) => void): void {
    const found = this.#found
    const first = this.#foundCount
    this.#collect(topicName)
    try {
      // Slots from #foundCount on are undefined, also after a visitor's own lookup.
      let at = first
      let leaf = found[at]
      while (leaf !== undefined) {
        visit(leaf.value, leaf.filter)
        at += 1
        leaf = found[at]
      }
    } finally {
      while (this.#foundCount > first) {
        this.#foundCount -= 1
        found[this.#foundCount] = undefined
      }
      if (first === 0 && found.length > KEPT_FOUND_MAX) found.length = 0
    }
  }

  /** Goes down all branches that match, level by level, so that each level is read once. */
  #collect(topicName: string): void {
    const { root, table, level } = this.#tree
    let here: Branch<T> | undefined = root
    let start = 0
    let hidden = topicName.charCodeAt(0) === DOLLAR
    while (here !== undefined && start <= topicName.length) {
      level.read(topicName, start)
      const { end } = level
      this.#below = undefined
      while (here !== undefined) {
        if (!hidden) this.#takeWildcards(here, topicName, end) // [MQTT-4.7.2-1]
        if (here.literals > 0) {
          const child: Node<T> | undefined = table.find(here, level, topicName)
          if (child !== undefined) this.#take(child, here.start + end - start, topicName, end)
        }
        here = leave(here)
      }
      here = this.#below
      start = end + 1
      hidden = false
    }
    while (here !== undefined) {
      if (here.end !== undefined) this.#add(here.end)
      if (here.multi !== undefined) this.#add(here.multi)
      here = leave(here)
    }
    this.#below = undefined
  }

  #takeWildcards(branch: Branch<T>, topicName: string, levelEnd: number): void {
    const { multi, single, start } = branch
    if (multi !== undefined) this.#add(multi)
    if (single !== undefined) this.#take(single, start + 1, topicName, levelEnd)
  }

  /** Takes a node whose levels match up to `filterAt` in the filter and `nameAt` in the name. */
  #take(node: Node<T>, filterAt: number, topicName: string, nameAt: number): void {
    if (node instanceof Branch) {
      node.next = this.#below
      this.#below = node
    } else if (matchesFrom(node.filter, filterAt, topicName, nameAt)) {
      this.#add(node)
    }
  }

  #add(leaf: Leaf<T>): void {
    this.#found[this.#foundCount] = leaf
    this.#foundCount += 1
  }
}

/** Unlinks a branch and returns the one after it. */
function leave<T>(branch: Branch<T>): Branch<T> | undefined {
  const { next } = branch
  branch.next = undefined
  return next
}
