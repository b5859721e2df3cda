/*
 * Finds, adds and removes the leaves of a `TopicTrie`. Filters are valid here, so a wildcard at the
 * start of a level is the whole level. No function recurses on levels.
 */
import { HASH, PLUS } from './characters.ts'
import { ChildTable } from './child-table.ts'
import { Branch, Leaf, type Node } from './filter-node.ts'
import { Level, oddFactor } from './level.ts'

/** Topic Filters by their levels. */
export class FilterTree<T> {
  readonly root: Branch<T> = new Branch<T>(undefined, '', 0)
  readonly table: ChildTable<T>
  /** The level last read. */
  readonly level: Level

  constructor(seed: number) {
    this.table = new ChildTable(seed)
    this.level = new Level(seed)
    // Not 0, which is its own hash under a run of empty levels: all of them would collide.
    this.root.key = oddFactor(seed + 3)
  }

  /** Returns the leaf of exactly this filter. */
  find(filter: string): Leaf<T> | undefined {
    let node: Node<T> | undefined = this.root
    while (node instanceof Branch) node = this.#step(node, filter)
    return node?.filter === filter ? node : undefined
  }

  /** Adds a filter that is not in the tree. */
  add(filter: string, value: T): void {
    let branch = this.root
    let node = this.#step(branch, filter)
    while (node !== undefined) {
      branch = node instanceof Branch ? node : this.#fork(node)
      node = this.#step(branch, filter)
    }
    this.#attach(new Leaf(filter, value, branch))
  }

  /** Removes a leaf that is in the tree, and every branch that it leaves empty. */
  remove(leaf: Leaf<T>): void {
    let branch = leaf.parent
    if (branch.end === leaf) branch.end = undefined
    else if (branch.multi === leaf) branch.multi = undefined
    else this.#drop(branch, leaf)
    while (branch !== this.root && branch.isEmpty) {
      this.#drop(branch.parent, branch)
      branch = branch.parent
    }
  }

  /** Returns what the filter's next level leads to; past the last one, the leaf that ends there. */
  #step(branch: Branch<T>, filter: string): Node<T> | undefined {
    if (branch.start > filter.length) return branch.end
    const unit = filter.charCodeAt(branch.start)
    if (unit === PLUS) return branch.single
    if (unit === HASH) return branch.multi
    this.level.read(filter, branch.start)
    return this.table.find(branch, this.level, filter)
  }

  /** Puts a branch in the place of a leaf and hangs the leaf from it, one level lower. */
  #fork(leaf: Leaf<T>): Branch<T> {
    const { filter, parent, low, high } = leaf
    this.level.read(filter, parent.start)
    const { start, end } = this.level
    const branch = new Branch(parent, filter.slice(start, end), end + 1)
    branch.low = low
    branch.high = high
    if (parent.single === leaf) {
      parent.single = branch
      branch.key = this.table.key(parent, PLUS, -1)
    } else {
      this.table.replace(leaf, branch)
      branch.key = this.table.key(parent, low, high)
    }
    leaf.parent = branch
    this.#attach(leaf)
    return branch
  }

  #attach(leaf: Leaf<T>): void {
    const { filter, parent } = leaf
    const unit = filter.charCodeAt(parent.start)
    if (parent.start > filter.length) parent.end = leaf
    else if (unit === PLUS) parent.single = leaf
    else if (unit === HASH) parent.multi = leaf
    else {
      this.level.read(filter, parent.start)
      leaf.low = this.level.low
      leaf.high = this.level.high
      parent.literals += 1
      this.table.add(leaf)
    }
  }

  #drop(parent: Branch<T>, node: Node<T>): void {
    if (parent.single === node) parent.single = undefined
    else {
      parent.literals -= 1
      this.table.remove(node)
    }
  }
}
