// The header of the PROXY protocol (HAProxy's "The PROXY protocol", versions 1 and 2), with which a
// proxy says, before the first byte of the client, whose connection it passes on.
//
//     1:  PROXY TCP4 192.0.2.7 198.51.100.1 52001 1883\r\n          at most 107 bytes
//     2:  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A | 2 command | family, protocol | length (2 bytes)
//         | source, destination, source port, destination port | what else the proxy says
//
// Only the source is read. What else a proxy says in version 2, such as the name in a certificate
// that it has verified (PP2_TYPE_SSL), is passed over and believed by nobody.

import { decimal } from './decimal.ts'
import { canonicalAddress } from './peer-address.ts'

/** What the first bytes of a connection are. */
export type ProxyReading = ProxyHeader | MalformedHeader | 'incomplete'

/** A whole header. */
interface ProxyHeader {
  /** How many bytes it takes. */
  readonly length: number
  /** Who has connected to the proxy; undefined where the proxy speaks for itself or cannot say. */
  readonly source: string | undefined
}

/** What can never become a header. */
interface MalformedHeader {
  /** Goes on from the address: "began without ...". */
  readonly malformed: string
}

/** Reads the header at the start of some bytes. It never throws. */
export function readProxyHeader(bytes: Uint8Array): ProxyReading {
  const [first] = bytes
  if (first === undefined) return 'incomplete'
  if (first === SIGNATURE_2[0]) return readBinary(bytes)
  return readText(bytes)
}

/** The longest header that is read, in bytes. */
const PROXY_HEADER_BYTES_MAX = 2_048

function readText(bytes: Uint8Array): ProxyReading {
  if (!startsAs(bytes, SIGNATURE_1)) return NO_HEADER
  const end = bytes.subarray(0, TEXT_BYTES_MAX).indexOf(LF)
  if (end === -1) return bytes.length < TEXT_BYTES_MAX ? 'incomplete' : malformed('is too long')
  if (bytes[end - 1] !== CR) return malformed('does not end with CR LF')
  const line = String.fromCharCode(...bytes.subarray(SIGNATURE_1.length, end - 1))
  const [family, source, destination, ...ports] = line.split(' ')
  if (family === 'UNKNOWN') return { length: end + 1, source: undefined }
  const isKnown = family === 'TCP4' || family === 'TCP6'
  const address = addressOf(family, source)
  const isWhole =
    isKnown &&
    address !== undefined &&
    addressOf(family, destination) !== undefined &&
    ports.length === 2 &&
    ports.every(isPort)
  return isWhole ? { length: end + 1, source: address } : malformed('is not TCP4, TCP6 or UNKNOWN')
}

function addressOf(family: string | undefined, text = ''): string | undefined {
  const isOfFamily = text.includes(':') === (family === 'TCP6')
  return isOfFamily ? canonicalAddress(text) : undefined
}

function isPort(text: string): boolean {
  return decimal(text, 0xffff) !== undefined
}

function readBinary(bytes: Uint8Array): ProxyReading {
  if (!startsAs(bytes, SIGNATURE_2)) return NO_HEADER
  const [versionAndCommand, family, high, low] = bytes.subarray(SIGNATURE_2.length)
  if (versionAndCommand === undefined) return 'incomplete'
  const isLocal = versionAndCommand === LOCAL
  if (!isLocal && versionAndCommand !== PROXIED) return malformed('is of an unknown version')
  if (family === undefined || high === undefined || low === undefined) return 'incomplete'
  const addressBytes = isLocal ? 0 : ADDRESS_BYTES.get(family)
  const bodyBytes = high * 256 + low
  const length = BINARY_HEAD_BYTES + bodyBytes
  if (addressBytes === undefined) return malformed('is not about TCP')
  if (bodyBytes < addressBytes) return malformed('is shorter than its addresses')
  if (length > PROXY_HEADER_BYTES_MAX) return malformed('is too long')
  if (bytes.length < length) return 'incomplete'
  const source = isLocal ? undefined : sourceOf(family, bytes.subarray(BINARY_HEAD_BYTES))
  return { length, source }
}

function sourceOf(family: number, body: Uint8Array): string | undefined {
  if (family === TCP4) return body.subarray(0, 4).join('.')
  if (family !== TCP6) return undefined
  const groups = Array.from({ length: 8 }, (_, index) => {
    return ((body[2 * index] ?? 0) * 256 + (body[2 * index + 1] ?? 0)).toString(16)
  })
  return canonicalAddress(groups.join(':'))
}

/** Whether bytes are the start of a signature, or start with it. */
function startsAs(bytes: Uint8Array, signature: Uint8Array): boolean {
  return bytes.subarray(0, signature.length).every((byte, index) => byte === signature[index])
}

function malformed(how: string): MalformedHeader {
  return { malformed: `sent a header of the PROXY protocol that ${how}` }
}

const NO_HEADER: MalformedHeader = {
  malformed: 'is in `proxyProtocol`, but sent no header of the PROXY protocol',
}

const SIGNATURE_1 = new TextEncoder().encode('PROXY ')
const SIGNATURE_2 = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10)
const TEXT_BYTES_MAX = 107
const BINARY_HEAD_BYTES = 16
const CR = 13
const LF = 10

// Version 2 in the upper half of the byte.
const LOCAL = 0x20
const PROXIED = 0x21

const TCP4 = 0x11
const TCP6 = 0x21

/** By family and protocol: how many bytes the addresses and ports take. */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 0], // the proxy does not know
  [TCP4, 12],
  [TCP6, 36],
  [0x31, 216], // a Unix domain socket
])
