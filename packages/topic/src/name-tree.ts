/*
 * The tree of levels in a `TopicIndex`. It knows nothing of wildcards: names have none.
 */
import { levelEnd } from './characters.ts'

/** A Topic Name and its value. */
export class NameEntry<T> {
  readonly topicName: string
  value: T

  constructor(topicName: string, value: T) {
    this.topicName = topicName
    this.value = value
  }
}

/** What a level leads to. */
export type NameNode<T> = NameBranch<T> | NameEntry<T>

/** Topic Names by their levels. */
export class NameTree<T> {
  readonly root: NameBranch<T> = new NameBranch<T>(0)

  /** Adds a name that is not in the tree. */
  add(entry: NameEntry<T>): void {
    const { topicName } = entry
    let branch = this.root
    while (branch.start <= topicName.length) {
      const level = branch.levelOf(topicName)
      const child = branch.child(level)
      if (child === undefined) return branch.put(level, entry)
      branch = child instanceof NameBranch ? child : fork(branch, level, child)
    }
    branch.end = entry
  }

  /** Removes a name that is in the tree, and every branch that it leaves empty. */
  remove(topicName: string): void {
    // Below the last branch that holds something else too there is nothing but this name.
    let cut = this.root
    let node: NameNode<T> | undefined = this.root
    while (node instanceof NameBranch) {
      if (node.held > 1) cut = node
      node = node.start > topicName.length ? undefined : node.child(node.levelOf(topicName))
    }
    cut.drop(topicName)
  }
}

/** The names that begin with the same levels. A single child is held without a `Map`. */
export class NameBranch<T> {
  /** Where the level after them starts in every name below. */
  readonly start: number
  /** The name that has no further level. */
  end: NameEntry<T> | undefined = undefined
  #level = ''
  #only: NameNode<T> | undefined = undefined
  #children: Map<string, NameNode<T>> | undefined = undefined

  constructor(start: number) {
    this.start = start
  }

  /** How many children there are, `end` among them. */
  get held(): number {
    const children = this.#children?.size ?? (this.#only === undefined ? 0 : 1)
    return this.end === undefined ? children : children + 1
  }

  /** Returns the level that a name below this branch has here. */
  levelOf(topicName: string): string {
    return topicName.slice(this.start, levelEnd(topicName, this.start))
  }

  /** Returns what the level leads to. */
  child(level: string): NameNode<T> | undefined {
    if (this.#children !== undefined) return this.#children.get(level)
    return this.#level === level ? this.#only : undefined
  }

  /** Returns an iterator over what the levels lead to; what is added meanwhile may show up. */
  children(): Iterator<NameNode<T>> {
    if (this.#children !== undefined) return this.#children.values()
    return (this.#only === undefined ? [] : [this.#only]).values()
  }

  /** Makes a level lead to `node`, whatever it led to. */
  put(level: string, node: NameNode<T>): void {
    if (this.#children !== undefined) {
      this.#children.set(level, node)
    } else if (this.#only === undefined || this.#level === level) {
      this.#level = level
      this.#only = node
    } else {
      this.#children = new Map([
        [this.#level, this.#only],
        [level, node],
      ])
      this.#only = undefined
    }
  }

  /** Removes what the next level of the name leads to. */
  drop(topicName: string): void {
    if (this.start > topicName.length) this.end = undefined
    else if (this.#children === undefined) this.#only = undefined
    else this.#children.delete(this.levelOf(topicName))
  }
}

/** Puts a branch in the place of an entry and hangs the entry from it, one level lower. */
function fork<T>(parent: NameBranch<T>, level: string, entry: NameEntry<T>): NameBranch<T> {
  const branch = new NameBranch<T>(parent.start + level.length + 1)
  if (branch.start > entry.topicName.length) branch.end = entry
  else branch.put(branch.levelOf(entry.topicName), entry)
  parent.put(level, branch)
  return branch
}
