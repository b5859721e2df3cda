/**
 * What every kind of rule is to the broker: an authorizer, which is asked about one action of one
 * client, and a ruling, its answer. Authorizers are asked on every message, so they make nothing
 * for a question: a rule that decides is its own ruling.
 */
import type { Action, Awaitable, ClientInfo } from '@godwit/broker'

/** Says what a client may do. */
export interface Authorizer {
  /** Such as `acl.conf`, for logs and explanations. */
  readonly name: string
  /** The ruling; `undefined`: nothing is said, and the next authorizer is asked. */
  authorize(action: Action, client: ClientInfo): Awaitable<Ruling | undefined>
}

/** What was decided, and why. */
export interface Ruling {
  /** `partly`: a subscription that reaches further than what may be read. */
  readonly decision: 'allow' | 'deny' | 'partly'
  /** Which line decided, such as `acl.conf:12: topic deny secret/#`; for logs and explanations. */
  readonly because: string
}
