/**
 * Where a data file begins to be read: its meta pages. Transaction n writes page n % 2, so the two
 * hold the newest two states, and one is always whole while the other is written.
 *
 *     0 page number | 8 - | 18 flags = 8 | 24 magic | 28 version = 2 | 40 map size
 *     48 free list: tree | 96 main database: tree | 144 last page | 152 transaction | 160 boot
 *
 *     tree: 0 page size or 0 | 4 flags | 6 depth | 8 branch pages | 16 leaf pages
 *           24 overflow pages | 32 entries | 40 root, all ones if there is none
 *
 * A third one, from offset 40 on, lies in the middle of page 0 if lmdb syncs transactions behind
 * their commit (`overlappingSync`): the newest state that is known to be synced.
 *
 * LMDB looks at the magic number of page 0 only and then takes the state with the higher
 * transaction number, whatever it is. That is how a damaged meta page makes it go back by one
 * transaction, silently. Here both must be right, the numbers must be neighbours, and each must be
 * the one that the roots of its trees bear: a transaction writes at least one of them anew.
 */
import { readFileSync } from 'node:fs'
import type { Fault } from './fault.ts'
import { readWord } from './page-file.ts'
import type { PageFile } from './page-file.ts'

/** A tree as it is recorded where it hangs. */
export interface Tree {
  readonly flags: number
  readonly depth: number
  readonly branchPages: number
  readonly leafPages: number
  readonly overflowPages: number
  readonly entries: number
  /** `undefined` if it is empty. */
  readonly root: number | undefined
  /** Whether the numbers of pages and entries are known. */
  readonly isCounted: boolean
}

/** A state of the file. */
export interface Meta {
  readonly free: Tree
  readonly main: Tree
  /** The highest page that was ever in use in this state. */
  readonly lastPage: number
  readonly transaction: number
}

/** Both meta pages, and which state LMDB would go on from. */
export interface Metas {
  readonly pageBytes: number
  readonly chosen: Meta
  /** It is higher than that of `chosen` if LMDB would roll back what was never synced. */
  readonly newestTransaction: number
}

/** Reads the meta pages as LMDB would, and tells what is wrong with them. Sets the page size. */
export function readMetas(file: PageFile): Metas | Fault {
  const head = file.read(0, META_END)
  if (head.length < META_END)
    return { place: 'meta page 0', what: `is missing: the file has ${sized(file.bytes)}` }
  const pageBytes = viewOf(head).getUint32(TREE_FREE, true)
  if (!PAGE_SIZES.includes(pageBytes)) {
    return { place: 'meta page 0', what: `says that a page has ${sized(pageBytes)}` }
  }
  const metas: Meta[] = []
  for (const number of [0, 1]) {
    const meta = readMeta(file, number, pageBytes)
    if ('what' in meta) return meta
    metas.push(meta)
  }
  const [even, odd] = metas
  if (even === undefined || odd === undefined) return { place: 'a meta page', what: 'is missing' }
  const fault = faultOfOrder(even.transaction, odd.transaction)
  if (fault !== undefined) return { place: 'meta pages 0 and 1', what: fault }
  const newest = even.transaction >= odd.transaction ? even : odd
  const older = newest === even ? odd : even
  file.pageBytes = pageBytes
  const renumbered = faultOfNumbers(file, newest, older)
  if (renumbered !== undefined) return renumbered
  const chosen = afterRollback(file, pageBytes, newest)
  if ('what' in chosen) return chosen
  return { pageBytes, chosen, newestTransaction: newest.transaction }
}

/** One of the two meta pages, if it is right in itself. */
export function readMeta(file: PageFile, number: number, pageBytes: number): Meta | Fault {
  const bytes = file.read(number * pageBytes, META_END)
  const place = `meta page ${number}`
  if (bytes.length < META_END)
    return { place, what: `is cut: the file ends after ${sized(file.bytes)}` }
  const view = viewOf(bytes)
  const stored = view.getUint32(TREE_FREE, true)
  const what =
    differs('page number', readWord(view, 0), number) ??
    differs('page flags', view.getUint16(18, true), PAGE_META) ??
    differs('magic number', view.getUint32(24, true), MAGIC) ??
    differs('version', view.getUint32(28, true), VERSION) ??
    differs('page size', stored, pageBytes)
  const meta = metaAt(view, 0)
  const fault = what ?? faultOfMeta(meta)
  return fault === undefined ? meta : { place, what: fault }
}

/**
 * The transaction that wrote a state, as the roots of its trees tell; `undefined` if a root is not
 * there, or is damaged.
 */
export function transactionOfRoots(file: PageFile, { main, free }: Meta): number | undefined {
  let newest = 0
  for (const { root } of [main, free]) {
    if (root === undefined) continue
    const head = file.read(root * file.pageBytes, 16)
    if (head.length < 16 || readWord(viewOf(head), 0) !== root) return undefined
    newest = Math.max(newest, readWord(viewOf(head), 8))
  }
  return newest
}

/** Reads a tree record. */
export function readTree(view: DataView, at: number): Tree {
  const noRoot =
    view.getUint32(at + 40, true) === ALL_ONES && view.getUint32(at + 44, true) === ALL_ONES
  return {
    flags: view.getUint16(at + 4, true),
    depth: view.getUint16(at + 6, true),
    branchPages: readWord(view, at + 8),
    leafPages: readWord(view, at + 16),
    overflowPages: readWord(view, at + 24),
    entries: readWord(view, at + 32),
    root: noRoot ? undefined : readWord(view, at + 40),
    isCounted: true,
  }
}

