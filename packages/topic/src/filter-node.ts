/*
 * What `TopicTrie` is made of. A `Leaf` holds a filter; a `Branch` stands for a run of levels with
 * which two or more filters have begun. See `topic-trie.ts` for how they hang together.
 */

/** One Topic Filter and its value, as near to the root as no other filter shares its levels. */
export class Leaf<T> {
  readonly filter: string
  value: T
  parent: Branch<T>
  /** The literal level that leads here from the parent, as `Level` has it. */
  low = 0
  high = 0

  constructor(filter: string, value: T, parent: Branch<T>) {
    this.filter = filter
    this.value = value
    this.parent = parent
  }
}

/** The filters that begin with the same levels. */
export class Branch<T> {
  /** Of the root, the root. */
  readonly parent: Branch<T>
  /** The last of those levels. */
  readonly level: string
  /** Where the level after it starts in every filter below. */
  readonly start: number
  /** The level again, as `Level` has it. */
  low = 0
  high = 0
  /** Part of the hash of every child. */
  key = 0
  /** How many children with a literal level there are; the `ChildTable` holds them. */
  literals = 0
  /** The child with the level `+`. */
  single: Node<T> | undefined = undefined
  /** The filter whose next level is `#`. */
  multi: Leaf<T> | undefined = undefined
  /** The filter that has no further level. */
  end: Leaf<T> | undefined = undefined
  /** The next branch that a lookup has reached on the same level; set only within a lookup. */
  next: Branch<T> | undefined = undefined

  constructor(parent: Branch<T> | undefined, level: string, start: number) {
    this.parent = parent ?? this
    this.level = level
    this.start = start
  }

  /** Whether no filter is left below. */
  get isEmpty(): boolean {
    const { end, literals, multi, single } = this
    return literals === 0 && (single ?? multi ?? end) === undefined
  }
}

/** What a level leads to. */
export type Node<T> = Branch<T> | Leaf<T>
