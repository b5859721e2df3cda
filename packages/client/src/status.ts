/** Where a client stands, as one value: never two booleans that disagree. */
import type { ProtocolVersion } from '@godwit/codec'
import type { ServerTerms } from '@godwit/session'
import type { ClientError } from './errors.ts'

/** The state of a client. */
export type ConnectionStatus =
  | { readonly state: 'connecting'; readonly attempt: number }
  | {
      readonly state: 'connected'
      /** The version that is spoken: 3 is MQTT 3.1, 4 is 3.1.1. */
      readonly version: ProtocolVersion
      /** Whether the server has kept the session, with its subscriptions and messages. */
      readonly sessionPresent: boolean
      readonly terms: ServerTerms
    }
  | {
      readonly state: 'waiting'
      /** How many attempts and connections have failed since one has lasted ten seconds. */
      readonly attempt: number
      /** How long it waits before it tries again. */
      readonly delayMs: number
      /** When that is: milliseconds of its clock. */
      readonly until: number
      readonly cause: ClientError
    }
  /** The end: without a cause if it was `close` that ended it. */
  | { readonly state: 'closed'; readonly cause?: ClientError }
