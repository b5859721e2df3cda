/**
 * A password as it is kept: Mosquitto's two forms, and the usual one of argon2.
 *
 *     $6$salt$digest                      SHA-512 of the password followed by the salt
 *     $7$iterations$salt$digest           PBKDF2 with HMAC-SHA-512
 *     $argon2id$v=19$m=..,t=..,p=..$salt$digest
 *
 * Salt and digest are base64. What a line may ask for is bounded, for it is done at each login.
 */

/** How a password was hashed, and what came out. */
export type PasswordHash = Sha512Hash | Pbkdf2Hash | Argon2Hash

interface Sha512Hash {
  readonly algorithm: 'sha512'
  readonly salt: Uint8Array
  readonly digest: Uint8Array
}

interface Pbkdf2Hash {
  readonly algorithm: 'pbkdf2-sha512'
  readonly iterations: number
  readonly salt: Uint8Array
  readonly digest: Uint8Array
}

interface Argon2Hash {
  readonly algorithm: 'argon2id'
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  readonly salt: Uint8Array
  readonly digest: Uint8Array
}

/** The most iterations of PBKDF2 in a file: some 6 s of one core. */
export const ITERATIONS_MAX = 10_000_000

/** What is wrong with the text of a hash; never has the text in it. */
export class PasswordHashFault extends Error {
  override readonly name = 'PasswordHashFault'
}

/**
 * Reads a hash.
 *
 * @throws {PasswordHashFault} if it is none, or costs too much.
 */
export function parsePasswordHash(text: string): PasswordHash {
  const [empty, id, ...fields] = text.split('$')
  if (empty !== '' || id === undefined) throw fault(PLAINTEXT)
  if (id === '6') return sha512Of(fields)
  if (id === '7') return pbkdf2Of(fields)
  if (id === 'argon2id') return argon2Of(fields)
  throw fault(KNOWN_IDS)
}

/** Writes a hash; {@link parsePasswordHash} reads it back. */
export function formatPasswordHash(hash: PasswordHash): string {
  const { algorithm, salt, digest } = hash
  if (algorithm === 'argon2id') {
    const costs = `m=${hash.memoryKiB},t=${hash.passes},p=${hash.lanes}`
    return `$argon2id$v=19$${costs}$${base64Of(salt, false)}$${base64Of(digest, false)}`
  }
  const end = `${base64Of(salt, true)}$${base64Of(digest, true)}`
  return algorithm === 'sha512' ? `$6$${end}` : `$7$${hash.iterations}$${end}`
}

const PLAINTEXT =
  'there is no hash behind the colon, perhaps a password: godwit passwd -U hashes those of a file'

const KNOWN_IDS =
  'the kind of hash is unknown: $6$, $7$ and $argon2id$ are known; set the password again'

const SALT_BYTES_MAX = 64
const SHA512_BYTES = 64

function sha512Of(fields: readonly string[]): PasswordHash {
  const [salt, digest, more] = fields
  if (salt === undefined || digest === undefined || more !== undefined) {
    throw fault('the hash is not of the form $6$salt$digest: set the password again')
  }
  return { algorithm: 'sha512', salt: saltOf(salt), digest: digestOf(digest) }
}

function pbkdf2Of(fields: readonly string[]): PasswordHash {
  const [count, salt, digest, more] = fields
  if (count === undefined || salt === undefined || digest === undefined || more !== undefined) {
    throw fault('the hash is not of the form $7$iterations$salt$digest: set the password again')
  }
  const iterations = countOf(count, 'iterations', 1, ITERATIONS_MAX)
  return { algorithm: 'pbkdf2-sha512', iterations, salt: saltOf(salt), digest: digestOf(digest) }
}

/** As RFC 9106 bounds them, and by what a login may cost: 256 MiB, and some seconds. */
const MEMORY_KIB_MAX = 256 * 1024
const PASSES_MAX = 64
const LANES_MAX = 16
const WORK_KIB_MAX = 4 * 1024 * 1024

function argon2Of(fields: readonly string[]): PasswordHash {
  const [version, costs, salt, digest, more] = fields
  const form = 'the hash is not of the form $argon2id$v=19$m=..,t=..,p=..$salt$digest'
  if (costs === undefined || salt === undefined || digest === undefined || more !== undefined) {
    throw fault(`${form}: set the password again`)
  }
  const [memory, passes, lanes, other] = costs.split(',')
  if (version !== 'v=19' || other !== undefined) throw fault(`${form}: set the password again`)
  const parallel = countOf(after('p=', lanes), 'lanes (p)', 1, LANES_MAX)
  const memoryKiB = countOf(after('m=', memory), 'KiB (m)', 8 * parallel, MEMORY_KIB_MAX)
  const rounds = countOf(after('t=', passes), 'passes (t)', 1, PASSES_MAX)
  if (memoryKiB * rounds > WORK_KIB_MAX) {
    throw fault(`memory times passes is at most ${WORK_KIB_MAX} KiB: set the password again`)
  }
  return {
    algorithm: 'argon2id',
    memoryKiB,
    passes: rounds,
    lanes: parallel,
    salt: bytesOf(salt, 'salt', 8, SALT_BYTES_MAX),
    digest: bytesOf(digest, 'digest', 16, 64),
  }
}

function after(prefix: string, text = ''): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : ''
}

function countOf(text: string, what: string, min: number, max: number): number {
  const count = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN
  if (count >= min && count <= max) return count
  const got = Number.isNaN(count) ? 'something else' : String(count)
  throw fault(`the hash has ${min} to ${max} ${what}, got ${got}: set the password again`)
}

function saltOf(text: string): Uint8Array {
  return bytesOf(text, 'salt', 1, SALT_BYTES_MAX)
}

function digestOf(text: string): Uint8Array {
  return bytesOf(text, 'digest', SHA512_BYTES, SHA512_BYTES)
}

/** Node skips what is no base64: only what it writes the same again was some. */
function bytesOf(text: string, what: string, min: number, max: number): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (text !== base64Of(bytes, true) && text !== base64Of(bytes, false)) {
    throw fault(`the ${what} of the hash is no base64: set the password again`)
  }
  if (bytes.length < min || bytes.length > max) {
    const allowed = min === max ? String(min) : `${min} to ${max}`
    throw fault(`the ${what} of the hash has ${allowed} bytes, got ${bytes.length}: set it again`)
  }
  return new Uint8Array(bytes)
}

function base64Of(bytes: Uint8Array, isPadded: boolean): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
  return isPadded ? text : text.slice(0, text.length - paddingOf(bytes.length))
}

function paddingOf(length: number): number {
  return (3 - (length % 3)) % 3
}

function fault(sentence: string): PasswordHashFault {
  return new PasswordHashFault(sentence)
}
