/**
 * Tokens (JWT, RFC 7519) in place of passwords. A token is verified with keys of the operator, for
 * algorithms that these keys are for, and lets its bearer in until it expires.
 */
import type { Attempt, ClientInfo, Verdict } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyOptions } from 'jose'
import { claimsOf } from './admittance.ts'
import type { Authenticator } from './authenticator.ts'
import { checkClientId, ClaimError, JwtClaims, rulesIn, usernameIn } from './jwt-claims.ts'
import type { ClaimNames } from './jwt-claims.ts'
import { thumbprintOfKey } from './jwt-keys.ts'
import type { JwtKeys } from './jwt-keys.ts'
import { quoted } from './operator-file.ts'
import { BAD_CREDENTIALS, UNDECIDED } from './refusal.ts'
import type { RefusalLog } from './refusal.ts'

/** What a token must be like. */
export interface JwtOptions {
  readonly keys: JwtKeys
  /** Milliseconds since 1970. */
  readonly timeOfDay: () => number
  /** For logs and reloads; `jwt` if left out. */
  readonly name?: string
  /** Where clients put it: in place of their password, or of their user name. */
  readonly from?: 'password' | 'username'
  /** Who must have issued it, one of these. A token of anybody else is left to others. */
  readonly issuer?: readonly string[]
  /** For whom it must be, one of these. */
  readonly audience?: readonly string[]
  /** Which algorithms are believed; all that the keys are for if left out. */
  readonly algorithms?: readonly string[]
  /** How far the clocks may be apart; 5 if left out. */
  readonly clockToleranceSeconds?: number
  /** How old it may be, by `iat`, which it must then have. */
  readonly tokenAgeSecondsMax?: number
  /** Whether it must have an end, `exp`; true if left out. */
  readonly expiryRequired?: boolean
  /** Longer ones are refused unread; 8,192 if left out. */
  readonly tokenBytesMax?: number
  /** The claim with the user name; `sub` if left out. */
  readonly usernameClaim?: string
  /** A claim that must be the client's Client Identifier. */
  readonly clientIdClaim?: string
  /** The claim with what the bearer may do; `acl` if left out. Read by `ClaimsAuthorizer`. */
  readonly aclClaim?: string
  /** Hears why somebody was refused. */
  readonly refused?: RefusalLog
}

/** Lets clients in by a token. */
export class JwtAuthenticator implements Authenticator {
  readonly name: string
  readonly #options: JwtOptions
  readonly #names: ClaimNames
  #keys: JwtKeys
  #verification: JWTVerifyOptions
  readonly #toleranceSeconds: number

  /** @throws {RangeError} for an algorithm that the keys are not for. */
  constructor(options: JwtOptions) {
    this.name = options.name ?? 'jwt'
    this.#options = options
    const { usernameClaim = 'sub', clientIdClaim, aclClaim = 'acl' } = options
    this.#names = { username: usernameClaim, clientId: clientIdClaim, acl: aclClaim }
    this.#toleranceSeconds = options.clockToleranceSeconds ?? TOLERANCE_SECONDS
    this.#keys = options.keys
    this.#verification = verificationOf(options, this.#toleranceSeconds)
  }

  /**
   * Takes other keys, such as those of a file that has changed.
   *
   * @throws {RangeError} for keys that are not for the algorithms that are believed.
   */
  replaceKeys(keys: JwtKeys): void {
    this.#verification = verificationOf({ ...this.#options, keys }, this.#toleranceSeconds)
    this.#keys = keys
  }

