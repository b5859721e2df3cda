/**
 * The stored backlog of a session that has ended: what was for a share goes to its other members,
 * and nobody needs the rest. In slices, for there may be a million.
 */
import type { Chore } from './chores.ts'
import type { Journal } from './journal.ts'
import type { RouteTerms } from './route.ts'
import type { ShareMember } from './share-group.ts'
import type { StoredBacklog } from './stored-backlog.ts'

/** Each takes some 50 ns. */
const RELEASED_A_STEP = 64

/** The end of one stored backlog. */
export class StoredRelease implements Chore {
  readonly #journal: Journal
  readonly #member: ShareMember
  readonly #stored: Iterator<{ readonly position: number; readonly terms: RouteTerms }>

  constructor(journal: Journal, member: ShareMember, stored: StoredBacklog) {
    this.#journal = journal
    this.#member = member
    this.#stored = stored[Symbol.iterator]()
  }

  /** See {@link Chore}. */
  step(): boolean {
    for (let left = RELEASED_A_STEP; left > 0; left--) {
      const { done, value } = this.#stored.next()
      if (done === true) return false
      const { position, terms } = value
      if (terms.share === undefined) this.#journal.pages.letGo(position)
      else void this.#passOn(position, terms.share)
    }
    return true
  }

  async #passOn(position: number, share: NonNullable<RouteTerms['share']>): Promise<void> {
    const found = await this.#journal.read([position])
    const message = found?.[0]?.message
    if (message !== undefined) share.redeliver(message, this.#member, true)
    // Not before it is durable for whoever has it.
    this.#journal.when({ durable: () => this.#journal.pages.letGo(position) })
  }
}
