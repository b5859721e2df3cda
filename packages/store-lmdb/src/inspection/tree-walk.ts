/**
 * A walk over all pages of a tree that can be reached from its root. It goes down level by level
 * and reads the pages of a level in the order in which they lie in the file, a batch at a time, so
 * that the disk is read in big pieces and memory holds a few batches and a bit for each page.
 *
 *     root --> [ branch pages, sorted ] --> [ leaf pages, sorted ] --> [ runs of long values ]
 *
 * What is met is claimed; who claims a page twice is wrong, so no walk goes in circles. A fault is
 * reported and the walk goes on beside it: whoever only wants to know stops at the first one, and
 * whoever salvages takes the rest.
 */
import type { Fault } from './fault.ts'
import { pageFault } from './fault.ts'
import type { Tree } from './meta-page.ts'
import { copyPage } from './page-file.ts'
import type { Page, PageFile } from './page-file.ts'
import type { PageSet } from './page-set.ts'
import {
  BRANCH,
  compareKeys,
  faultOfPage,
  faultOfRun,
  faultOfRunNode,
  keyOf,
  LEAF,
  nodeAt,
  nodeCount,
} from './tree-page.ts'
import type { Node } from './tree-page.ts'

/** What a walk meets. */
export type Step =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | {
      readonly kind: 'leaf'
      /** Borrowed until the next step. */
      readonly page: Page
    }

/** Where a walk goes. */
export interface WalkPlace {
  readonly file: PageFile
  /** Pages that were met, of this and other trees. */
  readonly claimed: PageSet
  /** That of the state: no page of it is newer. */
  readonly transaction: number
  /** How a fault names the tree. */
  readonly name: string
  /** Keys are numbers of 64 bits, and branch pages may have a single child. */
  readonly numbered: boolean
}

/** All leaf pages of a tree and all its faults, in no order. */
export function* walkTree(tree: Tree, place: WalkPlace): Generator<Step, void, undefined> {
  if (tree.root === undefined) return
  const walk = new Walk(tree, place)
  const root = { page: tree.root, low: undefined, high: undefined, transaction: place.transaction }
  yield* walk.level([root], 1)
  yield* walk.runs()
  yield* walk.counts()
}

/** A page that is to be visited, and what its parent says about it. */
interface Visit {
  readonly page: number
  /** No key is lower. */
  readonly low: Uint8Array | undefined
  /** All keys are lower. */
  readonly high: Uint8Array | undefined
  /** The parent was written with each change below it, so no child is newer. */
  readonly transaction: number
}

class Walk {
  readonly #tree: Tree
  readonly #place: WalkPlace
  #runs: Node[] = []
  #branchPages = 0
  #leafPages = 0
  #overflowPages = 0
  #entries = 0

  constructor(tree: Tree, place: WalkPlace) {
    this.#tree = tree
    this.#place = place
  }

  *level(visits: Visit[], depth: number): Generator<Step, void, undefined> {
    const isLeaf = depth === this.#tree.depth
    visits.sort((one, other) => one.page - other.page)
    let below: Visit[] = []
    let rowLast = -1
    for (const [index, visit] of visits.entries()) {
      if (visit.page > rowLast) rowLast = lastOfRow(visits, index)
      const page = this.#claim(visit.page, rowLast)
      if ('what' in page) {
        yield { kind: 'fault', fault: page }
        continue
      }
      if (isLeaf) {
        yield* this.#leaf(page, visit)
        continue
      }
      const fault = this.#branch(page, visit, below)
      if (fault !== undefined) yield { kind: 'fault', fault: pageFault(page.number, fault) }
      if (below.length < BATCH) continue
      yield* this.level(below, depth + 1)
      below = []
    }
    if (below.length > 0) yield* this.level(below, depth + 1)
  }

  /** Looks at the runs of long values that the leaves have named. */
  *runs(): Generator<Step, void, undefined> {
    const nodes = this.#runs.toSorted((one, other) => one.page - other.page)
    this.#runs = []
    for (const node of nodes) {
      const fault = this.#run(node)
      if (fault !== undefined) yield { kind: 'fault', fault }
    }
  }

