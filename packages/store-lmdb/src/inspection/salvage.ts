/**
 * What can still be read from a damaged data file. First what can be reached from the newest state;
 * where a page is damaged, the rest of its nodes. Then all other pages of the file that look like
 * leaves:
 *
 *     not in the free list   they hung on a page that is damaged: as good as reached
 *     in the free list       they are from the past: what they say was changed or deleted since
 *     free list damaged      nobody knows: they are treated as from the past
 *
 * Bytes are given as they are. Whether a value is what was written, its own checksum tells.
 */
import type { Fault } from './fault.ts'
import { readValue } from './free-list.ts'
import { findState } from './lost-state.ts'
import type { Meta } from './meta-page.ts'
import { PageFile, readWord } from './page-file.ts'
import type { Page } from './page-file.ts'
import { StateWalk } from './state-walk.ts'
import { keyOf, LEAF, nodeAt, nodeCount, NODE_TREE, OVERFLOW } from './tree-page.ts'

/** A record of a data file. */
export interface SalvagedRecord {
  /** The reader's to keep. */
  readonly key: Uint8Array
  /** The reader's to keep; `undefined` if the pages that held it cannot be read. */
  readonly value: Uint8Array | undefined
  /** Where it was found. */
  readonly page: number
  /** It is, or may be, from the past: to take it may undo what happened since. */
  readonly stale: boolean
}

/** What a data file holds, and what is wrong with it. */
export class Salvage implements Disposable {
  readonly faults: Fault[] = []
  readonly #file: PageFile
  readonly #state: Meta | undefined
  readonly #isNewest: boolean

  /** @throws {Error} from the file system, if the file cannot be opened. */
  constructor(path: string) {
    this.#file = new PageFile(path)
    const { state, fault, isNewest } = findState(this.#file)
    this.#state = state
    this.#isNewest = isNewest
    if (fault !== undefined) this.faults.push(fault)
  }

  /** How many records there should be; `undefined` if that is not known. */
  get recordsExpected(): number | undefined {
    return this.#isNewest ? this.#state?.main.entries : undefined
  }

  /** Whether the state that is read is, as far as can be known, the newest one. */
  get isNewest(): boolean {
    return this.#isNewest
  }

  /** All records, in no order. Done once. */
  *records(): Generator<SalvagedRecord, void, undefined> {
    const { lastPage } = this.#state ?? NO_STATE
    const walk = new StateWalk(this.#file, { ...(this.#state ?? NO_STATE), lastPage })
    for (const step of walk.steps()) {
      if (step.kind === 'leaf') yield* this.#recordsOf(step.page, false)
      else this.faults.push(step.fault)
    }
    // In a file without a fault, what is not reached is free.
    if (this.faults.length > 0) yield* this.#unreached(walk)
  }

  *#unreached(walk: StateWalk): Generator<SalvagedRecord, void, undefined> {
    const { pages } = this.#file
    const lastPage = this.#state?.lastPage ?? -1
    for (let number = FIRST_PAGE; number < pages; number++) {
      if (walk.used.has(number)) continue
      const page = this.#file.page(number, pages - 1)
      if (page === undefined || readWord(page.view, 0) !== number) continue
      const stale = !walk.knowsFree || walk.free.has(number) || number > lastPage
      const flags = page.view.getUint16(18, true)
      if (flags === LEAF) yield* this.#recordsOf(page, stale)
      // What is within a value is a client's: it may look like a page, and it is none.
      if (flags === OVERFLOW && !stale) number += Math.max(0, page.view.getUint32(20, true) - 1)
    }
  }

  *#recordsOf(page: Page, stale: boolean): Generator<SalvagedRecord, void, undefined> {
    // The file gives its bytes for something else while the reader has its turn.
    const records: SalvagedRecord[] = []
    const seen = new Set<number>()
    for (let index = 0; index < nodeCount(page); index++) {
      const node = nodeAt(page, index, LEAF)
      if (node === undefined || (node.flags & NODE_TREE) !== 0 || seen.has(node.keyAt)) continue
      seen.add(node.keyAt)
      const key = keyOf(page, node).slice()
      records.push({ key, value: readValue(this.#file, page, node), page: page.number, stale })
    }
    yield* records
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]()
  }
}

/**
 * All records that can still be read from a data file, in no order.
 * @throws {Error} from the file system, if the file cannot be opened.
 */
export async function* salvage(path: string): AsyncGenerator<SalvagedRecord, void, undefined> {
  using found = new Salvage(path)
  yield* found.records()
}

const FIRST_PAGE = 2

const EMPTY = { flags: 0, depth: 0, branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 }
const NO_TREE = { ...EMPTY, root: undefined, isCounted: false }

/** Nothing can be reached. The last page is one that none is behind, so all pages are stale. */
const NO_STATE: Meta = { main: NO_TREE, free: NO_TREE, lastPage: 1, transaction: 0 }
