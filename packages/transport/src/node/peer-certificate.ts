// What is told of a client's certificate.

import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { AlternativeName, PeerCertificate } from '../transport.ts'
import { canonicalAddress } from './peer-address.ts'

/** The certificate that the client of an encrypted connection has shown, verified or not. */
export function shownCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerX509Certificate()
  return certificate === undefined ? undefined : certificateFacts(certificate)
}

/** What is told of a certificate. */
function certificateFacts(certificate: X509Certificate): PeerCertificate {
  return {
    commonName: commonNameOf(certificate),
    alternativeNames: alternativeNames(certificate.subjectAltName ?? ''),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    serialNumber: certificate.serialNumber.toLowerCase(),
    validUntil: certificate.validToDate.getTime(),
  }
}

/** Of several names nobody could say which one stands for the client. */
function commonNameOf(certificate: X509Certificate): string | undefined {
  const name: unknown = certificate.toLegacyObject().subject.CN
  return typeof name === 'string' ? name : undefined
}

/**
 * Reads the names as Node spells them: `DNS:a.example, IP Address:192.0.2.7`. A value in which
 * there is a comma, a quotation mark or anything odd is a string of JSON, so that no value can
 * look like two names (CVE-2021-44532).
 */
function alternativeNames(text: string): readonly AlternativeName[] {
  const names: AlternativeName[] = []
  for (let at = 0; at < text.length;) {
    const colon = text.indexOf(':', at)
    if (colon === -1) break
    const end = text[colon + 1] === '"' ? endOfQuoted(text, colon + 2) : endOfPlain(text, colon)
    const type = TYPES.get(text.slice(at, colon))
    const value = unquoted(text.slice(colon + 1, end))
    if (type !== undefined && value !== undefined) names.push(alternativeName(type, value))
    at = end + SEPARATOR.length
  }
  return names
}

function alternativeName(type: AlternativeName['type'], value: string): AlternativeName {
  return { type, value: type === 'ip' ? (canonicalAddress(value) ?? value) : value }
}

function endOfPlain(text: string, from: number): number {
  const end = text.indexOf(SEPARATOR, from)
  return end === -1 ? text.length : end
}

function endOfQuoted(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return value
  try {
    const plain: unknown = JSON.parse(value)
    return typeof plain === 'string' ? plain : undefined
  } catch {
    return undefined
  }
}

const SEPARATOR = ', '

const TYPES: ReadonlyMap<string, AlternativeName['type']> = new Map([
  ['DNS', 'dns'],
  ['email', 'email'],
  ['URI', 'uri'],
  ['IP Address', 'ip'],
])
