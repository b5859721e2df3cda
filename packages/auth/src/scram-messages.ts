/**
 * What a client says in SCRAM (RFC 5802 §7), read strictly: attributes come in the order of the
 * grammar, and what is not in it is refused. `undefined` stands for all that is.
 *
 *     client-first   n,,n=ada,r=<nonce>             GS2 header, user name, nonce
 *     client-final   c=<header>,r=<nonces>,p=<proof>
 */
import { base64Of, bytesOf, KEY_BYTES } from './scram-entry.ts'

/** A client-first-message. */
export interface ClientFirst {
  /** The GS2 header, which the client repeats in its final message. */
  readonly header: string
  /** The rest of the message, which both sign. */
  readonly bare: string
  readonly username: string
  readonly nonce: string
}

/** A client-final-message. */
export interface ClientFinal {
  /** All but the proof, which both sign. */
  readonly withoutProof: string
  readonly nonce: string
  readonly proof: Uint8Array
}

/** Longer messages are refused unread: user names are short, and so are proofs. */
const SCRAM_MESSAGE_BYTES_MAX = 4096

/** Reads a client-first-message. */
export function readClientFirst(data: Uint8Array | undefined): ClientFirst | undefined {
  const message = textOf(data)
  if (message === undefined) return undefined
  const [flag, authzid = '', userPart = '', noncePart = '', ...extensions] = message.split(',')
  // Neither wants a channel binding; `y` only says that the client could have one.
  if (flag !== 'n' && flag !== 'y') return undefined
  const header = `${flag},${authzid},`
  const username = nameOf(userPart, 'n=')
  const nonce = nonceOf(noncePart)
  if (username === undefined || nonce === undefined || nonce.length > NONCE_LENGTH_MAX) {
    return undefined
  }
  // To act for somebody else is not on offer.
  if (authzid !== '' && nameOf(authzid, 'a=') !== username) return undefined
  if (!extensions.every(isExtension)) return undefined
  return { header, bare: message.slice(header.length), username, nonce }
}

/** Reads a client-final-message, which must repeat the GS2 header of the first. */
export function readClientFinal(
  data: Uint8Array | undefined,
  header: string,
): ClientFinal | undefined {
  const message = textOf(data)
  if (message === undefined) return undefined
  const parts = message.split(',')
  const proofPart = parts.pop() ?? ''
  const [binding, noncePart = '', ...extensions] = parts
  if (binding !== `c=${base64Of(Buffer.from(header))}`) return undefined
  const nonce = nonceOf(noncePart)
  if (nonce === undefined || !extensions.every(isExtension)) return undefined
  const proof = proofPart.startsWith('p=') ? bytesOf(proofPart.slice(2)) : undefined
  if (proof?.length !== KEY_BYTES) return undefined
  return { withoutProof: message.slice(0, -proofPart.length - 1), nonce, proof }
}

function textOf(data: Uint8Array | undefined): string | undefined {
  if (data === undefined || data.length > SCRAM_MESSAGE_BYTES_MAX) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    return undefined
  }
}

/** A name has its commas and equals signs escaped, and no others. */
function nameOf(part: string, start: string): string | undefined {
  if (!part.startsWith(start)) return undefined
  const [first = '', ...others] = part.slice(start.length).split('=')
  let name = first
  for (const other of others) {
    if (other.startsWith('2C')) name += ','
    else if (other.startsWith('3D')) name += '='
    else return undefined
    name += other.slice(2)
  }
  return name === '' ? undefined : name
}

/** Printable ASCII; there is no comma in it, for that is where it ended. */
function nonceOf(part: string): string | undefined {
  const nonce = part.startsWith('r=') ? part.slice(2) : ''
  for (let at = 0; at < nonce.length; at++) {
    const unit = nonce.charCodeAt(at)
    if (unit < 0x21 || unit > 0x7e) return undefined
  }
  return nonce === '' ? undefined : nonce
}

/** An attribute that may be left unread. `m=` is one that must not be. */
function isExtension(part: string): boolean {
  const first = part.charCodeAt(0) | 0x20
  return part.charAt(1) === '=' && first >= 0x61 && first <= 0x7a && !part.startsWith('m=')
}

const NONCE_LENGTH_MAX = 256
