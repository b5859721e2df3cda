/** Tokens as clients have them, good ones and others. */
import { createHmac, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A token (JWT) with a signature by HMAC of a secret, or by a private key; or with none. */
export function tokenOf(key: string | KeyObject | undefined, claims: object = {}): string {
  const algorithm = key === undefined ? 'none' : typeof key === 'string' ? 'HS256' : 'ES256'
  const content = { sub: 'ada', aud: 'lamps', iss: 'us', exp: nowSeconds() + 600, ...claims }
  const signed = `${encoded({ alg: algorithm })}.${encoded(content)}`
  return `${signed}.${signatureOf(signed, key)}`
}

/** Seconds since 1970. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

function signatureOf(text: string, key: string | KeyObject | undefined): string {
  if (key === undefined) return ''
  if (typeof key === 'string') return createHmac('sha256', key).update(text).digest('base64url')
  return sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
