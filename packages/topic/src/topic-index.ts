/*
 * Topic Names and a value for each, looked up by Topic Filter: the other direction of `TopicTrie`,
 * made for retained messages (section 3.3.1.3 asks for those that match a new subscription).
 *
 * A `Map` from name to entry answers `get`, `set` of a known name and filters without wildcards. A
 * tree of levels beside it answers the others. An entry hangs from the tree as near to the root as
 * no other name shares its levels; a branch is made only when a second name does. A walk keeps one
 * `Map` iterator for each level it is in, so it needs no recursion, can be left and taken up again,
 * and takes changes to the index in its stride. A filter such as `+/+/nothing` visits every name of
 * a hundred thousand and meets none, so a walk pauses by itself too.
 */
import { HASH, hasWildcard, levelEnd, PLUS } from './characters.ts'
import { matches } from './matching.ts'
import { NameBranch, NameEntry, type NameNode, NameTree } from './name-tree.ts'
import { matchedFilterFault, requireValid, topicNameFault } from './validity.ts'

/** A Topic Name and its value, as `TopicIndex.walk` hands them out. */
export interface TopicEntry<T> {
  readonly topicName: string
  readonly value: T
}

/** Topic Names and a value for each; looked up by Topic Filter. */
export class TopicIndex<T> {
  readonly #entries = new Map<string, NameEntry<T>>()
  readonly #tree = new NameTree<T>()

  /** How many names there are. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * Gives a name its value and returns the value it had.
   *
   * @throws {RangeError} if the name is not valid.
   */
  set(topicName: string, value: T): T | undefined {
    const known = this.#entries.get(topicName)
    if (known !== undefined) {
      const previous = known.value
      known.value = value
      return previous
    }
    requireValid(topicName, topicNameFault(topicName))
    const entry = new NameEntry(topicName, value)
    this.#entries.set(topicName, entry)
    this.#tree.add(entry)
    return undefined
  }

  /** Returns the value of this name. */
  get(topicName: string): T | undefined {
    return this.#entries.get(topicName)?.value
  }

  /**
   * Every name and its value, in the order in which the names came; a name that was removed has
   * come again. The iterator may be left and taken up, and the index may change, as with `walk`.
   */
  entries(): IterableIterator<TopicEntry<T>> {
    return this.#entries.values()
  }

  /** Removes a name; returns whether it was there. */
  delete(topicName: string): boolean {
    if (!this.#entries.delete(topicName)) return false
    this.#tree.remove(topicName)
    return true
  }

  /**
   * Calls `visit` with every name that the filter matches and its value, in no particular order.
   * A visitor may change the index: see `walk`.
   *
   * @throws {RangeError} if the filter is not valid.
   */
  find(filter: string, visit: (topicName: string, value: T) => void): void {
    for (const entry of this.walk(filter)) {
      if (entry !== undefined) visit(entry.topicName, entry.value)
    }
  }

  /**
   * Returns an iterator over every name that the filter matches, in no particular order. It may be
   * left and taken up again at any later time, and the index may change in between: a name that
   * stays is met once, a name removed before its turn is not met, a name added may be. The values
   * are those of the moment. Do not keep an entry; a later `set` changes it.
   *
   * Where it meets nothing for a while it gives `undefined`, for whoever wants to leave it there:
   * each `next` takes at most 32 steps through the index, 1 to 9 us with 100,000 names (Node 24).
   *
   * A shared filter is taken as it stands: give the filter inside (`parseSharedFilter`).
   *
   * @throws {RangeError} if the filter is not valid.
   */
  walk(filter: string): IterableIterator<TopicEntry<T> | undefined> {
    requireValid(filter, matchedFilterFault(filter))
    return hasWildcard(filter) ? this.#walkTree(filter) : this.#walkOne(filter)
  }

  *#walkOne(topicName: string): Generator<TopicEntry<T>, undefined> {
    const entry = this.#entries.get(topicName)
    if (entry !== undefined) yield entry
  }

  *#walkTree(filter: string): Generator<TopicEntry<T> | undefined, undefined> {
    const steps = [stepInto(this.#tree.root, filter, 0)]
    let left = STEPS_MAX
    for (let step = steps.at(-1); step !== undefined; step = steps.at(-1)) {
      if (left === 0) {
        yield undefined
        left = STEPS_MAX
      }
      left -= 1
      const { done, value: node } = step.nodes.next()
      if (done === true) {
        steps.pop()
        continue
      }
      if (node instanceof NameBranch && step.filterNext <= filter.length) {
        steps.push(stepInto(node, filter, step.filterNext))
      }
      const entry = node instanceof NameBranch ? node.end : node
      if (entry !== undefined && this.#isMet(entry, filter)) {
        yield entry
        left = STEPS_MAX
      }
    }
  }

  /** The tree only narrows the choice; `matches` decides, and a removed entry may still hang on. */
  #isMet(entry: NameEntry<T>, filter: string): boolean {
    return matches(filter, entry.topicName) && this.#entries.get(entry.topicName) === entry
  }
}

/** How far a walk goes without meeting a name before it gives way. */
const STEPS_MAX = 32

/** A branch that a walk is in: its children still to come, and the filter's level below them. */
interface Step<T> {
  readonly nodes: Iterator<NameNode<T>>
  readonly filterNext: number
}

function stepInto<T>(branch: NameBranch<T>, filter: string, filterAt: number): Step<T> {
  const unit = filter.charCodeAt(filterAt)
  if (unit === HASH) return { nodes: branch.children(), filterNext: filterAt }
  const end = levelEnd(filter, filterAt)
  const filterNext = end + 1
  if (unit === PLUS) return { nodes: branch.children(), filterNext }
  const child = branch.child(filter.slice(filterAt, end))
  return { nodes: (child === undefined ? [] : [child]).values(), filterNext }
}
