/** Whose token a request shows: compared by SHA-256, in the same time for all of them. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { AdminToken } from './admin-token.ts'

/** The token that a header `Authorization` shows; `undefined` if it shows none that is known. */
export function tokenShown(
  authorization: string | undefined,
  tokens: readonly AdminToken[],
): AdminToken | undefined {
  const secret = secretOf(authorization)
  if (secret === undefined) return undefined
  const digest = hash('sha256', secret, 'buffer')
  let found: AdminToken | undefined
  // All are looked at, so that nothing is told by how long it takes.
  for (const token of tokens) if (timingSafeEqual(digest, token.digest)) found = token
  return found
}

/** What follows `Bearer` (RFC 6750, 2.1); the scheme may be written in any case. */
function secretOf(authorization: string | undefined): string | undefined {
  if (authorization?.slice(0, 7).toLowerCase() !== 'bearer ') return undefined
  const secret = authorization.slice(7).trim()
  return secret === '' ? undefined : secret
}
