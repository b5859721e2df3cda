/** Sets of public keys (JWKS, RFC 7517), as issuers of tokens publish them. */
import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createLocalJWKSet } from 'jose'
import type { JSONWebKeySet, JWK } from 'jose'
import { algorithmsOf, keyError, thumbprintOfKey } from './jwt-keys.ts'
import type { JwtKeys } from './jwt-keys.ts'

/** All that a public key can verify. */
export const PUBLIC_KEY_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/**
 * The keys of a JWKS file. `place` is its name, for errors.
 *
 * @throws {OperatorFileError} naming the place and the key, for a file that is none, that has no
 *   key for signatures, or that has a private one.
 */
export function keySet(text: string, place: string): JwtKeys {
  const { keys } = parseKeySet(text, place)
  const signing = keys.filter(({ use }) => use === undefined || use === 'sig')
  if (signing.length === 0) throw keyError(place, 'has no key for signatures', 'one or more')
  const found = signing.map((jwk) => {
    const at = placeOf(keys, jwk, place)
    const key = keyOf(jwk, at)
    return { algorithms: algorithmsOf(key, at), thumbprint: thumbprintOfKey(key) }
  })
  const thumbprints = new Set(found.map(({ thumbprint }) => thumbprint))
  const find = createLocalJWKSet({ keys: signing })
  return {
    algorithms: [...new Set(found.flatMap(({ algorithms }) => algorithms))],
    find,
    holds: (thumbprint) => thumbprints.has(thumbprint),
  }
}

/** Reads the outer form only. @throws {OperatorFileError} naming the place. */
export function parseKeySet(text: string, place: string): JSONWebKeySet {
  let set: unknown
  try {
    set = JSON.parse(text)
  } catch (cause) {
    throw keyError(place, 'is no JSON', KEY_SET, cause)
  }
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) {
    throw keyError(place, 'is no JWKS', KEY_SET)
  }
  if (set.keys.length > KEYS_MAX) {
    throw keyError(place, `has ${set.keys.length} keys`, `${KEYS_MAX} at most`)
  }
  const keys: JWK[] = []
  for (const [at, key] of set.keys.entries()) {
    if (!isJwk(key)) throw keyError(`${place}, key ${at + 1},`, 'is no key', KEY_SET)
    keys.push(key)
  }
  return { keys }
}

/**
 * The key, whose form is the same however it was written.
 *
 * @throws {OperatorFileError} naming the place, for what is no public key.
 */
export function keyOf(jwk: JWK, place: string): KeyObject {
  if (jwk.kty === 'oct') throw keyError(place, 'is a secret', 'public keys only')
  if (jwk.d !== undefined) throw keyError(place, 'is a private key', 'the public one, without "d"')
  try {
    return createPublicKey({ key: { ...jwk, kty: String(jwk.kty) }, format: 'jwk' })
  } catch (cause) {
    throw keyError(place, 'is no public key', 'RSA, EC or OKP with all their members', cause)
  }
}

function placeOf(keys: readonly JWK[], jwk: JWK, place: string): string {
  const name = jwk.kid === undefined ? '' : ` (${JSON.stringify(jwk.kid)})`
  return `${place}, key ${keys.indexOf(jwk) + 1}${name},`
}

/** The members that are used must be text; what else is there is of no interest. */
function isJwk(key: unknown): key is JWK {
  if (typeof key !== 'object' || key === null || !('kty' in key)) return false
  return Object.entries(key).every(([name, value]) => !TEXTS.has(name) || typeof value === 'string')
}

const TEXTS: ReadonlySet<string> = new Set([
  'kty',
  'kid',
  'use',
  'alg',
  'crv',
  'x',
  'y',
  'n',
  'e',
  'k',
  'd',
])

/** No issuer has more at a time, and each login looks through them. */
const KEYS_MAX = 100

const KEY_SET = 'a JSON object with "keys", a list of public keys (RFC 7517)'
