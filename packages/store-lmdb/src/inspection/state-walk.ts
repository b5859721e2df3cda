/**
 * A walk over all trees of one state of a data file: the main database, the databases that it
 * names, and the free list. In a file that LMDB wrote, each page up to the last one is either in
 * one of them or in the free list, and in neither twice.
 */
import type { Fault } from './fault.ts'
import { pageFault } from './fault.ts'
import { readFreePages } from './free-list.ts'
import { faultOfTree, NAMED_FLAGS_ALLOWED, readTree } from './meta-page.ts'
import type { Meta, Tree } from './meta-page.ts'
import type { Page, PageFile } from './page-file.ts'
import { PageSet } from './page-set.ts'
import { inlineValue, keyOf, LEAF, nodeAt, nodeCount, NODE_TREE, TREE_BYTES } from './tree-page.ts'
import { walkTree } from './tree-walk.ts'

/** What the walk meets. */
export type StateStep =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | {
      readonly kind: 'leaf'
      /** Borrowed until the next step. */
      readonly page: Page
      /** In which database; the main one has no name. */
      readonly database: string
    }

/** A walk over a state, which is done once. */
export class StateWalk {
  /** Pages in use, as far as the walk has come. */
  readonly used: PageSet
  /** Pages in the free list. */
  readonly free: PageSet
  readonly #file: PageFile
  readonly #state: Meta
  #freeFaults = 0

  constructor(file: PageFile, state: Meta) {
    this.#file = file
    this.#state = state
    const pages = state.lastPage + 1
    this.used = new PageSet(Math.min(pages, file.pages))
    // The last pages may be free and never have been written, but not that many.
    this.free = new PageSet(Math.min(pages, pagesPossible(file)))
  }

  /** Whether the free list could be read whole and without a fault. */
  get knowsFree(): boolean {
    return this.#freeFaults === 0
  }

  /** Pages that are in no tree and not free. LMDB leaves none. */
  get leakedPages(): number {
    return this.#state.lastPage + 1 - META_PAGES - this.used.size - this.free.size
  }

  /** All leaves but those of the free list, and all faults. */
  *steps(): Generator<StateStep, void, undefined> {
    const { main, lastPage } = this.#state
    if (lastPage >= pagesPossible(this.#file)) {
      const what = `says that page ${lastPage} is the last one of ${this.#file.pages}`
      yield { kind: 'fault', fault: { place: 'the newest meta page', what } }
    }
    const named: NamedTree[] = []
    for (const step of this.#tree('', main)) {
      if (step.kind === 'leaf') named.push(...namedTrees(step.page))
      yield step
    }
    for (const { name, tree } of named) yield* this.#named(name, tree)
    yield* this.#freeList()
  }

  *#named(name: string, tree: Tree | undefined): Generator<StateStep, void, undefined> {
    const what = tree === undefined ? 'has no tree' : faultOfTree(tree, NAMED_FLAGS_ALLOWED)
    if (tree === undefined || what !== undefined) {
      yield { kind: 'fault', fault: { place: nameOf(name), what: what ?? '' } }
      return
    }
    for (const step of this.#tree(name, tree)) {
      if (step.kind === 'leaf' && namedTrees(step.page).length > 0) {
        yield { kind: 'fault', fault: pageFault(step.page.number, 'has a tree within a database') }
      }
      yield step
    }
  }

  *#tree(database: string, tree: Tree): Generator<StateStep, void, undefined> {
    for (const step of walkTree(tree, this.#place(nameOf(database), false))) {
      yield step.kind === 'leaf' ? { kind: 'leaf', page: step.page, database } : step
    }
  }

  *#freeList(): Generator<StateStep, void, undefined> {
    const { free, transaction } = this.#state
    for (const step of walkTree(free, this.#place('the free list', true))) {
      const fault =
        step.kind === 'fault'
          ? step.fault
          : readFreePages(this.#file, step.page, this.free, transaction)
      if (fault !== undefined) yield this.#freeFault(fault)
    }
    const both = this.free.commonWith(this.used)
    if (both !== undefined) yield this.#freeFault(pageFault(both, 'is in use and in the free list'))
  }

  #freeFault(fault: Fault): StateStep {
    this.#freeFaults++
    return { kind: 'fault', fault }
  }

  #place(name: string, numbered: boolean): Parameters<typeof walkTree>[1] {
    const { transaction } = this.#state
    return { file: this.#file, claimed: this.used, transaction, name, numbered }
  }
}

interface NamedTree {
  readonly name: string
  readonly tree: Tree | undefined
}

/** The databases that a leaf of the main database names. */
function namedTrees(page: Page): NamedTree[] {
  const trees: NamedTree[] = []
  for (let index = 0; index < nodeCount(page); index++) {
    const node = nodeAt(page, index, LEAF)
    if (node === undefined || (node.flags & NODE_TREE) === 0) continue
    const name = NAMES.decode(keyOf(page, node)).replace('\0', '')
    const value = inlineValue(page, node)
    const isTree = node.flags === NODE_TREE && value.length === TREE_BYTES
    const view = new DataView(value.buffer, value.byteOffset, value.length)
    trees.push({ name, tree: isTree ? readTree(view, 0) : undefined })
  }
  return trees
}

function nameOf(database: string): string {
  return database === '' ? 'the main database' : `database "${database}"`
}

/** A file may lack pages at its end that are free and were never written. */
function pagesPossible(file: PageFile): number {
  return 2 * file.pages + 65_536
}

const NAMES = new TextDecoder()
const META_PAGES = 2