/** What is wrong with a tree record, if anything is. */
export function faultOfTree(tree: Tree, flagsAllowed: number): string | undefined {
  if ((tree.flags & ~flagsAllowed) !== 0) return `has a tree with flags ${hex(tree.flags)}`
  if (tree.depth > DEPTH_MAX) return `has a tree of depth ${tree.depth}`
  const filled = tree.branchPages + tree.leafPages + tree.overflowPages + tree.entries
  if (tree.root === undefined)
    return filled + tree.depth > 0 ? 'has a filled tree without a root' : undefined
  return tree.depth === 0 ? 'has a tree without a depth' : undefined
}

function metaAt(view: DataView, from: number): Meta {
  return {
    free: readTree(view, from + TREE_FREE),
    main: readTree(view, from + TREE_MAIN),
    lastPage: readWord(view, from + 144),
    transaction: readWord(view, from + 152),
  }
}

function faultOfMeta(meta: Meta): string | undefined {
  const { transaction, lastPage } = meta
  if (!Number.isSafeInteger(transaction)) return `has the transaction ${transaction}`
  if (!Number.isSafeInteger(lastPage) || lastPage < 1) return `has the last page ${lastPage}`
  if ((meta.free.flags & FLAG_INTEGER_KEY) === 0) return 'has a free list with the wrong flags'
  return faultOfTree(meta.free, FREE_FLAGS_ALLOWED) ?? faultOfTree(meta.main, MAIN_FLAGS_ALLOWED)
}

function faultOfOrder(even: number, odd: number): string | undefined {
  if (even === 0 && odd === 0) return undefined
  if (even % 2 === 0 && odd % 2 === 1 && Math.abs(even - odd) === 1) return undefined
  return `have the transactions ${even} and ${odd}, which are not an even and an odd neighbour`
}

/** Whether a state bears another number than it was written with. */
function faultOfNumbers(file: PageFile, newest: Meta, older: Meta): Fault | undefined {
  const roots = transactionOfRoots(file, newest) ?? newest.transaction
  if (roots !== newest.transaction) return numberFault(newest, roots)
  // After a rollback, LMDB has written the same state into both.
  if (newest.main.root === older.main.root && newest.free.root === older.free.root) return undefined
  const before = transactionOfRoots(file, older) ?? 0
  return before > older.transaction ? numberFault(older, before) : undefined
}

function numberFault({ transaction }: Meta, roots: number): Fault {
  const what = `says transaction ${transaction}, but its trees are of ${roots}`
  return { place: `meta page ${transaction % 2}`, what }
}

/**
 * After the machine went down, LMDB goes back from transactions that were committed but not synced
 * to the newest synced one, which is the third state. While the machine stays up it does not.
 */
function afterRollback(file: PageFile, pageBytes: number, newest: Meta): Meta | Fault {
  if ((newest.free.flags & FLAG_OVERLAPPING) === 0) return newest
  const bootAt = (newest.transaction % 2) * pageBytes + 160
  if (sameBoot(file.read(bootAt, 8))) return newest
  const place = 'the third meta record, in the middle of page 0'
  const bytes = file.read(pageBytes / 2, META_END)
  if (bytes.length < META_END) return { place, what: 'is missing' }
  const synced = metaAt(viewOf(bytes), 0)
  const what =
    differs('page size', viewOf(bytes).getUint32(TREE_FREE, true), pageBytes) ?? faultOfMeta(synced)
  if (what !== undefined) return { place, what }
  if (synced.transaction > newest.transaction) {
    return { place, what: `has transaction ${synced.transaction}, newer than the newest` }
  }
  return synced
}

/** Whether it was written since the machine was started. */
function sameBoot(stored: Uint8Array): boolean {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')
    const boot = Number.parseInt(id, 16)
    return boot !== 0 && stored.length === 8 && readWord(viewOf(stored), 0) === boot
  } catch {
    return false
  }
}

function differs(name: string, got: number, expected: number): string | undefined {
  return got === expected ? undefined : `has ${name} ${hex(got)} instead of ${hex(expected)}`
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

function sized(bytes: number): string {
  return `${bytes} bytes`
}

/** Where the free list and the main database are in a meta page. */
const TREE_FREE = 48
const TREE_MAIN = 96
const META_END = 168

const PAGE_META = 0x08
const MAGIC = 0xbeefc0de
const VERSION = 2
const ALL_ONES = 0xffffffff

/** LMDB has room for so many pages on the way to a leaf. */
const DEPTH_MAX = 32

/** The page sizes that LMDB writes. */
export const PAGE_SIZES: readonly number[] = [4096, 8192, 16384, 32768, 65536, 2048, 1024, 512]

const FLAG_INTEGER_KEY = 0x0008
const FLAG_OVERLAPPING = 0x1000
/** Of the environment, kept with the free list: no subdirectory, metrics, safe restore. */
const FREE_FLAGS_ALLOWED = FLAG_INTEGER_KEY | FLAG_OVERLAPPING | 0x4000 | 0x0400 | 0x0800
/** lmdb keeps its own one for versions; the others change the order of keys or nest trees. */
const MAIN_FLAGS_ALLOWED = 0x0100
/** The flags that a named database may have. */
export const NAMED_FLAGS_ALLOWED: number = MAIN_FLAGS_ALLOWED
