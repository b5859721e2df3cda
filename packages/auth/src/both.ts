/** Two proofs in place of one: a certificate and a password, say. Both must be of the same user. */
import type { Attempt, ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { claimsOf } from './admittance.ts'
import type { Authenticator } from './authenticator.ts'
import { BAD_CREDENTIALS } from './refusal.ts'
import { RuledClaims } from './ruled-claims.ts'

/**
 * An authenticator that lets in whom two others let in, under the same user name: the second is
 * asked once the first has agreed. Who is unknown to either is refused.
 */
export function both(first: Authenticator, second: Authenticator): Authenticator {
  return {
    name: `${first.name} and ${second.name}`,
    authenticate: (attempt) => authenticate(first, second, attempt),
    mayStay: (client) => mayStay(first, second, client),
  }
}

async function authenticate(
  first: Authenticator,
  second: Authenticator,
  attempt: Attempt,
): Promise<Verdict> {
  const one = await first.authenticate?.(attempt)
  if (one === undefined) return BAD_CREDENTIALS
  if (one.reasonCode !== ReasonCode.Success) return one
  const other = await second.authenticate?.(attempt)
  if (other === undefined) return BAD_CREDENTIALS
  if (other.reasonCode !== ReasonCode.Success) return other
  const { username: given } = attempt.connect
  const username = other.username ?? given
  if (username === undefined || username !== (one.username ?? given)) return BAD_CREDENTIALS
  const { expiresInMs: oneMs = Infinity } = one
  const { expiresInMs: otherMs = Infinity } = other
  const expiresInMs = Math.min(oneMs, otherMs)
  const claims = new BothClaims(one.claims, other.claims)
  // The earlier of the two ends, wherever it stands.
  const ends = expiresInMs === Infinity ? {} : { expiresInMs }
  return { ...other, username, principal: other.principal ?? username, claims, ...ends }
}

/** Each is asked with its own claims. */
function mayStay(
  first: Authenticator,
  second: Authenticator,
  client: ClientInfo,
): boolean | undefined {
  const claims = claimsOf(client)
  if (!(claims instanceof BothClaims)) return undefined
  const { claims: _, ...rest } = client
  return [[first, claims.first] as const, [second, claims.second] as const].every(([one, own]) => {
    const known = own === undefined ? rest : { ...rest, claims: own }
    return one.mayStay === undefined || one.mayStay(known) === true
  })
}

/** What both have said of a client. */
class BothClaims extends RuledClaims {
  readonly first: object | undefined
  readonly second: object | undefined

  constructor(first: object | undefined, second: object | undefined) {
    super([first, second].flatMap((one) => (one instanceof RuledClaims ? one.books : [])))
    this.first = first
    this.second = second
  }
}
