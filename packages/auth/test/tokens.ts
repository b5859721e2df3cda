/** Keys and tokens for tests. All keys are made when the tests begin. */
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JwtOptions } from '../src/index.ts'
import { JwtAuthenticator, secretKey } from '../src/index.ts'

/** Seconds since 1970, when all these tests happen. */
export const NOW = 1_700_000_000

export const SECRET: Buffer = Buffer.from('a secret of more than thirty-two bytes')

export const RSA: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
})

export const EC: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
})

/** The claims of a token that is in order. */
export const CLAIMS: { readonly sub: string; readonly exp: number } = { sub: 'ada', exp: NOW + 60 }

/** A token by HMAC with SHA-256, of whatever claims and header. */
export function tokenOf(
  claims: object | string = CLAIMS,
  header: object = { alg: 'HS256' },
  secret: string | Uint8Array = SECRET,
): string {
  const signed = `${encoded(header)}.${encoded(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** A token by a private key. */
export function signedToken(
  key: KeyObject,
  claims: object = CLAIMS,
  header: object = { alg: key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256' },
): string {
  const signed = `${encoded(header)}.${encoded(claims)}`
  const how = { key, dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${sign('sha256', Buffer.from(signed), how).toString('base64url')}`
}

/** JSON, as a part of a token. */
export function encoded(part: object | string): string {
  const text = typeof part === 'string' ? part : JSON.stringify(part)
  return Buffer.from(text).toString('base64url')
}

/** The public half in PEM. */
export function pemOf(key: KeyObject): string {
  return String(key.export({ type: 'spki', format: 'pem' }))
}

/** An authenticator that knows `SECRET`, at `NOW`. */
export function jwtOf(options: Partial<JwtOptions> = {}): JwtAuthenticator {
  return new JwtAuthenticator({
    keys: secretKey(SECRET),
    timeOfDay: () => NOW * 1000,
    clockToleranceSeconds: 0,
    ...options,
  })
}
