/** What a journal is made with. */
import type { Engine } from '@godwit/store'
import type { Clock } from '@godwit/transport'
import type { Observers } from './observers.ts'
import type { Turn } from './turn.ts'

/** What a journal stands on. */
export interface JournalParts {
  readonly engine: Engine
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number
  readonly turn: Turn
  readonly observers: Observers
  /** Beyond it publishers are not read until something is durable. */
  readonly bytesMax: number
  /** Beyond it nothing is entered. */
  readonly logBytesMax: number
  /** The store has failed: the broker is to stop. */
  readonly failed: (error: unknown) => void
}