  /** See {@link Authenticator}. What is no token is left to others. */
  async authenticate(attempt: Attempt): Promise<Verdict | undefined> {
    const token = this.#tokenOf(attempt)
    if (token === undefined) return undefined
    const { tokenBytesMax = TOKEN_BYTES_MAX } = this.#options
    if (token.length > tokenBytesMax) {
      return this.#refuse(
        attempt,
        `it has ${token.length} bytes, and ${tokenBytesMax} is the limit`,
      )
    }
    if (!isToken(token)) return undefined
    if (this.#isOfAnother(token)) {
      this.#refuse(attempt, 'it is of another issuer, and left to other authenticators')
      return undefined
    }
    try {
      return await this.#verify(token, attempt)
    } catch (error) {
      return this.#failed(attempt, error)
    }
  }

  /** Whether the key, the issuer and the audience of its token are still among those wanted. */
  mayStay(client: ClientInfo): boolean | undefined {
    const claims = claimsOf(client)
    if (!(claims instanceof JwtClaims)) return undefined
    const { issuer, audience } = this.#options
    return (
      this.#keys.holds(claims.thumbprint) &&
      (issuer === undefined || issuer.includes(claims.issuer ?? '')) &&
      (audience === undefined || audience.some((one) => claims.audiences.includes(one)))
    )
  }

  #tokenOf({ connect }: Attempt): string | undefined {
    const { username, password } = connect
    if (this.#options.from === 'username') return username
    if (password === undefined) return undefined
    // Whatever is not ASCII is no token, and stays what it is: none.
    return Buffer.from(password.buffer, password.byteOffset, password.length).toString('latin1')
  }

  /** Nobody has verified that yet: it only says who is to be asked. */
  #isOfAnother(token: string): boolean {
    const { issuer } = this.#options
    if (issuer === undefined) return false
    try {
      const { iss } = decodeJwt(token)
      return typeof iss === 'string' && !issuer.includes(iss)
    } catch {
      return false
    }
  }

  async #verify(token: string, { connect, client }: Attempt): Promise<Verdict> {
    const { timeOfDay, from } = this.#options
    const now = timeOfDay()
    const options = { ...this.#verification, currentDate: new Date(now) }
    const { payload, key } = await jwtVerify(token, this.#keys.find, options)
    const given = from === 'username' ? '' : (connect.username ?? '')
    const username = usernameIn(payload, this.#names, given)
    checkClientId(payload, this.#names, client)
    const thumbprint = thumbprintOfKey(key)
    if (!this.#keys.holds(thumbprint)) throw new ClaimError('its key was just taken away')
    const claims = new JwtClaims(payload, thumbprint, rulesIn(payload, this.#names))
    const expiresInMs = this.#leftMs(payload, now)
    return {
      reasonCode: ReasonCode.Success,
      username,
      principal: username,
      claims,
      ...(expiresInMs !== undefined && { expiresInMs }),
    }
  }

  /** How long the token is good for; no more than a timer can wait. */
  #leftMs({ exp, iat }: JWTPayload, now: number): number | undefined {
    const { tokenAgeSecondsMax } = this.#options
    const ends: number[] = []
    if (exp !== undefined) ends.push(exp)
    if (iat !== undefined && tokenAgeSecondsMax !== undefined) ends.push(iat + tokenAgeSecondsMax)
    if (ends.length === 0) return undefined
    const end = (Math.min(...ends) + this.#toleranceSeconds) * 1000
    return Math.min(Math.max(end - now, 0), TIMER_MS_MAX)
  }

  #failed(attempt: Attempt, error: unknown): Verdict {
    if (error instanceof ClaimError) return this.#refuse(attempt, error.message)
    if (error instanceof errors.JOSEError && !UNDECIDED_CODES.has(error.code)) {
      return this.#refuse(attempt, `${error.message} (${error.code})`)
    }
    const why = error instanceof Error ? error.message : String(error)
    this.#refuse(attempt, `the keys could not be had: ${why}`)
    return UNDECIDED
  }

  #refuse({ client }: Attempt, why: string): Verdict {
    const { refused, from } = this.#options
    // A token is a password, wherever it stands.
    const shown = from === 'username' ? { ...client, username: undefined } : client
    refused?.(shown, `${this.name}: the token was not accepted: ${why}`)
    return BAD_CREDENTIALS
  }
}

/** Whether it has the form of a signed token. Nothing is said about the rest of it. */
function isToken(text: string): boolean {
  if (text.split('.', 4).length !== 3) return false
  try {
    return typeof decodeProtectedHeader(text).alg === 'string'
  } catch {
    return false
  }
}

/** @throws {RangeError} */
function verificationOf(options: JwtOptions, clockTolerance: number): JWTVerifyOptions {
  const { keys, issuer, audience, algorithms = keys.algorithms, tokenAgeSecondsMax } = options
  const alien = algorithms.find((name) => !keys.algorithms.includes(name))
  if (alien !== undefined || algorithms.length === 0) {
    const sentence = `The keys for tokens are not for the algorithm ${quoted(alien ?? '')}`
    throw new RangeError(`${sentence}; they are for ${keys.algorithms.join(', ')}`)
  }
  return {
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: (options.expiryRequired ?? true) ? ['exp'] : [],
    ...(issuer !== undefined && { issuer: [...issuer] }),
    ...(audience !== undefined && { audience: [...audience] }),
    ...(tokenAgeSecondsMax !== undefined && { maxTokenAge: tokenAgeSecondsMax }),
  }
}

/** What is not the token's fault: a set of keys that does not come. */
const UNDECIDED_CODES: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT'])

const TOLERANCE_SECONDS = 5

const TOKEN_BYTES_MAX = 8192

const TIMER_MS_MAX = 2_147_483_647
