/**
 * What is remembered of a client that was let in: by whom, and what that one said of it. The broker
 * keeps it as `ClientInfo.claims`, from one CONNECT to the next and no longer: a session that was
 * read from the store has none until its client is back.
 */
import type { ClientInfo } from '@godwit/broker'

/** The claims of the guards that `guardsOf` makes. */
export class Admittance {
  /** The name of the authenticator; `undefined` for a client that is anonymous. */
  readonly by: string | undefined
  /** What that said of the client. */
  readonly claims: object | undefined

  constructor(by: string | undefined, claims: object | undefined) {
    this.by = by
    this.claims = claims
  }
}

/**
 * What the authenticator that let a client in said of it. Who reads it checks with `instanceof`
 * whether that was one of its own kind.
 */
export function claimsOf(client: ClientInfo): object | undefined {
  return client.claims instanceof Admittance ? client.claims.claims : client.claims
}
