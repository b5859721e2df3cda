/**
 * What a server keeps of a password for SCRAM-SHA-256 (RFC 5802, RFC 7677): keys from which the
 * password can only be guessed, and with which nobody can log in. Written as PostgreSQL does:
 *
 *     SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>        the last three in base64
 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { saslprep } from './saslprep.ts'

/** The keys of one user. */
export interface ScramEntry {
  readonly iterations: number
  readonly salt: Uint8Array
  /** Recognizes the client's key. */
  readonly storedKey: Uint8Array
  /** With which the server proves that it has this. */
  readonly serverKey: Uint8Array
}

/** The name of the mechanism, and of the Authentication Method. */
export const SCRAM_SHA_256 = 'SCRAM-SHA-256'

/** Fewer are not enough (RFC 7677 §4). */
const SCRAM_ITERATIONS_MIN = 4096

/** More hold up small clients, which have to do them; ours refuses more. */
const SCRAM_ITERATIONS_MAX = 1_000_000

/** The client does them, once for each password: measured here at 60 to 70 ms. */
export const SCRAM_ITERATIONS = 100_000

/** How long every key is: a SHA-256. */
export const KEY_BYTES = 32

/**
 * The entry for a password, as it is written in a file.
 *
 * @throws {RangeError} for a password that is empty or has control characters, and for a number of
 *   iterations that is not within 4,096 to 1,000,000.
 */
export async function makeScramEntry(
  password: string,
  iterations: number = SCRAM_ITERATIONS,
  salt: Uint8Array = randomBytes(16),
): Promise<string> {
  if (!isIterations(iterations)) {
    const bounds = `${SCRAM_ITERATIONS_MIN} to ${SCRAM_ITERATIONS_MAX}`
    throw new RangeError(`SCRAM takes ${bounds} iterations, got ${iterations}`)
  }
  const prepared = saslprep(password)
  if (prepared === undefined) {
    throw new RangeError('A password for SCRAM is not empty and has no control characters')
  }
  const salted = await promisify(pbkdf2)(prepared, salt, iterations, KEY_BYTES, 'sha256')
  const storedKey = sha256(hmac(salted, 'Client Key'))
  const serverKey = hmac(salted, 'Server Key')
  return scramEntryText({ iterations, salt, storedKey, serverKey })
}

/** The written form of an entry. */
function scramEntryText({ iterations, salt, storedKey, serverKey }: ScramEntry): string {
  const [saltText, storedText, serverText] = [salt, storedKey, serverKey].map(base64Of)
  return `${SCRAM_SHA_256}$${iterations}:${saltText}$${storedText}:${serverText}`
}

/** Reads the written form; a sentence about what is wrong with it, without what is secret. */
export function parseScramEntry(text: string): ScramEntry | string {
  const [mechanism, cost = '', keys = '', ...more] = text.split('$')
  if (mechanism !== SCRAM_SHA_256 || more.length > 0) return `does not begin with ${SCRAM_SHA_256}$`
  const [iterationsText = '', saltText = '', ...moreCost] = cost.split(':')
  const [storedText = '', serverText = '', ...moreKeys] = keys.split(':')
  if (moreCost.length > 0 || moreKeys.length > 0) return 'has too many colons'
  const iterations = Number(iterationsText)
  if (!isIterations(iterations) || String(iterations) !== iterationsText) {
    return `does not have ${SCRAM_ITERATIONS_MIN} to ${SCRAM_ITERATIONS_MAX} iterations`
  }
  const salt = bytesOf(saltText)
  if (salt === undefined || salt.length < SALT_BYTES_MIN || salt.length > SALT_BYTES_MAX) {
    return `has no salt of ${SALT_BYTES_MIN} to ${SALT_BYTES_MAX} bytes in base64`
  }
  const [storedKey, serverKey] = [bytesOf(storedText), bytesOf(serverText)]
  if (storedKey?.length !== KEY_BYTES) return 'has no StoredKey of 32 bytes in base64'
  if (serverKey?.length !== KEY_BYTES) return 'has no ServerKey of 32 bytes in base64'
  return { iterations, salt, storedKey, serverKey }
}

/** Signs a text, or bytes. */
export function hmac(key: Uint8Array, message: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

/** The digest that makes a client's key one that can be stored. */
export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Bytes as base64. */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

/** The bytes of canonical base64, else `undefined`: the host's decoder forgives everything. */
export function bytesOf(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function isIterations(count: number): boolean {
  const isWithin = count >= SCRAM_ITERATIONS_MIN && count <= SCRAM_ITERATIONS_MAX
  return isWithin && Number.isSafeInteger(count)
}

const SALT_BYTES_MIN = 8

const SALT_BYTES_MAX = 1024
