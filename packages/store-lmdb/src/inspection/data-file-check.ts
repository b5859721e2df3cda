/**
 * Whether LMDB may be let loose on a data file. LMDB trusts its file: it maps it and follows what
 * stands there. A file that ends too early kills the process (SIGBUS), a wrong page number too
 * (SIGSEGV), and a wrong meta page makes it go back to an older state without a word. So everything
 * that LMDB follows is followed here first, with plain reads: all pages in use and the free list.
 * What is not looked at are the bytes of keys, as long as they are in order, and of values: those
 * have checksums of their own.
 *
 * May a file that ends too early be cut back to its previous state? LMDB commits so:
 *
 *     pages --> fdatasync --> meta page, synced --> acknowledged
 *
 * A meta page that is on disk therefore stands for pages that are on disk, and the length of the
 * file with them. No crash leaves a newest state with pages that are missing: somebody cut the
 * file, or a disk lied. Whether that state was acknowledged cannot be seen, so it must be assumed,
 * and going back would lose it silently: the file is damaged.
 *
 * It is different with `overlappingSync`, where the meta page is written first:
 *
 *     pages --> meta page --> fdatasync --> third meta record, synced --> acknowledged
 *
 * After the machine went down, states newer than the third record may be torn; none of them was
 * acknowledged. LMDB goes back to the third record by itself when it opens the file. Only such a
 * tail is `torn-tail`, and nothing is to be done about it.
 */
import { setImmediate } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import { readMetas } from './meta-page.ts'
import { PageFile } from './page-file.ts'
import { StateWalk } from './state-walk.ts'

/** What is to be thought of a data file. */
export type DataFileVerdict =
  | ({ readonly kind: 'sound' } & DataFileSizes)
  | ({
      /** Sound up to the last synced transaction. LMDB drops what came later and was not synced. */
      readonly kind: 'torn-tail'
      /** Says which transactions are dropped. */
      readonly sentence: string
    } & DataFileSizes)
  | {
      readonly kind: 'damaged'
      readonly place: string
      /** Says what is wrong there. */
      readonly sentence: string
    }

/** How big a data file is. */
export interface DataFileSizes {
  /** All pages that were ever in use. */
  readonly pages: number
  /** Those of them that are free. */
  readonly freePages: number
  /** Those that are neither in use nor free and never will be: LMDB leaves none. */
  readonly leakedPages: number
  /** The size of the file. */
  readonly bytes: number
}

/**
 * Checks the structure of a data file. Nobody may have it open for writing. Any bytes give a
 * verdict. Takes about 2 s for each gigabyte of values of 150 bytes, 1 s of values of 4000 bytes
 * (187 MB: 370 to 400 ms; 166 MB: 125 to 210 ms; in the page cache, two busy cores, Node 24), a bit
 * of memory for each page, and some ten megabytes.
 * @throws {Error} from the file system, if the file cannot be opened.
 */
export async function checkDataFile(path: string): Promise<DataFileVerdict> {
  using file = new PageFile(path)
  const metas = readMetas(file)
  if ('what' in metas) return damaged(metas)
  const { chosen, newestTransaction } = metas
  const walk = new StateWalk(file, chosen)
  let leaves = 0
  for (const step of walk.steps()) {
    if (step.kind === 'fault') return damaged(step.fault)
    if (++leaves % LEAVES_PER_TURN === 0) await setImmediate()
  }
  const sizes = {
    pages: chosen.lastPage + 1,
    freePages: walk.free.size,
    leakedPages: walk.leakedPages,
    bytes: file.bytes,
  }
  if (chosen.transaction === newestTransaction) return { kind: 'sound', ...sizes }
  const sentence =
    `The transactions from ${chosen.transaction + 1} to ${newestTransaction} were not synced ` +
    'before the machine went down. None was acknowledged; they are dropped.'
  return { kind: 'torn-tail', sentence, ...sizes }
}

function damaged({ place, what }: Fault): DataFileVerdict {
  const sentence = `${place.charAt(0).toUpperCase()}${place.slice(1)} ${what}.`
  return { kind: 'damaged', place, sentence }
}

/** Other work of the process is let in after so many. */
const LEAVES_PER_TURN = 2048
