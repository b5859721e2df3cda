/**
 * A page of a tree: sorted nodes, each at an offset behind the header, growing from the end of the
 * page towards the offsets without a gap between them.
 *
 *     0 page number | 8 transaction | 16 - | 18 flags | 20 lower | 22 upper | 24 offset, offset
 *     ... room ... | node | node | node |   end of page
 *                  ^ 24 + upper
 *
 *     leaf node     0 size of the value: 32 bits | 4 flags | 6 size of the key | 8 key | value
 *     branch node   0 page of the child: 48 bits           | 6 size of the key | 8 key
 *
 * A value that is too long for a page is in a run of pages of its own, behind one header, and the
 * node holds where: page, transaction, pages. All sizes of nodes are even.
 */
import { readWord } from './page-file.ts'
import type { Page } from './page-file.ts'

/** A node of a page. */
export interface Node {
  /** Where its key begins in the page. */
  readonly keyAt: number
  readonly keyBytes: number
  /** Of a leaf only. */
  readonly flags: number
  /** How long the value is, wherever it is. */
  readonly valueBytes: number
  /** The child, or the first page of the run with the value; -1 if there is none. */
  readonly page: number
  /** Of the run with the value; 0 if there is none. */
  readonly runPages: number
  /** Which wrote the run with the value. */
  readonly runTransaction: number
}

/** The flags of a page that refers to others. */
export const BRANCH = 0x01

/** The flags of a page that holds keys with their values. */
export const LEAF = 0x02

/** The flags of the first page of a run that holds a long value. */
export const OVERFLOW = 0x04

/** The flag of a leaf node whose value is a tree of its own. */
export const NODE_TREE = 0x02

/** That of one whose value is in a run of pages. */
const NODE_RUN = 0x01

/** The header of a page. */
export const HEADER_BYTES = 24

/** A tree record, which is the value of a node with `NODE_TREE`. */
export const TREE_BYTES = 48

/** What is wrong with a tree page, if anything is. It knows nothing about other pages. */
export function faultOfPage(page: Page, kind: number, transactionMax: number): string | undefined {
  const { view } = page
  const stored = readWord(view, 0)
  if (stored !== page.number) return `says that it is page ${stored}`
  const flags = view.getUint16(18, true)
  if (flags !== kind) return `has flags 0x${flags.toString(16)} instead of 0x${kind.toString(16)}`
  const transaction = readWord(view, 8)
  if (!(transaction >= 1 && transaction <= transactionMax)) {
    return `was written by transaction ${transaction}, of which its parent knows nothing`
  }
  return faultOfNodes(page, kind)
}

/** How many nodes a page says that it has. */
export function nodeCount(page: Page): number {
  return Math.min(page.view.getUint16(20, true), page.bytes.length - HEADER_BYTES) >> 1
}

/** One of its nodes; `undefined` if it does not lie within the page. */
export function nodeAt(page: Page, index: number, kind: number): Node | undefined {
  const { view, bytes } = page
  const end = bytes.length
  const at = view.getUint16(HEADER_BYTES + 2 * index, true) + HEADER_BYTES
  if (at + NODE_BYTES > end) return undefined
  const keyBytes = view.getUint16(at + 6, true)
  const keyAt = at + NODE_BYTES
  const dataAt = keyAt + keyBytes
  if (dataAt > end) return undefined
  const low = view.getUint32(at, true)
  const flags = view.getUint16(at + 4, true)
  if (kind === BRANCH) {
    const child = low + flags * 0x1_0000_0000
    return { keyAt, keyBytes, flags: 0, valueBytes: 0, page: child, runPages: 0, runTransaction: 0 }
  }
  if ((flags & NODE_RUN) === 0) {
    if (dataAt + low > end) return undefined
    return { keyAt, keyBytes, flags, valueBytes: low, page: -1, runPages: 0, runTransaction: 0 }
  }
  if (dataAt + RUN_BYTES > end) return undefined
  return {
    keyAt,
    keyBytes,
    flags,
    valueBytes: low,
    page: readWord(view, dataAt),
    runTransaction: readWord(view, dataAt + 8),
    runPages: readWord(view, dataAt + 16),
  }
}

/** The key of a node, borrowed from the page. */
export function keyOf(page: Page, node: Node): Uint8Array {
  return page.bytes.subarray(node.keyAt, node.keyAt + node.keyBytes)
}

