/**
 * Takes the subscriptions of sessions that have ended out of the router, a few at a time: each of
 * them makes the router forget the routes that it remembers, and clients that lose their network
 * together have thousands.
 */
import type { Chore, Chores } from './chores.ts'
import type { Router } from './router.ts'
import type { ShareMember } from './share-group.ts'
import type { Turn } from './turn.ts'

/** What all sessions together release in one turn at once: nearly every session has fewer. */
const AT_ONCE_MAX = 64

/** Each takes 1 to 2 us. */
const RELEASED_A_STEP = 8

/** The ends of all subscriptions of all sessions, one chore in all: the first come, first done. */
export class SubscriptionRelease implements Chore {
  readonly #router: Router
  readonly #chores: Chores
  readonly #turn: Turn
  #first: Released | undefined
  #last: Released | undefined
  /** When it last released some at once, and how many more that turn may. */
  #turnAt = -Infinity
  #leftAtOnce = 0

  constructor(router: Router, chores: Chores, turn: Turn) {
    this.#router = router
    this.#chores = chores
    this.#turn = turn
  }

  /** Releases these, now or soon. They must not change any more. */
  add(subscriber: ShareMember, filters: Iterator<string>): void {
    if (this.#turnAt !== this.#turn.now) {
      this.#turnAt = this.#turn.now
      this.#leftAtOnce = AT_ONCE_MAX
    }
    const released: Released = { subscriber, filters, next: undefined }
    for (; this.#leftAtOnce > 0; this.#leftAtOnce--) if (!this.#releaseOne(released)) return
    if (this.#last === undefined) this.#first = released
    else this.#last.next = released
    this.#last = released
    this.#chores.add(this)
  }

  /** See {@link Chore}. */
  step(): boolean {
    for (let left = RELEASED_A_STEP; left > 0 && this.#first !== undefined; left--) {
      if (!this.#releaseOne(this.#first)) this.#first = this.#first.next
    }
    if (this.#first === undefined) this.#last = undefined
    return this.#first !== undefined
  }

  #releaseOne({ subscriber, filters }: Released): boolean {
    const { done, value: filter } = filters.next()
    if (done === true) return false
    this.#router.unsubscribe(subscriber, filter)
    return true
  }
}

interface Released {
  readonly subscriber: ShareMember
  readonly filters: Iterator<string>
  next: Released | undefined
}
