// Why a handshake of TLS came to nothing, in words for an operator. Each sentence goes on from the
// address of the client: "192.0.2.7 " and then "showed a certificate that has been revoked".

import type { TLSSocket } from 'node:tls'
import type { PeerCertificate } from '../transport.ts'

/** Why a connection that began with this byte is none of TLS. */
export function notTls(byte: number): string {
  if (byte === MQTT_CONNECT) {
    return 'spoke MQTT without TLS: this port wants TLS (mqtts), another may take it without'
  }
  const isLetter = byte >= 0x41 && byte <= 0x5a
  if (isLetter) return 'spoke HTTP or another protocol of text: this port wants TLS'
  return 'did not speak TLS, which this port wants'
}

const MQTT_CONNECT = 0x10

/** Why TLS itself gave up. */
export function handshakeFailure(error: Error, minVersion: string): string {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL') {
    return `speaks no version of TLS from ${minVersion} on: it is too old for this port`
  }
  const known = FAILURES.get(code)
  if (known !== undefined) return known
  const reason = 'reason' in error ? String(error.reason) : error.message
  return `failed to shake hands for TLS: ${reason}`
}

const DISTRUST =
  'does not trust the certificate of this server: it must know its authority, and connect by a ' +
  'name that is in it'

const FAILURES: ReadonlyMap<string, string> = new Map([
  ['ERR_SSL_NO_SHARED_CIPHER', 'has no cipher of TLS in common with this server'],
  ['ERR_SSL_NO_SHARED_GROUP', 'has no group for the exchange of keys in common with this server'],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'asked by ALPN for a protocol that is not spoken here'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', DISTRUST],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', DISTRUST],
  ['ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN', DISTRUST],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', DISTRUST],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', DISTRUST],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', DISTRUST],
  ['ECONNRESET', 'broke the connection off during the handshake of TLS'],
])

/** Why a client whose handshake is done is not trusted all the same; undefined if it is. */
export function untrusted(
  socket: TLSSocket,
  certificate: PeerCertificate | undefined,
  wanted: 'none' | 'request' | 'require',
): string | undefined {
  if (wanted === 'none') return undefined
  if (certificate === undefined) {
    return wanted === 'require' ? 'showed no certificate, which this port requires' : undefined
  }
  const name = JSON.stringify(certificate.commonName ?? certificate.fingerprint)
  // A session that is resumed has been verified when the certificate was still good.
  const code = certificate.validUntil < Date.now() ? EXPIRED : codeOf(socket)
  if (code === undefined) return undefined
  return `showed a certificate (${name}) that ${REASONS.get(code) ?? `is not trusted: ${code}`}`
}

const EXPIRED = 'CERT_HAS_EXPIRED'

/** Node gives a code where its types promise an Error. */
function codeOf({ authorized, authorizationError }: TLSSocket): string | undefined {
  return authorized ? undefined : String(authorizationError)
}

const STRANGE = 'is of no authority in clientCa'

const REASONS: ReadonlyMap<string, string> = new Map([
  [EXPIRED, 'has expired'],
  ['CERT_NOT_YET_VALID', 'is not valid yet'],
  ['CERT_REVOKED', 'has been revoked'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'is signed by itself, and is not in clientCa'],
  ['SELF_SIGNED_CERT_IN_CHAIN', STRANGE],
  ['UNABLE_TO_GET_ISSUER_CERT', STRANGE],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', STRANGE],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', STRANGE],
  ['CERT_SIGNATURE_FAILURE', 'has a signature that its authority did not make'],
  ['INVALID_PURPOSE', 'is not made for clients'],
  ['UNABLE_TO_GET_CRL', 'no list in revocations is about: add the one of its authority'],
  ['CRL_HAS_EXPIRED', 'cannot be checked: the list in revocations is too old, fetch a new one'],
  ['CRL_NOT_YET_VALID', 'cannot be checked: the list in revocations is not valid yet'],
])
