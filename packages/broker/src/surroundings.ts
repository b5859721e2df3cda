/** What all connections and sessions of one broker share. */
import type { ServerLimits } from '@godwit/session'
import type { Chores } from './chores.ts'
import type { Deadlines } from './deadlines.ts'
import type { Guarding } from './guarding.ts'
import type { Intake } from './intake.ts'
import type { Journal } from './journal.ts'
import type { BacklogPolicy, BrokerLimits } from './limits.ts'
import type { LocalCalls } from './local-calls.ts'
import type { Observers } from './observers.ts'
import type { Retained } from './retained.ts'
import type { Router } from './router.ts'
import type { SlabPool } from './slab.ts'
import type { Counters } from './stats.ts'
import type { SubscriptionRelease } from './subscription-release.ts'
import type { Turn } from './turn.ts'

/** The rooms of a broker, as each connection finds them. */
export interface Surroundings {
  readonly limits: BrokerLimits
  readonly backlogPolicy: BacklogPolicy
  /** The terms of every connection, told to MQTT 5.0 clients in CONNACK. */
  readonly terms: ServerLimits
  readonly turn: Turn
  readonly slabs: SlabPool
  readonly router: Router
  readonly retained: Retained
  readonly intake: Intake
  readonly guarding: Guarding
  readonly deadlines: Deadlines
  readonly chores: Chores
  readonly subscriptionRelease: SubscriptionRelease
  readonly localCalls: LocalCalls
  readonly counters: Counters
  /** Where there is a store. */
  readonly journal: Journal | undefined
  readonly observers: Observers
}