/** What the page holds behind the key, borrowed: the value, unless it is in a run. */
export function inlineValue(page: Page, node: Node): Uint8Array {
  const from = node.keyAt + node.keyBytes
  return page.bytes.subarray(from, from + node.valueBytes)
}

/** What is wrong with the first page of a run that holds a value, if anything is. */
export function faultOfRun(header: Page, node: Node): string | undefined {
  const { view } = header
  const stored = readWord(view, 0)
  if (stored !== header.number) return `says that it is page ${stored}`
  const flags = view.getUint16(18, true)
  if (flags !== OVERFLOW) return `has flags 0x${flags.toString(16)} where a long value begins`
  const pages = view.getUint32(20, true)
  if (pages !== node.runPages) return `has a run of ${pages} pages instead of ${node.runPages}`
  const transaction = readWord(view, 8)
  if (transaction === node.runTransaction) return undefined
  return `was written by transaction ${transaction} instead of ${node.runTransaction}`
}

/** What is wrong with where a node says that its long value is, if anything is. */
export function faultOfRunNode(node: Node, pageBytes: number): string | undefined {
  const needed = Math.floor((HEADER_BYTES - 1 + node.valueBytes) / pageBytes) + 1
  if (node.runPages >= needed && node.runPages <= RUN_PAGES_MAX) return undefined
  return `has a value of ${node.valueBytes} bytes in a run of ${node.runPages} pages`
}

/** Compares keys as LMDB does: byte by byte, the shorter one first if it is the start. */
export function compareKeys(one: Uint8Array, other: Uint8Array): number {
  const bytes = Math.min(one.length, other.length)
  for (let at = 0; at < bytes; at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0)
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

function faultOfNodes(page: Page, kind: number): string | undefined {
  const { view } = page
  const room = page.bytes.length - HEADER_BYTES
  const lower = view.getUint16(20, true)
  const upper = view.getUint16(22, true)
  if (lower % 2 !== 0 || upper % 2 !== 0 || lower > upper || upper > room) {
    return `has its nodes from ${lower} to ${upper} of ${room} bytes`
  }
  if (lower === 0) return 'has no node'
  SIZES.fill(0, upper >> 1, room >> 1)
  for (let index = 0; index < lower >> 1; index++) {
    const at = view.getUint16(HEADER_BYTES + 2 * index, true)
    const node = at % 2 === 0 && at >= upper ? nodeAt(page, index, kind) : undefined
    if (node === undefined) return `has node ${index} at ${at}, out of bounds`
    const flags = node.flags & ~(NODE_RUN | NODE_TREE)
    if (flags !== 0) return `has node ${index} with flags 0x${node.flags.toString(16)}`
    if (node.keyBytes > KEY_BYTES_MAX)
      return `has node ${index} with a key of ${node.keyBytes} bytes`
    if (SIZES[at >> 1] !== 0) return `has two nodes at ${at}`
    SIZES[at >> 1] = sizeOfNode(node, kind)
  }
  return faultOfTiling(upper, room, lower >> 1)
}

/** Whether the nodes fill the room from `upper` on without gap or overlap. */
function faultOfTiling(upper: number, room: number, count: number): string | undefined {
  let found = 0
  let at = upper
  while (at < room) {
    const size = SIZES[at >> 1] ?? 0
    if (size === 0) return `has no node at ${at}, where one should begin`
    at += size
    found++
  }
  return at === room && found === count ? undefined : 'has nodes that overlap'
}

function sizeOfNode(node: Node, kind: number): number {
  const inline = node.runPages > 0 || node.page >= 0 ? RUN_BYTES : node.valueBytes
  const size = NODE_BYTES + node.keyBytes + (kind === BRANCH ? 0 : inline)
  return size + (size & 1)
}

const NODE_BYTES = 8
const RUN_BYTES = 24

/** That of a node is a signed 32-bit number in LMDB. */
const RUN_PAGES_MAX = 0x7fff_ffff

/** Longer keys do not fit twice into a page of any size, which LMDB asks for. */
const KEY_BYTES_MAX = 32_768

/** The size of the node at each second byte of the page that is looked at. */
const SIZES = new Uint16Array(32_768)
