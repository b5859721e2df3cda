// Certificates for tests of TLS, made on the spot by WebCrypto: every test can have what it is
// about, with the names and times that it needs, and none depends on a file or on a program.

import type { AlternativeName } from '../transport.ts'
import { bits, der, identifier, integer, pem, sequence, small, text, time } from './der.ts'

/** What a certificate says. */
export interface CertificateWish {
  /** Of several, all are in the subject; none if absent. */
  readonly commonName?: string | readonly string[]
  readonly names?: readonly AlternativeName[]
  /** Yesterday if absent. */
  readonly validFrom?: Date
  /** In ten years if absent. */
  readonly validUntil?: Date
}

/** A certificate and its key, in PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
  /** Counted up by its authority from 1. */
  readonly serialNumber: number
}

/** Issues certificates (ECDSA, P-256), and lists of those that it has revoked. */
export class CertificateAuthority {
  /** Its own certificate, in PEM. */
  readonly certificate: string
  readonly #name: Uint8Array
  readonly #keys: Keys
  #issued = 0

  /** Made by `create`. */
  private constructor(name: Uint8Array, keys: Keys, certificate: string) {
    this.#name = name
    this.#keys = keys
    this.certificate = certificate
  }

  /** Makes one, which has signed its own certificate. */
  static async create(commonName = 'Godwit test authority'): Promise<CertificateAuthority> {
    const keys = await newKeys()
    const name = nameOf({ commonName })
    const self = { name, serialNumber: 0, keys, wish: {}, isAuthority: true }
    const certificate = await signed(self, { name, keys }, 'CERTIFICATE', toBeSigned)
    return new CertificateAuthority(name, keys, certificate)
  }

  /** Issues a certificate. */
  async issue(wish: CertificateWish = {}): Promise<KeyPair> {
    const keys = await newKeys()
    const serialNumber = ++this.#issued
    const subject = { name: nameOf(wish), serialNumber, keys, wish, isAuthority: false }
    const issuer = { name: this.#name, keys: this.#keys }
    const certificate = await signed(subject, issuer, 'CERTIFICATE', toBeSigned)
    return { certificate, key: await privateKey(keys), serialNumber }
  }

  /** A list of revoked certificates, in PEM. */
  async revocations(
    revoked: readonly KeyPair[],
    times: Pick<CertificateWish, 'validFrom' | 'validUntil'> = {},
  ): Promise<string> {
    const issuer = { name: this.#name, keys: this.#keys }
    const list = { serialNumbers: revoked.map(({ serialNumber }) => serialNumber), times }
    return await signed(list, issuer, 'X509 CRL', listToBeSigned)
  }
}

/** A certificate that vouches for itself, and is nobody's authority. */
export async function selfSigned(wish: CertificateWish = {}): Promise<KeyPair> {
  const keys = await newKeys()
  const name = nameOf(wish)
  const subject = { name, serialNumber: 1, keys, wish, isAuthority: false }
  const certificate = await signed(subject, { name, keys }, 'CERTIFICATE', toBeSigned)
  return { certificate, key: await privateKey(keys), serialNumber: 1 }
}

type Keys = Awaited<ReturnType<typeof newKeys>>

async function newKeys() {
  return await crypto.subtle.generateKey(CURVE, true, ['sign', 'verify'])
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }

async function privateKey({ privateKey: key }: Keys): Promise<string> {
  return pem('PRIVATE KEY', new Uint8Array(await crypto.subtle.exportKey('pkcs8', key)))
}

interface Issuer {
  readonly name: Uint8Array
  readonly keys: Keys
}

interface Subject extends Issuer {
  readonly serialNumber: number
  readonly wish: CertificateWish
  readonly isAuthority: boolean
}

/** Content, algorithm, signature: certificates and lists have the same frame (RFC 5280, 4.1). */
async function signed<What>(
  what: What,
  issuer: Issuer,
  label: string,
  encode: (what: What, issuer: Issuer) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const content = await encode(what, issuer)
  const hash = { name: 'ECDSA', hash: 'SHA-256' }
  const raw = new Uint8Array(await crypto.subtle.sign(hash, issuer.keys.privateKey, content))
  const signature = sequence(integer(raw.subarray(0, 32)), integer(raw.subarray(32)))
  return pem(label, sequence(content, ECDSA_WITH_SHA256, bits(signature)))
}

const ECDSA_WITH_SHA256 = sequence(identifier('1.2.840.10045.4.3.2'))

async function toBeSigned(subject: Subject, issuer: Issuer): Promise<Uint8Array<ArrayBuffer>> {
  const { name, serialNumber, keys, wish } = subject
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey))
  const version3 = der(0xa0, small(2))
  const extensions = der(0xa3, sequence(...extensionsOf(subject)))
  return sequence(
    version3,
    small(serialNumber),
    ECDSA_WITH_SHA256,
    issuer.name,
    sequence(...timesOf(wish)),
    name,
    publicKey,
    extensions,
  )
}

async function listToBeSigned(
  { serialNumbers, times }: RevocationList,
  issuer: Issuer,
): Promise<Uint8Array<ArrayBuffer>> {
  const [from, until] = timesOf(times)
  const entries = serialNumbers.map((serialNumber) => sequence(small(serialNumber), from))
  // An empty list of entries may not stand there.
  const list = entries.length === 0 ? [] : [sequence(...entries)]
  return sequence(small(1), ECDSA_WITH_SHA256, issuer.name, from, until, ...list)
}

interface RevocationList {
  readonly serialNumbers: readonly number[]
  readonly times: Pick<CertificateWish, 'validFrom' | 'validUntil'>
}

function timesOf(wish: CertificateWish): [from: Uint8Array, until: Uint8Array] {
  const { validFrom = fromNow(-DAY_MS), validUntil = fromNow(3_650 * DAY_MS) } = wish
  return [time(validFrom), time(validUntil)]
}

function fromNow(ms: number): Date {
  return new Date(Date.now() + ms)
}

const DAY_MS = 86_400_000

function nameOf({ commonName = [] }: CertificateWish): Uint8Array {
  const attribute = identifier('2.5.4.3')
  return sequence(
    ...[commonName].flat().map((value) => der(0x31, sequence(attribute, text(value)))),
  )
}

function extensionsOf({ isAuthority, wish: { names = [] } }: Subject): Uint8Array[] {
  const constraints = sequence(...(isAuthority ? [TRUE] : []))
  const basic = sequence(identifier('2.5.29.19'), TRUE, der(0x04, constraints))
  if (names.length === 0) return [basic]
  const alternatives = sequence(...names.map(generalName))
  return [basic, sequence(identifier('2.5.29.17'), der(0x04, alternatives))]
}

const TRUE = der(0x01, Uint8Array.of(0xff))

function generalName({ type, value }: AlternativeName): Uint8Array {
  if (type === 'ip') return der(0x87, Uint8Array.from(addressBytes(value)))
  return text(value, { email: 0x81, dns: 0x82, uri: 0x86 }[type])
}

/** The 4 bytes of an IPv4 address, or the 16 of an IPv6 address. */
function addressBytes(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number)
  const [before = '', after] = address.split('::')
  const head = groups(before)
  const tail = groups(after ?? '')
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0)
  return [...head, ...zeros, ...tail].flatMap((group) => [group >> 8, group & 0xff])
}

function groups(colons: string): number[] {
  return colons === '' ? [] : colons.split(':').map((group) => Number.parseInt(group, 16))
}
