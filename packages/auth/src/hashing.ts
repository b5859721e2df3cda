/**
 * Hashes passwords, off the event loop: `node:crypto` does it in the threads that files are written
 * by too, so who verifies many at a time goes by way of a `HashingQueue`. SHA-512 alone is done at
 * once, in less than the way to a thread takes.
 */
import * as crypto from 'node:crypto'
import type { PasswordHash } from './password-hash.ts'

/** How to hash a new password. */
export type HashingMethod =
  | { readonly algorithm: 'sha512' }
  | { readonly algorithm: 'pbkdf2-sha512'; readonly iterations?: number }
  | {
      readonly algorithm: 'argon2id'
      readonly memoryKiB?: number
      readonly passes?: number
      readonly lanes?: number
    }

/** Hashes a password with the salt and the costs of a hash; gives a digest of the same length. */
export type Hasher = (password: Uint8Array, like: PasswordHash) => Promise<Uint8Array>

/** 61 ms of a core of 2023; Mosquitto 2.0 takes 101, which is next to nothing. */
export const DEFAULT_ITERATIONS = 100_000

/** Whether this runtime has argon2: Node.js from 24.7 on. */
export const hasArgon2: boolean = 'argon2' in crypto

/**
 * Makes the hash of a new password, with a random salt.
 *
 * @throws {RangeError} for argon2 where the runtime has none.
 */
export async function hashPassword(
  password: Uint8Array,
  method: HashingMethod = { algorithm: 'pbkdf2-sha512' },
): Promise<PasswordHash> {
  const like = blankOf(method)
  return { ...like, digest: await digestOf(password, like) }
}

/** A hash of no password, with a salt and digest of the same lengths and with the same costs. */
export function decoyOf(hash: PasswordHash): PasswordHash {
  return {
    ...hash,
    salt: randomBytes(hash.salt.length),
    digest: randomBytes(hash.digest.length),
  }
}

/** Whether two digests are the same, in a time that tells nothing about where they differ. */
export function isSameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && crypto.timingSafeEqual(one, other)
}

/** The {@link Hasher} of `node:crypto`. */
export const digestOf: Hasher = async (password, like) => {
  if (like.algorithm === 'sha512') {
    return crypto.createHash('sha512').update(password).update(like.salt).digest()
  }
  if (like.algorithm === 'argon2id') return argon2Digest(password, like)
  const { salt, iterations, digest } = like
  return called((done) => crypto.pbkdf2(password, salt, iterations, digest.length, 'sha512', done))
}

// Mosquitto 2.0 takes salts of 12 bytes only.
const SALT_BYTES = 12
const ARGON2_SALT_BYTES = 16

function blankOf(method: HashingMethod): PasswordHash {
  if (method.algorithm === 'argon2id') {
    // The second choice of RFC 9106 takes 64 MiB; this one, of OWASP, is as good against guessing.
    const { memoryKiB = 19_456, passes = 2, lanes = 1 } = method
    const salt = randomBytes(ARGON2_SALT_BYTES)
    return { algorithm: 'argon2id', memoryKiB, passes, lanes, salt, digest: new Uint8Array(32) }
  }
  const blank = { salt: randomBytes(SALT_BYTES), digest: new Uint8Array(64) }
  if (method.algorithm === 'sha512') return { algorithm: 'sha512', ...blank }
  const { iterations = DEFAULT_ITERATIONS } = method
  return { algorithm: 'pbkdf2-sha512', iterations, ...blank }
}

function argon2Digest(
  password: Uint8Array,
  like: PasswordHash & { readonly algorithm: 'argon2id' },
): Promise<Uint8Array> {
  if (!hasArgon2) {
    throw new RangeError(`argon2id needs Node.js 24.7 or newer, got ${process.version}`)
  }
  const { salt, memoryKiB, passes, lanes, digest } = like
  const parameters = {
    message: password,
    nonce: salt,
    memory: memoryKiB,
    passes,
    parallelism: lanes,
    tagLength: digest.length,
  }
  return called((done) => crypto.argon2('argon2id', parameters, done))
}

/** `promisify` knows neither of them by its type. */
function called(
  call: (done: (error: Error | null, digest: Uint8Array) => void) => void,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    call((error, digest) => (error === null ? resolve(digest) : reject(error)))
  })
}

function randomBytes(length: number): Uint8Array {
  return new Uint8Array(crypto.randomBytes(length))
}
