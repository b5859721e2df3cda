// What a server needs for TLS, checked before it is used. OpenSSL takes an empty file, of
// authorities or revocations, for none at all and then trusts more than it was told to: here it is
// an error.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Pem } from './tls-dialer.ts'
import { pemBlocks } from './pem-blocks.ts'

/** A certificate and what belongs to it, in PEM. */
export interface CertificateAndKey {
  /** The server's own first, then those between it and an authority that clients know. */
  readonly certificate: Pem
  readonly key: Pem
  /** What the key is encrypted with. */
  readonly passphrase?: string
}

/** A certificate for those who ask for a name. */
export interface NamedCertificate extends CertificateAndKey {
  /** Such as `mqtt.example`, or `*.example` for all that have one label more. */
  readonly name: string
}

/** Who a server is, and whom it trusts. */
export interface TlsCredentials extends CertificateAndKey {
  /** Other certificates, for those who ask for their names (SNI). */
  readonly serverNames?: readonly NamedCertificate[]
  /** Whose certificates of clients are trusted, in PEM. */
  readonly clientCa?: Pem
  /** Whether clients are asked for a certificate; `none` if absent. What is shown must be good. */
  readonly clientCertificate?: 'none' | 'request' | 'require'
  /** Lists of revoked certificates, in PEM: one for each authority in `clientCa`. */
  readonly revocations?: Pem
  /** The oldest version; `TLSv1.2` if absent. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
}

/** Credentials that can be used. */
export interface CheckedCredentials {
  readonly options: SecureContextOptions
  /** By name in lower case. */
  readonly byName: ReadonlyMap<string, SecureContext>
}

/** @throws Error with a sentence that says what is wrong with which part. */
export function checkedCredentials(credentials: TlsCredentials): CheckedCredentials {
  const trust = trustOf(credentials)
  const options = { ...trust, ...own(credentials, 'The certificate') }
  contextOf(options, 'The certificate')
  const byName = new Map<string, SecureContext>()
  for (const named of credentials.serverNames ?? []) {
    const what = `The certificate for ${named.name}`
    byName.set(named.name.toLowerCase(), contextOf({ ...trust, ...own(named, what) }, what))
  }
  return { options, byName }
}

function trustOf(credentials: TlsCredentials): SecureContextOptions {
  const { clientCa, clientCertificate = 'none', revocations, minVersion } = credentials
  if (clientCertificate !== 'none' && clientCa === undefined) {
    throw new Error(
      'Clients are asked for a certificate, but no clientCa says whose are trusted: name the ' +
        'certificate of your authority there, or set clientCertificate to none',
    )
  }
  if (clientCertificate === 'none' && (clientCa !== undefined || revocations !== undefined)) {
    throw new Error(
      'clientCa and revocations are about certificates of clients, which are not asked for: set ' +
        'clientCertificate to require (or request), or leave them out',
    )
  }
  return {
    minVersion: minVersion ?? 'TLSv1.2',
    ...(clientCa !== undefined && { ca: authorities(clientCa) }),
    ...(revocations !== undefined && { crl: lists(revocations) }),
  }
}

function authorities(pem: Pem): string[] {
  const blocks = pemBlocks(pem, 'CERTIFICATE')
  if (blocks.length === 0) throw new Error(`clientCa holds no certificate: ${BEGINS}`)
  for (const block of blocks) readable(block, 'clientCa')
  return blocks
}

function lists(pem: Pem): string[] {
  const blocks = pemBlocks(pem, 'X509 CRL')
  if (blocks.length === 0) {
    throw new Error(
      'revocations holds no list of revoked certificates in PEM: it begins with ' +
        '-----BEGIN X509 CRL-----; one in DER is converted by `openssl crl -inform DER`',
    )
  }
  for (const crl of blocks) {
    attempt('revocations cannot be read: it is damaged', () => createSecureContext({ crl }))
  }
  return blocks
}

function own({ certificate, key, passphrase }: CertificateAndKey, what: string): Own {
  const chain = pemBlocks(certificate, 'CERTIFICATE')
  const [first] = chain.map((block) => readable(block, what))
  if (first === undefined) throw new Error(`${what} is not there: ${BEGINS}`)
  const secret = { key: text(key), ...(passphrase !== undefined && { passphrase }) }
  const isItsKey = first.checkPrivateKey(keyOf(secret, what))
  if (!isItsKey) throw new Error(`${what} cannot be used: the key is that of another certificate`)
  return { cert: chain.join(''), ...secret }
}

type Own = Pick<SecureContextOptions, 'cert' | 'key' | 'passphrase'>

function readable(block: string, what: string): X509Certificate {
  return attempt(`${what} cannot be read: it is damaged`, () => new X509Certificate(block))
}

function keyOf(
  secret: { readonly key: string; readonly passphrase?: string },
  what: string,
): KeyObject {
  try {
    return createPrivateKey(secret)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const why = KEY_FAILURES.get(code) ?? 'its key cannot be read: it is none in PEM, or damaged'
    throw new Error(`${what} cannot be used: ${why}`, { cause })
  }
}

const KEY_FAILURES: ReadonlyMap<unknown, string> = new Map([
  ['ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED', 'its key is encrypted: it needs a passphrase'],
  ['ERR_OSSL_BAD_DECRYPT', 'its key is encrypted with another passphrase'],
])

function contextOf(options: SecureContextOptions, what: string): SecureContext {
  return attempt(`${what} cannot be used`, () => createSecureContext(options))
}

/** @throws Error with a sentence that ends with what is wrong. */
function attempt<Value>(sentence: string, act: () => Value): Value {
  try {
    return act()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${sentence} (${reason})`, { cause })
  }
}

function text(pem: Pem): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1')
}

const BEGINS = 'one in PEM begins with -----BEGIN CERTIFICATE-----'
