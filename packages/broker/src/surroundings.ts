/** What all connections and sessions of one broker share. */
import type { ServerLimits } from '@godwit/session'
import type { Clock } from '@godwit/transport'
import type { Chores } from './chores.ts'
import type { Deadlines } from './deadlines.ts'
import type { Doorkeeper } from './doorkeeper.ts'
import type { Guarding } from './guarding.ts'
import type { Intake } from './intake.ts'
import type { Journal } from './journal.ts'
import type { BacklogPolicy, BrokerLimits } from './limits.ts'
import type { LocalCalls } from './local-calls.ts'
import type { MemoryAccount } from './memory-account.ts'
import type { Observers } from './observers.ts'
import type { Overload } from './overload.ts'
import type { Rates } from './rate-limits.ts'
import type { Retained } from './retained.ts'
import type { Router } from './router.ts'
import type { SlabPool } from './slab.ts'
import type { Counters } from './stats.ts'
import type { SubscriptionRelease } from './subscription-release.ts'
import type { Taps } from './taps.ts'
import type { Throttles } from './throttle.ts'
import type { Turn } from './turn.ts'
import type { QueuedBytes } from './waiting-messages.ts'

/** The rooms of a broker, as each connection finds them. */
export interface Surroundings {
  readonly clock: Clock
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
  readonly taps: Taps
  readonly rates: Rates
  readonly doorkeeper: Doorkeeper
  readonly throttles: Throttles
  readonly overload: Overload
  readonly memory: MemoryAccount
  /** Of the messages that wait in sessions. */
  readonly queued: QueuedBytes
}
