/** A tree whose disk fails as a test wants, or whose process dies. */
import type { OpenStore } from '../src/lmdb-engine.ts'
import { LmdbEngine } from '../src/lmdb-engine.ts'
import { type Changes, type Extent, type Tree, WriteError } from '../src/environment.ts'
import { type LmdbOptions, openStore } from '../src/opening.ts'

/** Stands between an engine and LMDB. */
class WeakTree implements Tree {
  /** Codes of errors with which the next groups fail; `undefined` for one that is written. */
  readonly failures: (number | undefined)[] = []
  /** What each group wrote, since the beginning. */
  readonly groups: Changes[] = []
  readonly #tree: Tree
  #isDead = false
  #writing: Promise<void> = Promise.resolve()

  constructor(tree: Tree) {
    this.#tree = tree
  }

  /** Ends as if the process had died: nothing is answered any more, and the file is free. */
  async die(): Promise<void> {
    this.#isDead = true
    await this.#writing
    await this.#tree.close()
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#tree.get(key)
  }

  keys(start: Uint8Array, end: Uint8Array, limit: number): Uint8Array[] {
    return this.#tree.keys(start, end, limit)
  }

  keyAtOrBefore(key: Uint8Array): Uint8Array | undefined {
    return this.#tree.keyAtOrBefore(key)
  }

  keyBefore(key: Uint8Array): Uint8Array | undefined {
    return this.#tree.keyBefore(key)
  }

  extent(): Extent {
    return this.#tree.extent()
  }

  async write(changes: Changes): Promise<void> {
    const code = this.failures.shift()
    if (code !== undefined) throw new WriteError('Attempting to write page, and failing', code)
    if (!this.#isDead) {
      this.groups.push(changes)
      this.#writing = this.#tree.write(changes)
      await this.#writing
    }
    if (this.#isDead) await new Promise(() => {})
  }

  close(): Promise<void> {
    return this.#tree.close()
  }
}

/** An engine on a weak tree. */
export interface WeakStore {
  readonly engine: LmdbEngine
  readonly tree: WeakTree
  /** As `WeakTree.die`, and the lock is free too. */
  die(): Promise<void>
}

/** Opens a store on a weak tree. */
export async function openWeakly(options: LmdbOptions): Promise<WeakStore> {
  const store: OpenStore = await openStore(options)
  const tree = new WeakTree(store.environment)
  const die = async (): Promise<void> => {
    await tree.die()
    await store.lock[Symbol.asyncDispose]()
  }
  return { engine: new LmdbEngine({ ...store, environment: tree }), tree, die }
}
