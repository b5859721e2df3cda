/**
 * The list of pages that nothing uses, which is a tree: transaction number -> pages that it freed.
 * LMDB writes into them without looking at them, so a page that is in this list and in use is lost
 * with the next writes.
 *
 *     value: n | n words      a word > 0 is a page; -c p are the c pages from p on; 0 is nothing
 */
import type { Fault } from './fault.ts'
import { pageFault } from './fault.ts'
import { readWord } from './page-file.ts'
import type { Page, PageFile } from './page-file.ts'
import type { PageSet } from './page-set.ts'
import { inlineValue, keyOf, LEAF, nodeAt, nodeCount, HEADER_BYTES } from './tree-page.ts'
import type { Node } from './tree-page.ts'

/** Adds the pages that a leaf of the free list names to `free`, and tells the first fault. */
export function readFreePages(
  file: PageFile,
  page: Page,
  free: PageSet,
  transactionMax: number,
): Fault | undefined {
  for (let index = 0; index < nodeCount(page); index++) {
    const node = nodeAt(page, index, LEAF)
    const what =
      node === undefined
        ? `has node ${index} out of bounds`
        : faultOfNode({ file, page, free, transactionMax }, node)
    if (what !== undefined) return pageFault(page.number, what)
  }
  return undefined
}

/** The value of a leaf node wherever it is, the caller's to keep; `undefined` if it is lost. */
export function readValue(file: PageFile, page: Page, node: Node): Uint8Array | undefined {
  if (node.runPages === 0) return inlineValue(page, node).slice()
  const room = Math.min(node.runPages * file.pageBytes, file.bytes) - HEADER_BYTES
  if (node.page < 2 || node.valueBytes > room) return undefined
  const bytes = file.read(node.page * file.pageBytes + HEADER_BYTES, node.valueBytes)
  return bytes.length === node.valueBytes ? bytes : undefined
}

interface FreeLeaf {
  readonly file: PageFile
  readonly page: Page
  readonly free: PageSet
  readonly transactionMax: number
}

function faultOfNode(leaf: FreeLeaf, node: Node): string | undefined {
  const key = keyOf(leaf.page, node)
  if (key.length !== 8) return `has a key of ${key.length} bytes in the free list`
  const transaction = readWord(new DataView(key.buffer, key.byteOffset, 8), 0)
  if (!(transaction >= 1 && transaction <= leaf.transactionMax)) {
    return `says what transaction ${transaction} freed, which is yet to come`
  }
  const value = readValue(leaf.file, leaf.page, node)
  if (value === undefined || value.length < 8) return `has no list of what ${transaction} freed`
  return faultOfList(new DataView(value.buffer, value.byteOffset, value.length), leaf.free)
}

function faultOfList(list: DataView, free: PageSet): string | undefined {
  const words = readWord(list, 0)
  if (words > list.byteLength / 8 - 1)
    return `has a list of ${words} words in ${list.byteLength} bytes`
  for (let index = 1; index <= words; index++) {
    const word = Number(list.getBigInt64(8 * index, true))
    if (word === 0) continue
    if (word < 0 && index === words) return 'has a list that ends before a page'
    const first = word > 0 ? word : Number(list.getBigInt64(8 * ++index, true))
    const end = word > 0 ? first + 1 : first - word
    if (!(first >= 2)) return `has page ${first} in the free list`
    for (let page = first; page < end; page++) {
      if (!free.add(page)) return `has page ${page} in the free list twice or out of bounds`
    }
  }
  return undefined
}
