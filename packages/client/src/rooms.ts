/** The rooms of one client, for those that lead from one into the other. */
import type { Outbox } from './outbox/outbox.ts'
import type { Settings } from './settings.ts'
import type { Counters } from './statistics.ts'
import type { Subscriptions } from './subscriptions/subscriptions.ts'

/** What there is one of for each client. */
export interface Rooms {
  readonly settings: Settings
  readonly outbox: Outbox
  readonly subscriptions: Subscriptions
  readonly counters: Counters
}