  /** Compares what was met with what the tree says about itself. */
  *counts(): Generator<Step, void, undefined> {
    const tree = this.#tree
    if (!tree.isCounted) return
    const found = [this.#branchPages, this.#leafPages, this.#overflowPages, this.#entries]
    const said = [tree.branchPages, tree.leafPages, tree.overflowPages, tree.entries]
    if (found.every((count, index) => count === said[index])) return
    const what =
      `has ${found.join(', ')} branch pages, leaf pages, pages of long values and entries ` +
      `instead of ${said.join(', ')}`
    yield { kind: 'fault', fault: { place: this.#place.name, what } }
  }

  /** A page that nothing else refers to. */
  #claim(number: number, until: number): Page | Fault {
    const { file, claimed, name } = this.#place
    if (!(number >= FIRST_PAGE)) return pageFault(number, `is no page, but ${name} refers to it`)
    if (number >= file.pages) {
      return pageFault(number, `is behind the end of the file, after ${file.pages} pages`)
    }
    if (!claimed.add(number)) return pageFault(number, `is used twice, here by ${name}`)
    return file.page(number, until) ?? pageFault(number, 'cannot be read')
  }

  *#leaf(page: Page, visit: Visit): Generator<Step, void, undefined> {
    this.#leafPages++
    const count = nodeCount(page)
    this.#entries += count
    const fault = faultOfPage(page, LEAF, visit.transaction) ?? this.#keysFault(page, visit, LEAF)
    if (fault !== undefined) yield { kind: 'fault', fault: pageFault(page.number, fault) }
    for (let index = 0; index < count; index++) {
      const node = nodeAt(page, index, LEAF)
      if (node === undefined || node.runPages === 0) continue
      const wrong = faultOfRunNode(node, page.bytes.length)
      if (wrong === undefined) this.#runs.push(node)
      else yield { kind: 'fault', fault: pageFault(page.number, wrong) }
    }
    yield { kind: 'leaf', page }
    if (this.#runs.length >= BATCH) yield* this.runs()
  }

  /** Adds the children of a branch page to `below`, and tells what is wrong with it. */
  #branch(borrowed: Page, visit: Visit, below: Visit[]): string | undefined {
    this.#branchPages++
    const page = copyPage(borrowed)
    const fault =
      faultOfPage(page, BRANCH, visit.transaction) ?? this.#keysFault(page, visit, BRANCH)
    // Where a page is wrong it is not known what it refers to.
    if (fault !== undefined) return fault
    const count = nodeCount(page)
    if (count < 2 && !this.#place.numbered) return 'is a branch page with a single child'
    const transaction = page.view.getUint32(8, true) + page.view.getUint32(12, true) * 2 ** 32
    let low = visit.low
    for (let index = 0; index < count; index++) {
      const node = nodeAt(page, index, BRANCH)
      const next = index + 1 < count ? nodeAt(page, index + 1, BRANCH) : undefined
      const high = next === undefined ? visit.high : keyOf(page, next)
      if (node !== undefined) below.push({ page: node.page, low, high, transaction })
      low = high
    }
    return undefined
  }

  /** Whether the keys rise and are where the parent says that they are. */
  #keysFault(page: Page, visit: Visit, kind: number): string | undefined {
    const { numbered } = this.#place
    const compare = numbered ? compareNumbers : compareKeys
    // The first key of a branch page means nothing: it stands for all that is lower.
    const first = kind === BRANCH ? 1 : 0
    let before: Uint8Array | undefined
    for (let index = first; index < nodeCount(page); index++) {
      const node = nodeAt(page, index, kind)
      if (node === undefined) return `has node ${index} out of bounds`
      const key = keyOf(page, node)
      if (numbered && key.length !== 8) return `has a key of ${key.length} bytes instead of 8`
      if (before === undefined) {
        if (visit.low !== undefined && compare(key, visit.low) < 0) {
          return 'begins with a key that belongs before it'
        }
      } else if (compare(before, key) >= 0)
        return `has the keys ${index - 1} and ${index} in disorder`
      before = key
    }
    if (before === undefined || visit.high === undefined) return undefined
    return compare(before, visit.high) < 0 ? undefined : 'ends with a key that belongs behind it'
  }

  #run(node: Node): Fault | undefined {
    const { file, claimed, name } = this.#place
    const last = node.page + node.runPages - 1
    const first = this.#claim(node.page, last)
    if ('what' in first) return first
    if (last >= file.pages) return pageFault(node.page, 'begins a run that the file does not hold')
    const fault = faultOfRun(first, node)
    if (fault !== undefined) return pageFault(node.page, fault)
    this.#overflowPages += node.runPages
    for (let number = node.page + 1; number <= last; number++) {
      if (!claimed.add(number)) return pageFault(number, `is used twice, here by ${name}`)
      if (file.page(number, last) === undefined) return pageFault(number, 'cannot be read')
    }
    return undefined
  }
}

/** The last page that is worth reading along: up to there, most pages are wanted. */
function lastOfRow(visits: readonly Visit[], index: number): number {
  let last = visits[index]?.page ?? 0
  for (let next = index + 1; next < visits.length && next < index + ROW; next++) {
    const page = visits[next]?.page ?? 0
    if (!(page - last <= GAP)) break
    last = page
  }
  return last
}

/** Numbers of 64 bits, little endian. */
function compareNumbers(one: Uint8Array, other: Uint8Array): number {
  for (let at = 7; at >= 0; at--) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Pages 0 and 1 are the meta pages. */
const FIRST_PAGE = 2

/** So many pages, or runs, are gathered before they are read. */
const BATCH = 4096

/** Pages up to so far apart are read together. */
const GAP = 8
/** A row has so many pages at most. */
const ROW = 256
