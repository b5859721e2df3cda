/** Who says who a client is: a file of passwords, tokens, certificates, a program on the web. */
import type { Attempt, Awaitable, ClientInfo, ExchangeStep, Verdict } from '@godwit/broker'

/**
 * Says who a client is. It may take its time; one that throws or rejects has refused, and nobody
 * else is asked.
 */
export interface Authenticator {
  /**
   * For logs and explanations, such as `passwords.txt` or `jwt`. After a reload it is the one of
   * the same name that is asked whether a client may stay.
   */
  readonly name: string
  /** The methods of enhanced authentication that it knows. */
  readonly methods?: readonly string[]
  /** Whether a client is let in; `undefined`: it knows nothing of such clients. */
  authenticate?(attempt: Attempt): Awaitable<Verdict | undefined>
  /** One step of an enhanced authentication by one of its methods. */
  exchange?(step: ExchangeStep): Awaitable<Verdict>
  /**
   * Whether a client that one of this name let in may stay; `undefined`: not one of its own.
   * Its clients may stay where it cannot say so. What it said of the client: `claimsOf`.
   */
  mayStay?(client: ClientInfo): boolean | undefined
}
