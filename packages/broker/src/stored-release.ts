/**
 * The stored backlog of a session that has ended: what was for a share goes to its other members,
 * and nobody needs the rest. In slices, for there may be a million.
 */
import type { Chore, Chores } from './chores.ts'
import type { Journal } from './journal.ts'
import type { RouteTerms } from './route.ts'
import type { ShareMember } from './share-group.ts'
import type { StoredBacklog } from './stored-backlog.ts'

/** Each takes some 50 ns. */
const RELEASED_A_STEP = 64

/** How many are read, and passed on, at a time. */
const PASSED_ON_MAX = 128

/** The end of one stored backlog. */
export class StoredRelease implements Chore {
  readonly #journal: Journal
  readonly #chores: Pick<Chores, 'add'>
  readonly #member: ShareMember
  readonly #stored: Iterator<StoredShare>
  /** Those that are for a share. */
  #shared: StoredShare[] = []

  constructor(
    journal: Journal,
    chores: Pick<Chores, 'add'>,
    member: ShareMember,
    stored: StoredBacklog,
  ) {
    this.#journal = journal
    this.#chores = chores
    this.#member = member
    this.#stored = stored[Symbol.iterator]()
  }

  /** See {@link Chore}. */
  step(): boolean {
    for (let left = RELEASED_A_STEP; left > 0; left--) {
      const { done, value } = this.#stored.next()
      if (done === true) {
        if (this.#shared.length > 0) void this.#passOn()
        return false
      }
      if (value.terms.share === undefined) this.#journal.pages.letGo(value.position)
      else this.#shared.push(value)
      if (this.#shared.length < PASSED_ON_MAX) continue
      void this.#passOn()
      return false
    }
    return true
  }

  /** Then goes on: not before these are durable for whoever has them, or it would be too much. */
  async #passOn(): Promise<void> {
    const shared = this.#shared
    this.#shared = []
    const found = await this.#journal.read(shared.map(({ position }) => position))
    if (found === undefined) return // The store has failed.
    for (const [index, { terms }] of shared.entries()) {
      const message = found[index]?.message
      if (message !== undefined) terms.share?.redeliver(message, this.#member, true)
    }
    this.#journal.when({
      durable: () => {
        for (const { position } of shared) this.#journal.pages.letGo(position)
        this.#chores.add(this)
      },
      // Without room nobody has them: they stay in the log, for the next start.
      full: () => this.#chores.add(this),
    })
  }
}

interface StoredShare {
  readonly position: number
  readonly terms: RouteTerms
}
