/*
 * The children of all branches of a `TopicTrie`, by branch and literal level: one hash table with
 * open addressing and linear probing. Removal shifts later entries back, so that there are no
 * tombstones. Between an eighth and half of the slots are in use.
 */
import { type Branch, Leaf, type Node } from './filter-node.ts'
import { isSameLevel, type Level, oddFactor } from './level.ts'

const CAPACITY_MIN = 16

/** Finds the child of a branch by its level. */
export class ChildTable<T> {
  #nodes: (Node<T> | undefined)[] = freeSlots(CAPACITY_MIN)
  #size = 0
  readonly #lowFactor: number
  readonly #highFactor: number

  constructor(seed: number) {
    this.#lowFactor = oddFactor(seed + 1)
    this.#highFactor = oddFactor(seed + 2)
  }

  /** How many children there are. */
  get size(): number {
    return this.#size
  }

  /** How many slots there are, a power of two. */
  get capacity(): number {
    return this.#nodes.length
  }

  /** Returns the child of `parent` whose level is the one that `text` has at `level`. */
  find(parent: Branch<T>, level: Level, text: string): Node<T> | undefined {
    const { low, high } = level
    const nodes = this.#nodes
    const mask = nodes.length - 1
    let at = this.key(parent, low, high) & mask
    let node = nodes[at]
    while (node !== undefined) {
      if (node.low === low && node.high === high && node.parent === parent) {
        if (high >= 0 || hasLevel(node, parent.start, text, level)) return node
      }
      at = (at + 1) & mask
      node = nodes[at]
    }
    return undefined
  }

  /** Adds a child that is not in the table. */
  add(node: Node<T>): void {
    this.#size += 1
    if (this.#size * 2 > this.#nodes.length) this.#resize(this.#nodes.length * 2)
    this.#put(node)
  }

  /** Puts `node`, whose level is the same, where `old` is. */
  replace(old: Node<T>, node: Node<T>): void {
    this.#nodes[this.#slotOf(old)] = node
  }

  /** Removes a child that is in the table. */
  remove(node: Node<T>): void {
    const nodes = this.#nodes
    const mask = nodes.length - 1
    let free = this.#slotOf(node)
    let at = (free + 1) & mask
    let moving = nodes[at]
    while (moving !== undefined) {
      // An entry may go back to the free slot unless its own place lies between the two.
      if (((at - this.#keyOf(moving)) & mask) >= ((at - free) & mask)) {
        nodes[free] = moving
        free = at
      }
      at = (at + 1) & mask
      moving = nodes[at]
    }
    nodes[free] = undefined
    this.#size -= 1
    if (nodes.length > CAPACITY_MIN && this.#size * 8 < nodes.length) this.#resize(nodes.length / 2)
  }

  /** Returns the hash of a level below a branch. */
  key(parent: Branch<T>, low: number, high: number): number {
    const first = Math.imul(parent.key ^ low, this.#lowFactor)
    const second = Math.imul(first ^ (first >>> 15) ^ high, this.#highFactor)
    return second ^ (second >>> 15)
  }

  #keyOf(node: Node<T>): number {
    return this.key(node.parent, node.low, node.high)
  }

  #slotOf(node: Node<T>): number {
    const mask = this.#nodes.length - 1
    let at = this.#keyOf(node) & mask
    while (this.#nodes[at] !== node) at = (at + 1) & mask
    return at
  }

  #put(node: Node<T>): void {
    const mask = this.#nodes.length - 1
    let at = this.#keyOf(node) & mask
    while (this.#nodes[at] !== undefined) at = (at + 1) & mask
    this.#nodes[at] = node
  }

  #resize(capacity: number): void {
    const nodes = this.#nodes
    this.#nodes = freeSlots(capacity)
    for (const node of nodes) if (node !== undefined) this.#put(node)
  }
}

function freeSlots(capacity: number): undefined[] {
  return Array.from<undefined>({ length: capacity }).fill(undefined)
}

function hasLevel<T>(node: Node<T>, start: number, text: string, level: Level): boolean {
  return node instanceof Leaf
    ? isSameLevel(node.filter, start, text, level)
    : isSameLevel(node.level, 0, text, level)
}
