/** What the parts of a connection ask of the whole. */
import type { ServerEffect } from '@godwit/session'

/** The connection that they belong to. */
export interface ConnectionHost {
  /** Carries out what the protocol wants. Never throws. */
  run(effects: readonly ServerEffect[]): void
  /** Reads nothing until the promise is fulfilled, then calls what it gives. It may not reject. */
  wait(decision: Promise<() => void>): void
}
