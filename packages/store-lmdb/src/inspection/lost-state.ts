/**
 * The state from which to salvage. If a meta page is damaged, it may lead nowhere, and the other
 * one may hold the state before the newest. The newest one is then looked for among its pages,
 * which all bear the number of its transaction: what none of them refers to is a root, of the main
 * database or of the free list. Such a state is believed only if it is whole: no fault, and each
 * page up to the last one is in use or free, which cannot be so by chance.
 *
 *     meta 0 (100)    meta 1 (damaged)    pages of 101: a <- b <- [c]   d <- [e]    c, e are roots
 */
import type { Fault } from './fault.ts'
import { PAGE_SIZES, readMeta, readMetas, transactionOfRoots } from './meta-page.ts'
import type { Meta, Tree } from './meta-page.ts'
import { readWord } from './page-file.ts'
import type { PageFile } from './page-file.ts'
import { PageSet } from './page-set.ts'
import { StateWalk } from './state-walk.ts'
import { BRANCH, faultOfPage, LEAF, nodeAt, nodeCount } from './tree-page.ts'

/** What is left of the meta pages. */
export interface LeftState {
  /** `undefined` if no state was found. */
  readonly state: Meta | undefined
  /** What is wrong with the meta pages. */
  readonly fault: Fault | undefined
  /** Whether it is known to be the newest one. */
  readonly isNewest: boolean
}

/** The newest state that there is, as far as can be known. Sets the page size of the file. */
export function findState(file: PageFile): LeftState {
  const metas = readMetas(file)
  if (!('what' in metas)) return checkedState(file, metas.chosen)
  const [known] = soundMetas(file)
  const transaction = known === undefined ? newestTransaction(file) : known.transaction + 1
  const roots = rootsOf(file, transaction)
  const lost = findLostState({ file, known, transaction, roots })
  if (lost !== undefined) return { state: lost, fault: metas, isNewest: true }
  // A transaction leaves pages behind: without any, there was none after the known one.
  const isNewest = known !== undefined && known.lastPage < file.pages && roots.length === 0
  return { state: known, fault: metas, isNewest }
}

/** The newest state, or what its pages say that it is, if its meta page says something else. */
function checkedState(file: PageFile, state: Meta): LeftState {
  const fault = firstFault(file, state)
  if (fault === undefined) return { state, fault, isNewest: true }
  const { transaction } = state
  const roots = rootsOf(file, transaction)
  const found = findLostState({ file, known: state, transaction, roots })
  // Else the walk meets the fault again.
  if (found === undefined) return { state, fault: undefined, isNewest: true }
  return { state: found, fault, isNewest: true }
}

function firstFault(file: PageFile, state: Meta): Fault | undefined {
  for (const step of new StateWalk(file, state).steps()) {
    if (step.kind === 'fault') return step.fault
  }
  return undefined
}

/** What is looked for. */
interface Search {
  readonly file: PageFile
  readonly known: Meta | undefined
  readonly transaction: number
  /** Pages that may be roots of its trees. */
  readonly roots: readonly number[]
}

/**
 * The meta pages that are right in themselves, newest first. They have the numbers that their pages
 * say, if these go together; else a page is damaged, and they have their own ones.
 */
function soundMetas(file: PageFile): Meta[] {
  for (const pageBytes of PAGE_SIZES) {
    const metas: Meta[] = []
    for (const number of [0, 1]) {
      const meta = readMeta(file, number, pageBytes)
      if (!('what' in meta)) metas.push(meta)
    }
    if (metas.length === 0) continue
    file.pageBytes = pageBytes
    const dated = metas.map((meta) => {
      return { ...meta, transaction: transactionOfRoots(file, meta) ?? meta.transaction }
    })
    const right = areNeighbours(dated) ? dated : metas
    return right.toSorted((one, other) => other.transaction - one.transaction)
  }
  return []
}

function areNeighbours([one, other]: readonly Meta[]): boolean {
  if (one === undefined || other === undefined) return false
  return Math.abs(one.transaction - other.transaction) === 1
}

/** The state behind a known one, if all of it is there. */
function findLostState({ file, known, transaction, roots }: Search): Meta | undefined {
  if (roots.length === 0) return undefined
  const mains = [...roots, ...rootOf(known?.main)]
  const frees = [...roots, ...rootOf(known?.free), undefined]
  for (const main of mains) {
    for (const free of frees) {
      if (main === free) continue
      const state = wholeState(file, transaction, main, free)
      if (state !== undefined) return state
    }
  }
  return undefined
}

/** Tree pages of a transaction to which none of its pages refers: a few, the newest last. */
function rootsOf(file: PageFile, transaction: number): number[] {
  const referred = new PageSet(file.pages)
  const pages: number[] = []
  for (let number = 2; number < file.pages; number++) {
    const page = file.page(number, file.pages - 1)
    if (page === undefined || readWord(page.view, 8) !== transaction) continue
    const kind = page.view.getUint16(18, true)
    if ((kind !== BRANCH && kind !== LEAF) || faultOfPage(page, kind, transaction)) continue
    pages.push(number)
    if (kind === LEAF) continue
    for (let index = 0; index < nodeCount(page); index++) {
      referred.add(nodeAt(page, index, BRANCH)?.page ?? -1)
    }
  }
  return pages.filter((number) => !referred.has(number)).slice(0, ROOTS_MAX)
}

function wholeState(
  file: PageFile,
  transaction: number,
  mainRoot: number,
  freeRoot: number | undefined,
): Meta | undefined {
  const main = treeFrom(file, mainRoot, 0)
  const free = treeFrom(file, freeRoot, FREE_FLAGS)
  const last = { main, free, transaction, lastPage: 2 * file.pages }
  const walk = new StateWalk(file, last)
  let entries = 0
  for (const step of walk.steps()) {
    if (step.kind === 'fault') return undefined
    if (step.database === '') entries += nodeCount(step.page)
  }
  const lastPage = Math.max(walk.used.highest, walk.free.highest)
  const pages = walk.used.size + walk.free.size
  if (pages !== lastPage - 1) return undefined
  return { ...last, lastPage, main: { ...main, entries } }
}

/** A tree of which nothing but the root is known. */
function treeFrom(file: PageFile, root: number | undefined, flags: number): Tree {
  let depth = root === undefined ? 0 : 1
  let page = root === undefined ? undefined : file.page(root)
  while (page !== undefined && page.view.getUint16(18, true) === BRANCH && depth < DEPTH_MAX) {
    const child = nodeAt(page, 0, BRANCH)?.page ?? -1
    page = child >= 2 && child < file.pages ? file.page(child) : undefined
    depth++
  }
  const counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 }
  return { flags, depth, root, ...counts, isCounted: false }
}

function rootOf(tree: Tree | undefined): number[] {
  return tree?.root === undefined ? [] : [tree.root]
}

/** The highest transaction that a tree page bears. */
function newestTransaction(file: PageFile): number {
  let newest = 0
  for (let number = 2; number < file.pages; number++) {
    const page = file.page(number, file.pages - 1)
    const kind = page?.view.getUint16(18, true)
    if (page === undefined || (kind !== BRANCH && kind !== LEAF)) continue
    if (faultOfPage(page, kind, Infinity) === undefined) {
      newest = Math.max(newest, readWord(page.view, 8))
    }
  }
  return newest
}

const FREE_FLAGS = 0x0008
const DEPTH_MAX = 32

/** What an unfinished transaction left behind may look like roots too. */
const ROOTS_MAX = 6
