/** What a verified token says (RFC 7519), as far as it is of interest here. */
import type { ClientInfo } from '@godwit/broker'
import type { JWTPayload } from 'jose'
import { quoted } from './operator-file.ts'
import { RuledClaims } from './ruled-claims.ts'
import { readClaimRules } from './claim-rules.ts'
import type { RuleBook } from './rule-book.ts'
import { isUserName } from './user-name.ts'

/** Which claims say what. */
export interface ClaimNames {
  readonly username: string
  readonly clientId: string | undefined
  readonly acl: string
}

/** What is remembered of a client that came by a token. */
export class JwtClaims extends RuledClaims {
  /** Of the key that verified it. */
  readonly thumbprint: string
  readonly issuer: string | undefined
  readonly audiences: readonly string[]

  constructor(payload: JWTPayload, thumbprint: string, rules: RuleBook | undefined) {
    super(rules === undefined ? [] : [rules])
    const { iss, aud = [] } = payload
    this.thumbprint = thumbprint
    this.issuer = iss
    this.audiences = typeof aud === 'string' ? [aud] : aud
  }
}

/** A token is in order as far as its signature goes, but does not let this client in. */
export class ClaimError extends Error {}

/**
 * The user name in a token.
 *
 * @throws {ClaimError} if there is none, or if the client calls itself otherwise.
 */
export function usernameIn(payload: JWTPayload, names: ClaimNames, given: string): string {
  const username = textIn(payload, names.username)
  if (username === undefined) throw new ClaimError(`it has no claim ${quoted(names.username)}`)
  if (given !== '' && given !== username) {
    throw new ClaimError(`it is for ${quoted(username)}, and the client says ${quoted(given)}`)
  }
  return username
}

/** @throws {ClaimError} if the token is for another Client Identifier, or for none. */
export function checkClientId(payload: JWTPayload, names: ClaimNames, client: ClientInfo): void {
  if (names.clientId === undefined) return
  const clientId = textIn(payload, names.clientId)
  if (clientId === client.clientId && clientId !== '') return
  const wanted = clientId === undefined ? 'none' : quoted(clientId)
  throw new ClaimError(`it is for the Client Identifier ${wanted}`)
}

/** What a token lets its bearer do. @throws {ClaimError} if that cannot be read. */
export function rulesIn(payload: JWTPayload, names: ClaimNames): RuleBook | undefined {
  if (!Object.hasOwn(payload, names.acl)) return undefined
  const rules = readClaimRules(payload[names.acl], names.acl)
  if (typeof rules === 'string') throw new ClaimError(rules)
  return rules
}

/** @throws {ClaimError} for one that is no name. */
function textIn(payload: JWTPayload, name: string): string | undefined {
  if (!Object.hasOwn(payload, name)) return undefined
  const text = payload[name]
  if (typeof text !== 'string') throw new ClaimError(`its claim ${quoted(name)} is no text`)
  if (!isUserName(text)) {
    throw new ClaimError(`its claim ${quoted(name)} is no name: ${quoted(text)}`)
  }
  return text
}
