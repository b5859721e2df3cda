/**
 * The keys that tokens are verified with. Each kind of key knows the algorithms that it is for, and
 * no others are ever tried with it: a public key is no secret, whatever the token says of itself.
 */
import { createHash, createPublicKey, KeyObject } from 'node:crypto'
import type { CryptoKey, JWTVerifyGetKey } from 'jose'
import { OperatorFileError } from './operator-file.ts'

/** Keys of one kind, from one place. */
export interface JwtKeys {
  /** What they can verify; `none` is never among them. */
  readonly algorithms: readonly string[]
  /** Finds the key for a token. Rejects where there is none. */
  readonly find: JWTVerifyGetKey
  /** Whether a key, by its thumbprint, is one of them at present. */
  holds(thumbprint: string): boolean
}

/**
 * A secret that the issuer of the tokens has too.
 *
 * @throws {RangeError} for one that is shorter than 32 bytes, which could be found by trying.
 */
export function secretKey(secret: Uint8Array): JwtKeys {
  const algorithms = HMAC_BYTES_MIN.filter(([, bytesMin]) => secret.length >= bytesMin)
  if (algorithms.length === 0) {
    const sentence = `The secret for tokens has ${secret.length} bytes; it needs 32 or more`
    throw new RangeError(`${sentence}, such as those of "openssl rand 32"`)
  }
  const own = Uint8Array.from(secret)
  const thumbprint = thumbprintOfKey(own)
  return {
    algorithms: algorithms.map(([name]) => name),
    find: () => own,
    holds: (other) => other === thumbprint,
  }
}

/**
 * A public key or a certificate, in PEM. `place` is its file, for errors.
 *
 * @throws {OperatorFileError} naming the place, for what cannot verify tokens.
 */
export function publicKey(pem: string, place: string): JwtKeys {
  if (pem.includes('PRIVATE KEY-----')) {
    throw keyError(place, 'is a private key', 'the broker needs the public one, and only that')
  }
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch (cause) {
    throw keyError(place, 'holds no public key in PEM', '-----BEGIN PUBLIC KEY-----', cause)
  }
  const algorithms = algorithmsOf(key, place)
  const thumbprint = thumbprintOfKey(key)
  return { algorithms, find: () => key, holds: (other) => other === thumbprint }
}

/**
 * The algorithms that a public key is for.
 *
 * @throws {OperatorFileError} naming the place, if there are none, or if it is too short.
 */
export function algorithmsOf(key: KeyObject, place: string): readonly string[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const { modulusLength: bits = 0, namedCurve = '' } = details ?? {}
  if (type === 'rsa' && bits < RSA_BITS_MIN) {
    throw keyError(place, `is an RSA key of ${bits} bits`, `${RSA_BITS_MIN} bits or more`)
  }
  const algorithms = ALGORITHMS.get(type === 'ec' ? namedCurve : String(type))
  if (algorithms !== undefined) return algorithms
  throw keyError(place, `is a key of type ${String(type)} ${namedCurve}`.trim(), KEY_KINDS)
}

/** The error about a file with a key: what is wrong with it, and what was wanted. */
export function keyError(
  place: string,
  fault: string,
  wanted: string,
  cause?: unknown,
): OperatorFileError {
  return new OperatorFileError(place, [{ sentence: `${fault}; wanted: ${wanted}` }], cause)
}

/** Names a key by what it is, so that the same key has one name wherever it comes from. */
export function thumbprintOfKey(key: CryptoKey | KeyObject | Uint8Array): string {
  const bytes =
    key instanceof Uint8Array ? key : objectOf(key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(bytes).digest('base64url')
}

function objectOf(key: CryptoKey | KeyObject): KeyObject {
  return key instanceof KeyObject ? key : KeyObject.from(key)
}

const HMAC_BYTES_MIN = [
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
] as const

/** What RFC 7518 asks for in section 3.3. */
const RSA_BITS_MIN = 2048

/** By key type, and for elliptic curves by curve. */
const ALGORITHMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['rsa', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['prime256v1', ['ES256']],
  ['secp384r1', ['ES384']],
  ['secp521r1', ['ES512']],
  ['ed25519', ['EdDSA', 'Ed25519']],
])

const KEY_KINDS = 'RSA, the curves P-256, P-384 and P-521, or Ed25519'
