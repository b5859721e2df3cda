/** What a broker is made of, and what it is told to do. */
import type { PropertiesOf, QoS, ReasonCode } from '@godwit/codec'
import type { Engine } from '@godwit/store'
import type { Clock, Listener } from '@godwit/transport'
import type { Capabilities } from './capabilities.ts'
import type { Guards } from './guards.ts'
import type { BacklogPolicy, BrokerLimits } from './limits.ts'
import type { ListenerTerms } from './listeners.ts'
import type { Observers } from './observers.ts'
import type { RateLimits } from './rate-limits.ts'
import type { RestorationProgress } from './restoration.ts'
import type { ShareStrategy } from './share-group.ts'

/** What a broker is made of. */
export interface BrokerOptions {
  /** Where clients come from. */
  readonly listeners: readonly (Listener | ListenerTerms)[]
  /** Where time comes from: `systemClock`, or a virtual one in tests. */
  readonly clock: Clock
  /** What differs from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<BrokerLimits>
  /** How much may come in a second, and what is done about logins that fail. */
  readonly rates?: RateLimits
  /**
   * How many descriptors the process may have. Connections leave 128 of them: 64 for the program,
   * and as many for those who are only told that there is no place.
   */
  readonly descriptorsMax?: number
  /**
   * The memory for what waits and what is retained, in bytes; when it runs short less is done. No
   * limit where left out. Node needs as much again for itself.
   */
  readonly memoryBytesMax?: number
  /** What this broker is not to offer; all that MQTT has where left out. */
  readonly capabilities?: Partial<Capabilities>
  /** What happens when too much waits in a session; `drop-oldest` where left out. */
  readonly backlogPolicy?: BacklogPolicy
  /** How a Shared Subscription chooses among its members; `round-robin` where left out. */
  readonly shareStrategy?: ShareStrategy
  /** Where what must not be lost is kept; all of it is in memory, and ends with it, without one. */
  readonly store?: BrokerStore
  /** Hears how far the store was read, while `start` reads it. */
  readonly restoring?: (progress: RestorationProgress) => void
  readonly guards?: Guards
  readonly observers?: Observers
  /** Names clients that come without a Client Identifier; must not repeat itself. */
  readonly newClientId?: () => string
  /** How often the `$SYS` topics are brought up to date; 10,000 where left out, 0 for never. */
  readonly systemTopicsEveryMs?: number
  /** What `$SYS/broker/version` says. */
  readonly version?: string
  /** For the hash tables that strangers fill; random where left out. */
  readonly seed?: number
}

/** Where a broker keeps what must not be lost. */
export interface BrokerStore {
  /** Open. Whoever opened it closes it, when the broker is closed. No other broker may have it. */
  readonly engine: Engine
  /** The time of day in milliseconds since 1970, such as `Date.now`. */
  readonly timeOfDay: () => number
}

/** A message that the program itself publishes. */
export interface BrokerMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos?: QoS
  readonly retain?: boolean
  readonly properties?: PropertiesOf<'publish'>
}

/** How the program itself subscribes. */
export interface LocalSubscriptionOptions {
  /** The highest QoS of what it gets; 2 where left out. */
  readonly qos?: QoS
  readonly retainAsPublished?: boolean
  /** Whether it gets the Retained Messages there are; true where left out. */
  readonly retained?: boolean
}

/** Why the broker ends a connection. */
export interface Dismissal {
  readonly reasonCode: ReasonCode
  /** Told to MQTT 5.0 clients. */
  readonly cause: string
  /** Where to go, with Use another server and Server moved. */
  readonly serverReference?: string
}
