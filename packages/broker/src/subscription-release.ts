/** Takes the subscriptions of a session that has ended out of the router, a few at a time. */
import type { Chore } from './chores.ts'
import type { HeldSubscription } from './route.ts'
import type { Router } from './router.ts'
import type { ShareMember } from './share-group.ts'

/** The end of all subscriptions of one session. */
export class SubscriptionRelease implements Chore {
  readonly #router: Router
  readonly #subscriber: ShareMember
  readonly #filters: Iterator<string>

  constructor(
    router: Router,
    subscriber: ShareMember,
    subscriptions: ReadonlyMap<string, HeldSubscription>,
  ) {
    this.#router = router
    this.#subscriber = subscriber
    this.#filters = subscriptions.keys()
  }

  /** See {@link Chore}. */
  step(): boolean {
    const { done, value: filter } = this.#filters.next()
    if (done === true) return false
    this.#router.unsubscribe(this.#subscriber, filter)
    return true
  }
}
