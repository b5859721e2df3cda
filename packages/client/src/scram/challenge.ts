/** What a server says in SCRAM (RFC 5802 §7): read strictly, for who says it is not known yet. */
import { ClientError } from '../errors.ts'
import type { Remedy } from '../errors.ts'

/** The server-first-message. */
export interface ScramChallenge {
  /** Of both: begins with the client's. */
  readonly nonce: string
  /** In base64, as it came. */
  readonly salt: string
  readonly iterations: number
}

/** Below it a stolen exchange is too easy to guess from (RFC 7677 §4). */
const ITERATIONS_MIN = 4096

/** Above it a server wastes our time: 1,000,000 take about half a second of a fast processor. */
const ITERATIONS_MAX = 1_000_000

/** Reads a server-first-message. @throws {ClientError} for one that is none, or that is a trap. */
export function readChallenge(message: string, clientNonce: string): ScramChallenge {
  const [first = '', second = '', third = ''] = message.split(',')
  if (first.startsWith('m=')) throw rejected('it demands an extension that is not known here')
  const nonce = valueOf('r', first)
  const salt = valueOf('s', second)
  const iterations = iterationsOf(valueOf('i', third))
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw rejected('its nonce does not continue ours, as if it answered somebody else')
  }
  if (bytesOfBase64(salt).length === 0) throw rejected('its salt is empty')
  return { nonce, salt, iterations }
}

/** Reads a server-final-message: its signature. @throws {ClientError} for a no, or nonsense. */
export function readVerdict(message: string): Uint8Array<ArrayBuffer> {
  const [first = ''] = message.split(',')
  if (first.startsWith('e=')) {
    const sentence = `it says ${JSON.stringify(first.slice(2, 80))}: check user name and password`
    throw rejected(sentence, 'refresh-credentials')
  }
  return bytesOfBase64(valueOf('v', first))
}

/** The bytes of canonical base64. @throws {ClientError} */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string
  try {
    binary = atob(text)
  } catch {
    throw rejected('its base64 is none')
  }
  // The host's decoder forgives missing padding and white space.
  if (btoa(binary) !== text) throw rejected('its base64 is none')
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

/** The error for a server that is not believed. */
export function rejected(why: string, remedy: Remedy = 'fatal'): ClientError {
  const message = `The SCRAM authentication of the server was not accepted: ${why}.`
  return new ClientError(message, { code: 'authentication-failed', remedy })
}

function valueOf(attribute: string, part: string): string {
  if (!part.startsWith(`${attribute}=`)) throw rejected(`its attribute "${attribute}" is missing`)
  return part.slice(2)
}

function iterationsOf(text: string): number {
  const iterations = Number(text)
  if (String(iterations) !== text || !Number.isSafeInteger(iterations)) {
    throw rejected('its iteration count is no number')
  }
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
    const bounds = `${ITERATIONS_MIN} to ${ITERATIONS_MAX}`
    throw rejected(`it asks for ${iterations} iterations, which is not within ${bounds}`)
  }
  return iterations
}
